"""`milepost undo`: words in; exit status, standard output and standard error out."""

from __future__ import annotations

import errno
import io
import tempfile
from pathlib import Path

import pytest

from functional.workbench import CLEAN, HEADER, Outcome, run_here

IMPORTED = 7
"""The run that imports the first file."""


def _import(text: str, *words: str) -> Outcome:
    Path("tracking.csv").write_text(text)
    outcome = run_here("import", "tracking.csv", "--json", *words)
    assert outcome.status == 0, outcome
    return outcome


def _exported() -> str:
    return run_here("export", "tracking").stdout


@pytest.fixture
def imported(store: Path) -> Path:
    """A store with one import."""
    _import(CLEAN)
    return store


@pytest.mark.usefixtures("imported")
def test_an_undo_is_told_and_recorded() -> None:
    before = _exported()
    _import(CLEAN.replace("50", "60"))
    outcome = run_here("undo", "8", "--actor", " grace ")
    assert (outcome.status, outcome.stderr) == (0, "")
    lines = outcome.stdout.splitlines()
    assert lines[0].startswith("Run 8 (tracking.csv): undone as run 9 in ")
    assert lines[0].endswith(" seconds. 1 row: 1 with their former values, 0 kept as they are.")
    assert lines[1:] == ["", "What to do next", "  Have its changes back:", "    milepost undo 9"]
    assert _exported() == before
    document = run_here("runs", "9", "--json").document
    told = {name: document[name] for name in ("kind", "state", "file", "undoes", "actor", "rows", "updated")}
    assert told == {
        "kind": "undo",
        "state": "done",
        "file": "undo of run 8",
        "undoes": 8,
        "actor": "grace",
        "rows": 1,
        "updated": 1,
    }
    assert run_here("runs", "9").stdout.startswith("Run 9: undo of run 8, done.\n")


@pytest.mark.usefixtures("imported")
def test_rows_that_are_kept_are_told_and_the_status_is_1() -> None:
    _import(HEADER + "bob,intro,2024,maths,,,notAttempted,\nada,intro,2024,maths,,60,,\n")
    for words in (("--check",), ()):
        outcome = run_here("undo", str(IMPORTED), *words)
        assert outcome.status == 1
        lines = outcome.stdout.splitlines()
        assert lines[0].endswith("2 rows: 2 kept as they are.")
        assert lines[1:] == [
            "",
            "Kept as they are, and why",
            "  ada, guid-2024, intro: written by run 8",
            "  bob, guid-2024, intro: deleted by run 8",
        ]
    document = run_here("undo", str(IMPORTED), "--json").document
    assert (document["rows"], document["rejected"], document["run"]) == (2, 2, 10)
    assert document["kept"][1] == {
        "candidateLogin": "bob",
        "sessionGuid": "guid-2024",
        "lovCode": "intro",
        "lovGuid": "guid-intro",
        "line": None,
        "reason": "deleted",
        "run": 8,
    }


@pytest.mark.usefixtures("imported")
def test_a_check_changes_nothing_and_says_how_to_go_on() -> None:
    before = _exported(), run_here("runs").stdout
    outcome = run_here("undo", str(IMPORTED), "--check", "--wait", "5")
    assert outcome.status == 0
    assert "would be undone" in outcome.stdout
    assert outcome.stdout.endswith("  Undo it:\n    milepost undo 7 --wait 5.0\n")
    assert (_exported(), run_here("runs").stdout) == before


@pytest.mark.usefixtures("imported")
def test_only_the_first_are_told_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milepost.use_cases.template.EXAMPLES", 1)
    _import(CLEAN.replace(",80", ",81").replace("50", "60"))
    outcome = run_here("undo", str(IMPORTED), "--check")
    assert outcome.stdout.splitlines()[3:] == [
        "  ada, guid-2024, intro: written by run 8",
        "  … and 1 more: milepost undo 7 --check --json",
    ]
    assert run_here("undo", str(IMPORTED)).stdout.endswith("  … and 1 more\n")


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("99",), "There is no run 99. `milepost runs` lists them all."),
        (("7", "--actor", " "), "Invalid value for '--actor': the name is empty. Try `milepost undo --help`."),
        (
            ("0",),
            (
                "Invalid value for 'RUN': '0' is no number of a run; write one from 1 up, or `last`. "
                "Try `milepost undo --help`."
            ),
        ),
    ],
)
def test_wrong_usage(words: tuple[str, ...], message: str) -> None:
    outcome = run_here("undo", *words)
    assert (outcome.status, outcome.stdout, outcome.stderr) == (2, "", message + "\n")
    assert run_here("undo", *words, "--json").error == message


@pytest.mark.usefixtures("folder")
def test_a_store_that_is_not_there() -> None:
    outcome = run_here("undo", "1")
    assert (outcome.status, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith("There is no store at milepost.db.")
    assert not Path("milepost.db").exists()


@pytest.mark.usefixtures("store")
def test_imports_and_loads_name_who_does_it() -> None:
    _import(CLEAN, "--actor", "grace")
    Path("learners.csv").write_text("candidateLogin\nada\n")
    assert run_here("load", "learners", "learners.csv", "--actor", "linus").status == 0
    assert [run["actor"] for run in run_here("runs", "--json").document["runs"][:2]] == ["linus", "grace"]


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize("refused", ["TemporaryFile", "flush"])
def test_no_room_for_the_rows_that_are_kept(refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    class Full(io.StringIO):
        flush = refuse

    _import(CLEAN.replace("50", "60"))
    before = _exported()
    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "TemporaryFile", refuse if refused == "TemporaryFile" else lambda **_: Full())
        outcome = run_here("undo", str(IMPORTED), "--json")
    assert outcome.status == 2
    assert outcome.error == (
        f"There is no room for temporary files in {tempfile.gettempdir()}: No space left on device. Nothing was done. "
        "Make room, or name another folder in TMPDIR."
    )
    assert _exported() == before
