"""What only a process of its own shows: signals, pipes, terminals, how fast it starts."""

from __future__ import annotations

import itertools
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlalchemy import select as query

from databases.connections import connected
from functional.workbench import CLEAN, DIRTY, HEADER, command, environment, run_here, run_program
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql import metadata

_PATIENCE = 60


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


def _tracking_rows(store: Path) -> int | None:
    with open_store(str(store), Access.READ) as opened, connected(opened.read()) as connection:
        return connection.scalar(query(func.count()).select_from(metadata.tracking))


def _is_running(store: Path) -> bool:
    with open_store(str(store), Access.READ) as opened, connected(opened.read()) as connection:
        newest = query(metadata.import_run.c.state).order_by(metadata.import_run.c.id.desc()).limit(1)
        return connection.scalar(newest) == "running"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_import_leaves_the_store_as_it_was(sent: signal.Signals, folder: Path, store: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN)
    run_here("import", "tracking.csv")
    line = "bob,outro,2024,maths,2024-02-01 10:00:00,10,incomplete,1\n"
    (folder / "big.csv").write_text(HEADER + line * 1_200_000)  # takes longer than the bar's patience
    process = subprocess.Popen(
        command("import", "big.csv", "--rejects", "rejects.csv"),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _until(lambda: _is_running(store))
    process.send_signal(sent)
    out, err = process.communicate(timeout=_PATIENCE)
    assert (process.returncode, out, err) == (130, "", "Interrupted; nothing was done.\n")
    assert _tracking_rows(store) == 2
    assert "interrupted" in run_here("runs").stdout.splitlines()[1]
    assert not (folder / "rejects.csv").exists()
    assert run_here("import", "tracking.csv", "--json").document["unchanged"] == 2


@pytest.mark.usefixtures("store")
def test_an_interruption_leaves_no_copy_of_standard_input_and_no_part_file(folder: Path) -> None:
    temporary = folder / "temporary"
    temporary.mkdir()
    before = sorted(path.name for path in folder.iterdir())
    row = b"bob,outro,2024,maths,2024-02-01 10:00:00,10,incomplete,1\n"
    words = ("import", "-", "--delimiter", "comma", "--rejects", "rejects.csv", "--changes", "changes.csv")
    for sent, rows in itertools.product((signal.SIGTERM, signal.SIGHUP), (1_000, 400_000)):
        process = subprocess.Popen(
            command(*words),
            cwd=folder,
            env=environment(TMPDIR=str(temporary)),
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        process.stdin.write(HEADER.encode() + row * rows)
        process.stdin.flush()
        if rows > 1_000:
            process.stdin.close()
            _until(lambda: any(path.suffix == ".part" for path in folder.iterdir()))
        else:
            _until(lambda: any(temporary.rglob("*.csv")))
        for _ in range(3):  # as a terminal that closes, or a service that stops, may do
            process.send_signal(sent)
        assert process.wait(_PATIENCE) == 130
        process.stdin.close()
        assert list(temporary.iterdir()) == []
        assert [name for name in sorted(path.name for path in folder.iterdir()) if "milepost.db" not in name] == [
            name for name in before if "milepost.db" not in name
        ]


def test_what_nohup_ignores_ends_nothing(folder: Path, store: Path) -> None:
    line = "bob,outro,2024,maths,2024-02-01 10:00:00,10,incomplete,1\n"
    (folder / "big.csv").write_text(HEADER + line * 100_000)
    process = subprocess.Popen(
        ["nohup", *command("import", "big.csv")],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _until(lambda: _is_running(store))
    process.send_signal(signal.SIGHUP)
    assert process.wait(_PATIENCE) == 0


def test_a_killed_import_shows_as_interrupted(folder: Path, store: Path) -> None:
    line = "bob,outro,2024,maths,2024-02-01 10:00:00,10,incomplete,1\n"
    (folder / "big.csv").write_text(HEADER + line * 1_200_000)  # takes longer than the bar's patience
    process = subprocess.Popen(command("import", "big.csv"), cwd=folder, env=environment(), stderr=subprocess.DEVNULL)
    _until(lambda: _is_running(store))
    process.kill()
    process.wait(_PATIENCE)
    assert _tracking_rows(store) == 0
    assert "interrupted" in run_here("runs").stdout.splitlines()[1]


def _many_rows(folder: Path) -> None:
    """Enough of everything that a listing is longer than what a pipe holds."""
    many = range(1, 3001)
    with open_store(str(folder / "milepost.db"), Access.WRITE) as opened, connected(opened.write()) as connection:
        run = {"kind": "tracking", "state": "done", "file": "x" * 200, "actor": "a", "process": "p", "started_at": 0}
        connection.execute(metadata.import_run.insert(), [run] * len(many))
        connection.execute(
            metadata.learner.insert(),
            [{"login": f"x{n}", "login_key": f"x{n}", "guid": f"g{n}", "guid_key": f"g{n}"} for n in many],
        )
        connection.execute(
            metadata.registration.insert(),
            [{"guid": f"g{n}", "guid_key": f"g{n}", "learner_id": n + 2, "session_id": 1} for n in many],
        )
        row = {"learning_object_version_id": 1, "progression": 0.0, "status": "incomplete", "time_spent": 0}
        connection.execute(
            metadata.tracking.insert(), [row | {"registration_id": n + 2, "run_id": 1, "line": n} for n in many]
        )


@pytest.mark.parametrize("words", [("runs", "--all"), ("runs", "--all", "--json"), ("export", "tracking")])
@pytest.mark.usefixtures("store")
def test_a_reader_that_has_seen_enough_ends_a_command_quietly(words: tuple[str, ...], folder: Path) -> None:
    _many_rows(folder)
    with subprocess.Popen(
        command(*words), cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.usefixtures("store")
def test_an_import_is_done_even_if_nobody_reads_its_summary(folder: Path) -> None:
    (folder / "tracking.csv").write_text(DIRTY)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        command("import", "tracking.csv", "--rejects", "-"),
        cwd=folder,
        env=environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        timeout=_PATIENCE,
    )
    os.close(writer)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert run_here("runs", "--json").document["runs"][0]["created"] == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.usefixtures("store")
def test_a_full_device_is_told(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN)
    for words, status, message in (
        (("runs",), 2, b"No space left on device.\n"),
        (("runs", "--json"), 2, b"No space left on device.\n"),
        (
            ("import", "tracking.csv"),
            0,
            b"What came of tracking.csv could not be printed (No space left on device). It is imported, as run 7.\n",
        ),
    ):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                command(*words),
                cwd=folder,
                env=environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
                timeout=_PATIENCE,
            )
        assert (done.returncode, done.stderr) == (status, message)


def _on_a_terminal(*words: str, cwd: Path, **changes: str) -> str:
    """What a command prints when standard output and standard error are a terminal."""
    outside, inside = pty.openpty()
    env = environment(**({"TERM": "xterm-256color"} | changes))
    process = subprocess.Popen(command(*words), cwd=cwd, env=env, stdin=inside, stdout=inside, stderr=inside)
    os.close(inside)
    shown = b""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if not select.select([outside], [], [], 0.1)[0]:
            if process.poll() is not None:
                break
            continue
        try:
            piece = os.read(outside, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(outside)
    process.wait(_PATIENCE)
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.usefixtures("store")
def test_colour_is_for_terminals_that_welcome_it(folder: Path) -> None:
    (folder / "tracking.csv").write_text(DIRTY)
    plain = run_program("check", "tracking.csv", cwd=folder).stdout
    assert "\x1b" not in plain
    assert "\x1b[" in _on_a_terminal("check", "tracking.csv", cwd=folder)
    assert "\x1b[" in _on_a_terminal("check", "tracking.csv", cwd=folder, NO_COLOR="")
    # On a slow machine the progress shows, which moves the cursor.
    uncoloured = _on_a_terminal("check", "tracking.csv", cwd=folder, NO_COLOR="1")
    assert not re.search(r"\x1b\[[\d;]*m", uncoloured)
    assert "\x1b" not in _on_a_terminal("check", "tracking.csv", cwd=folder, TERM="dumb")


@pytest.mark.usefixtures("store")
def test_progress_is_shown_on_a_terminal_alone(folder: Path) -> None:
    line = "bob,outro,2024,maths,2024-02-01 10:00:00,10,incomplete,1\n"
    (folder / "big.csv").write_text(HEADER + line * 400_000)  # takes longer than the bar's patience
    words = ("check", "big.csv")
    piped = run_program(*words, cwd=folder)
    assert piped.stderr == ""
    shown = _on_a_terminal(*words, cwd=folder)
    assert "reading" in shown or "planning" in shown
    assert "big.csv: checked in" in shown


def test_help_and_version_start_without_what_is_slow_to_import(folder: Path) -> None:
    probe = (
        "import sys\n"
        "from milepost.cli.application import run\n"
        "status = run(sys.argv[1:])\n"
        "slow = {'polars', 'pyarrow', 'sqlalchemy', 'lxml', 'rich', 'alembic', 'rapidfuzz'} & set(sys.modules)\n"
        "sys.exit(f'imported {sorted(slow)}' if slow else status)\n"
    )
    for words in (["--help"], ["--version"], ["import", "--help"], ["config", "check", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", probe, *words], cwd=folder, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout


def test_the_version_is_the_package_s(folder: Path) -> None:
    import milepost

    assert run_program("--version", cwd=folder).stdout == f"milepost {milepost.__version__}\n"


@pytest.mark.usefixtures("store")
def test_a_terminal_that_knows_few_characters_still_shows_everything(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN.replace("ada,", "adaé,"), encoding="utf-8")
    done = subprocess.run(
        command("import", "tracking.csv"),
        cwd=folder,
        env=environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0"),
        capture_output=True,
        check=False,
        timeout=_PATIENCE,
    )
    assert done.returncode == 1
    assert b"ada\\xe9" in done.stdout
    assert done.stderr == b""


@pytest.mark.usefixtures("store")
def test_closed_standard_streams_are_no_trouble(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN)
    line = f"{sys.executable} -m milepost import tracking.csv >&- 2>&- <&-"
    done = subprocess.run(["sh", "-c", line], cwd=folder, env=environment(), check=False, timeout=_PATIENCE)
    assert done.returncode == 0
    assert run_here("runs", "--json").document["runs"][0]["created"] == 2
