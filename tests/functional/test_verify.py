"""Verifying a run from the command line."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from functional.workbench import CLEAN, DIRTY, run_here


@pytest.fixture
def imported(store: Path, folder: Path) -> Path:
    """A file that is imported into the working folder's store, as run 7."""
    assert store.is_file()
    file = folder / "tracking.csv"
    file.write_text(DIRTY, "utf-8")
    assert run_here("import", "tracking.csv").status == 1
    return file


def change(statement: str) -> None:
    """Changes the store as another program would."""
    with closing(sqlite3.connect("milepost.db")) as connection, connection:
        connection.execute(statement)


@pytest.mark.usefixtures("imported")
def test_all_stands_and_every_line_is_accounted_for() -> None:
    outcome = run_here("verify", "7", "tracking.csv")
    assert (outcome.status, outcome.stderr) == (0, "")
    assert outcome.stdout.splitlines() == [
        "2 of 2 rows that the run wrote stand as written.",
        (
            "tracking.csv is the file that was imported. Of its 5 rows, 2 wrote or deleted a row, "
            "3 were rejected or superseded, 0 changed nothing."
        ),
    ]


@pytest.mark.usefixtures("imported")
def test_what_another_program_changed_is_told() -> None:
    change("UPDATE tracking SET score = 99 WHERE score = 80")
    outcome = run_here("verify", "7", "--report", "audit.html")
    assert outcome.status == 1
    assert outcome.stdout.splitlines() == [
        "1 of 2 rows that the run wrote stand as written.",
        "1 row was changed without explanation: no run has done it.",
        "  line 2: ada, maths, 2024, intro has other values",
    ]
    page = Path("audit.html").read_text("utf-8")
    assert "ada, maths, 2024, intro" in page
    assert "verdict unsound" in page
    document = run_here("verify", "7", "--json").document
    assert (document["standing"], document["differing"], document["is_sound"]) == (1, 1, False)


def test_another_file_is_told(imported: Path) -> None:
    imported.write_text(CLEAN, "utf-8")
    outcome = run_here("verify", "7", "tracking.csv")
    assert outcome.status == 1
    assert "tracking.csv is not the file that was imported: its SHA-256 is" in outcome.stdout


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["99"], "There is no run 99."),
        (["3"], "is no import of tracking, no rename, no merge and no clearing; only those can be verified."),
        (["7", "none.csv"], "There is no file none.csv."),
        (["7", "."], ". cannot be read"),
        (["7", "--report", "milepost.db"], "--report milepost.db would overwrite the store."),
        (["7", "tracking.csv", "--report", "tracking.csv"], "would overwrite the file that was imported."),
        (["7", "--report", "none/audit.html"], "none/audit.html cannot be written"),
        (["0"], "'0' is no number of a run; write one from 1 up, or `last`."),
    ],
)
def test_what_cannot_be_verified_is_said(words: list[str], message: str) -> None:
    outcome = run_here("verify", *words)
    assert outcome.status == 2
    assert message in outcome.stderr
