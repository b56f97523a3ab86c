"""The command that serves."""

from __future__ import annotations

import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from functional.workbench import command, environment, run_here


def test_it_prints_a_link_that_lets_in_and_ends_on_interruption(filled: Path, tmp_path: Path) -> None:
    words = command("serve", "--db", filled, "--port", "0", "--data", tmp_path / "data")
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        assert process.stdout is not None
        link = process.stdout.readline().removeprefix("Open ").strip()
        assert "can change the store" in process.stdout.readline()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(link, timeout=20) as answer:
            assert "Overview" in answer.read().decode()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(link.partition("enter")[0], timeout=20)  # noqa: S310 - the address is ours
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")
    assert oct((tmp_path / "data").stat().st_mode)[-3:] == "700"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104 - refused
def test_other_addresses_than_those_of_this_machine_are_refused(host: str, tmp_path: Path) -> None:
    outcome = run_here("serve", "--host", host, "--port", "0", "--data", tmp_path / "data")
    assert outcome.status == 2
    assert outcome.stderr.startswith(f"{host} is not an address of this machine alone.")
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = run_here("serve", "--port", str(port), "--data", tmp_path / "data")
    assert outcome.status == 2
    assert outcome.stderr == f"127.0.0.1, port {port} cannot be served: Address already in use. Name another port.\n"


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    outcome = run_here("serve", "--port", "0", "--data", tmp_path / "file")
    assert (outcome.status, "cannot be used: File exists" in outcome.stderr) == (2, True)
