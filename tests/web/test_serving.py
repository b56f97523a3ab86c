"""The command that serves."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from functional.workbench import command, environment, run_here


def test_it_prints_a_link_that_lets_in_and_ends_on_interruption(filled: Path, tmp_path: Path) -> None:
    words = command("serve", "--db", filled, "--port", "0", "--data", tmp_path / "data")
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        assert process.stdout is not None
        said = ""
        # How lines are broken depends on the terminal.
        while not " ".join(said.split()).endswith("Ctrl-C ends the application."):
            line = process.stdout.readline()
            assert line, f"it ended, and said {said!r}"
            said += line
        link = said.split()[1]
        assert "can change the store" in " ".join(said.split())
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


def test_the_application_starts_without_arrow() -> None:
    """It takes as much memory as all else that the pages need."""
    probe = "import sys, milepost.web.serving, milepost.web.asgi; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], env=environment(), check=False).returncode == 0


_LOG_IN = "nobody can log in yet. Add an administrator first: `milepost user add NAME --role administrator`.\n"
_PROXY = ("--proxy-header", "Remote-User")
_REFUSED = {
    ("--host", "192.0.2.1"): f"192.0.2.1 is not an address of this machine alone, and {_LOG_IN}",
    ("--host", "example.org"): f"example.org is not an address of this machine alone, and {_LOG_IN}",
    (
        "--url",
        "https://records.example",
    ): f"https://records.example is not an address of this machine alone, and {_LOG_IN}",
    ("--host", "0.0.0.0"): "0.0.0.0 is every address. Name the one that browsers open with --url.\n",  # noqa: S104
    ("--host", "::"): ":: is every address. Name the one that browsers open with --url.\n",
    (
        "--url",
        "records.example",
    ): "records.example is not the address of a site. Name it like https://milepost.example.org.\n",
    ("--url", "https://x.example/app"): (
        "https://x.example/app is not the address of a site. Name it like https://milepost.example.org.\n"
    ),
    _PROXY: "--proxy-header needs --proxy-address: whose header is believed.\n",
    (
        *_PROXY,
        "--proxy-address",
        "::1/999",
    ): "::1/999 is neither an address (192.0.2.7) nor a range of them (192.0.2.0/28).\n",
    (*_PROXY, "--proxy-address", "::1"): (
        "There are no users whom a proxy could name. "
        "Add an administrator first: `milepost user add NAME --role administrator --no-password`.\n"
    ),
}


@pytest.mark.parametrize("words", _REFUSED)
def test_an_address_where_others_could_come_in_unknown_is_refused(words: tuple[str, ...], tmp_path: Path) -> None:
    outcome = run_here("serve", *words, "--port", "0", "--data", tmp_path / "data")
    assert (outcome.status, outcome.stderr) == (2, _REFUSED[words])


def test_with_users_it_serves_other_addresses(filled: Path, tmp_path: Path) -> None:
    at = ("--db", filled, "--data", tmp_path / "data")
    assert run_here("user", "add", "Ada", "--role", "administrator", *at, stdin="plum-Otter-94-violin\n").status == 0
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    words = command("serve", "--host", "0.0.0.0", "--port", url.rpartition(":")[2], "--url", url, "--log", "-", *at)  # noqa: S104
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Open {url}\n"
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        for password, seen in (("wrong", "403"), ("plum-Otter-94-violin", "Ada")):
            form = urllib.parse.urlencode({"name": "ada", "password": password}).encode()
            asked = urllib.request.Request(f"{url}/enter", form, {"Origin": url})  # noqa: S310 - the address is ours
            try:
                with opener.open(asked, timeout=20) as answer:
                    assert seen in answer.read().decode()
            except urllib.error.HTTPError as error:
                assert str(error.code) == seen  # noqa: PT017
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "note: passwords travel unencrypted" in err
    events = [json.loads(line)["event"] for line in err.splitlines() if line.startswith("{")]
    assert events == ["started", "note", "log-in refused", "log-in", "finished"]
    assert "Ada" not in out + err


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
