"""Causes outside the program are told in a sentence; only a bug is called one."""

from __future__ import annotations

import pytest

from functional.workbench import run_here
from milepost.reading import runs as recorded

pytestmark = pytest.mark.usefixtures("folder")


def _fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(recorded, "open_store", fail)


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
    assert run_here("runs", "--json").document == {"format_version": 1, "error": message.strip()}


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
