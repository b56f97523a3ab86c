"""Causes outside the program are told in a sentence; only a bug is called one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import milepost
from functional.workbench import CLEAN, run_here
from milepost.model.exceptions import StoreError
from milepost.model.phases import PLANNING, STORING
from milepost.reading import runs as recorded
from milepost.stores import record

pytestmark = pytest.mark.usefixtures("folder")


def _fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(recorded, "read_store", fail)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(28, "No space left on device"), "No space left on device.\n"),
        (PermissionError(13, "Permission denied", "milepost.db"), "milepost.db: Permission denied.\n"),
        (MemoryError(), "There is not enough memory. Nothing was done.\n"),
    ],
)
def test_the_environment_is_named_in_a_sentence(
    error: Exception, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fail_with(error, monkeypatch)
    outcome = run_here("runs")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (2, "", message)
    assert run_here("runs", "--json").error == message.strip()


def test_a_bug_is_called_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_with(KeyError("x"), monkeypatch)
    outcome = run_here("runs")
    assert outcome.status == 2
    assert outcome.stderr == (
        "This is a bug in Milepost: KeyError: 'x'. Please report it, with what MILEPOST_DEBUG=1 in the environment "
        "makes the same command print.\n"
    )


def test_a_bug_shows_its_trace_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_with(KeyError("x"), monkeypatch)
    monkeypatch.setenv("MILEPOST_DEBUG", "1")
    with pytest.raises(KeyError, match="x"):
        run_here("runs")


def test_an_interruption_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_with(KeyboardInterrupt(), monkeypatch)
    outcome = run_here("runs", "--json")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (130, "", "Interrupted; nothing was done.\n")


def test_a_name_in_a_message_does_not_steer_the_terminal() -> None:
    outcome = run_here("runs", "--db", "\x1b[2J.db")
    assert "\x1b" not in outcome.stderr
    assert "\\x1b[2J.db" in outcome.stderr


def test_a_busy_store_has_a_status_of_its_own(store: Path) -> None:
    Path("tracking.csv").write_text(CLEAN)
    with closing(sqlite3.connect(store)) as other:
        other.execute("BEGIN IMMEDIATE")
        for words in (("import", "tracking.csv"), ("load", "learners", "tracking.csv", "--ignore", "lovCode")):
            outcome = run_here(*words, "--wait", "0", "--json")
            assert outcome.status == 4
            error = outcome.document["error"]
            assert (error["code"], error["retry"], error["run"]) == ("store-busy", True, None)


@pytest.mark.usefixtures("store")
def test_the_run_that_failed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("tracking.csv").write_text(CLEAN)

    def fail(*_: object) -> None:
        raise StoreError("The connection was lost.", code="connection-lost")

    monkeypatch.setattr(record, "finish", fail)
    outcome = run_here("import", "tracking.csv", "--json")
    assert outcome.status == 4
    facts = {"code": "connection-lost", "message": "The connection was lost.", "retry": True, "run": 7}
    assert outcome.document == {"format_version": 2, "error": facts}
    assert run_here("runs", "7", "--json").document["error"] == "The connection was lost."


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("runs", "99"), "run-missing"),
        (("undo", "1"), "run-unsuitable"),
        (("verify", "1"), "run-unsuitable"),
        (("import", "missing.csv"), "file-missing"),
        (("import", "empty.csv"), "file-unreadable"),
        (("import", "a.csv", "--rejects", "nowhere/x.csv"), "file-unwritable"),
        (("import", "a.csv", "--config", "missing.xml"), "file-missing"),
        (("import", "a.csv", "--set", "timeZone=x"), "wrong-configuration"),
        (("import", "a.csv", "--expect", "0" * 64), "plan-changed"),
        (("import", "header.csv"), "wrong-header"),
        (("import", "a.csv", "--nonsense"), "wrong-usage"),
        (("runs", "--db", "missing.db"), "store-missing"),
        (("runs", "--db", "a.csv"), "store-unusable"),
        (("runs", "--db", "postgresql://localhost:1/lms"), "store-unreachable"),
    ],
    ids=lambda words: words if isinstance(words, str) else " ".join(words),
)
def test_errors_have_codes(words: tuple[str, ...], code: str) -> None:
    Path("a.csv").write_text(CLEAN)
    Path("empty.csv").write_text("")
    Path("header.csv").write_text("candidateLogin,lovCode,Nonsense\nada,intro,1\n")
    outcome = run_here(words[0], "--json", *words[1:])
    assert outcome.error
    assert outcome.document["error"]["code"] == code


def test_a_run_whose_interruption_another_error_hides_was_interrupted(store: Path) -> None:
    Path("tracking.csv").write_text(CLEAN)

    def progress(phase: str, _done: int, _total: int | None) -> None:
        if phase in (PLANNING, STORING):
            try:
                raise KeyboardInterrupt
            finally:
                raise KeyError("hidden")

    with pytest.raises(KeyError, match="hidden"):
        milepost.import_file("tracking.csv", str(store), progress=progress)
    newest = milepost.runs(str(store))[0]
    assert (newest.state, newest.error) == ("interrupted", None)
