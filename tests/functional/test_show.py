"""`milepost show`: what is stored of a learner, and how it came to be so."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import update

import milepost
from databases.connections import connected
from databases.stores import Stores
from functional.workbench import CLEAN, HEADER, REFERENCE, run_here
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql.metadata import import_run

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")


def _import(database: str, text: str) -> None:
    Path("tracking.csv").write_text(text)
    outcome = run_here("import", "tracking.csv", "--db", database, "--actor", "grace", "--json")
    assert outcome.status == 0, outcome


def _fill(database: str) -> None:
    for kind, content in REFERENCE.items():
        assert run_here("load", kind, "-", "--db", database, stdin=content).status == 0
    _import(database, CLEAN)
    _import(database, CLEAN.replace("50,incomplete", "60,failed"))
    _import(database, HEADER + "bob,intro,2024,maths,,,notAttempted,\n")
    assert run_here("undo", "9", "--db", database, "--actor", "linus").status == 0
    _import(database, HEADER + "bob,intro,2024,maths,,,notAttempted,\n")


@pytest.fixture
def database(on_databases: Stores, folder: Path) -> str:
    """Runs 7 and 8 import, 9 deletes, 10 undoes 9, and 11 deletes again."""
    assert folder == Path.cwd()
    return on_databases.holding("show", _fill)


def _shown(*words: str) -> list[str]:
    outcome = run_here("show", *words)
    assert (outcome.status, outcome.stderr) == (0, "")
    return _INSTANT.sub("AT", outcome.stdout).splitlines()


def test_the_history_of_a_row_that_is_stored_no_more(database: str) -> None:
    assert _shown("bob", "--db", database) == [
        "bob, intro (guid-intro), session guid-2024 of maths",
        "  not stored any more",
        "  AT created by run 7, line 3 of tracking.csv (grace)",
        "    lastAccessDate AT, progression 50, trackingStatus incomplete, timeSpent 0",
        "  AT updated by run 8, line 3 of tracking.csv (grace)",
        "    progression: 50 → 60",
        "    trackingStatus: incomplete → failed",
        "  AT deleted by run 9, line 2 of tracking.csv (grace); undone by run 10",
        "  AT created by run 10, undo of run 9 (linus)",
        "    lastAccessDate AT, progression 60, trackingStatus failed, timeSpent 0",
        "  AT deleted by run 11, line 2 of tracking.csv (grace)",
    ]


@pytest.mark.parametrize("name", ["ada", " ADA", "1", "ada@x.example", "ADA@X.EXAMPLE"])
@pytest.mark.parametrize("learning_object", [(), ("intro",), ("GUID-INTRO",)])
def test_any_name_will_do(name: str, learning_object: tuple[str, ...], database: str) -> None:
    lines = _shown(name, *learning_object, "--db", database)
    assert lines[0] == "ada, intro (guid-intro), session guid-2024 of maths"
    assert lines[1].endswith("progression 100, trackingStatus passed, timeSpent 0, score 80, scoreMax 100")
    assert lines[2:] == ["  AT created by run 7, line 2 of tracking.csv (grace)"]


def test_an_undo_and_a_redo_tell_both_states(database: str) -> None:
    assert run_here("undo", "7", "--db", database).status == 1
    assert run_here("undo", "12", "--db", database).status == 0
    assert run_here("undo", "13", "--db", database).status == 0
    lines = _shown("ada", "--db", database)
    told = [line.partition(" (")[0] for line in lines if line.startswith("  AT")]
    assert told == [
        "  AT created by run 7, line 2 of tracking.csv",
        "  AT deleted by run 12, undo of run 7",
        "  AT created by run 13, undo of run 12",
        "  AT deleted by run 14, undo of run 13",
    ]


def test_the_document(database: str) -> None:
    (row,) = run_here("show", "bob", "--db", database, "--json").document["rows"]
    history = row.pop("history")
    assert row == {
        "candidateLogin": "bob",
        "sessionGuid": "guid-2024",
        "trainingPathCode": "maths",
        "lovCode": "intro",
        "lovGuid": "guid-intro",
        "stored": None,
    }
    assert [(one["run"], one["change"], one["undoes"], one["undone_by"], one["actor"]) for one in history] == [
        (7, "created", None, None, "grace"),
        (8, "updated", None, None, "grace"),
        (9, "deleted", None, 10, "grace"),
        (10, "created", 9, None, "linus"),
        (11, "deleted", None, None, "grace"),
    ]
    assert [(one["before"] or {}).get("progression") for one in history] == [None, 50, 60, None, 60]
    assert [(one["after"] or {}).get("progression") for one in history] == [50, 60, None, 60, None]
    assert history[1]["after"] == {
        "firstAccessDate": None,
        "lastAccessDate": "2024-02-02T10:00:00Z",
        "firstCompletionDate": None,
        "progression": 60,
        "trackingStatus": "failed",
        "timeSpent": 0,
        "score": None,
        "scoreMax": None,
    }


def test_of_what_is_forgotten_the_last_state_is_left(database: str) -> None:
    with open_store(database, Access.WRITE) as opened, connected(opened.write()) as connection:
        connection.execute(update(import_run).where(import_run.c.id <= 8).values(finished_at=0))
    assert milepost.prune_runs(database, timedelta(days=1)).runs == (7, 8)
    assert _shown("bob", "--db", database)[2:5] == [
        "  AT written by run 8, line 3 of tracking.csv (grace)",
        "    lastAccessDate AT, progression 60, trackingStatus failed, timeSpent 0",
        "  AT deleted by run 9, line 2 of tracking.csv (grace); undone by run 10",
    ]


def test_of_one_without_rows_nothing_is_stored(database: str) -> None:
    assert _shown("bob", "outro", "--db", database) == ["Nothing is stored of bob, and nothing was."]
    assert run_here("show", "bob", "outro", "--db", database, "--json").document["rows"] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("adda",),
            'No learner has the log-in name, e-mail, reference number or GUID "adda". Nearest: "ada".',
        ),
        (
            ("zzzzzzzz",),
            'No learner has the log-in name, e-mail, reference number or GUID "zzzzzzzz". Check how it is written.',
        ),
        (("ada", "intr"), 'No learning object version has the code or GUID "intr". Nearest: "intro".'),
    ],
)
def test_a_name_that_nothing_has(words: tuple[str, ...], message: str, database: str) -> None:
    outcome = run_here("show", *words, "--db", database)
    assert (outcome.status, outcome.stdout, outcome.stderr) == (2, "", message + "\n")
    assert run_here("show", *words, "--db", database, "--json").error == message


def test_names_that_several_have_are_listed(database: str) -> None:
    twins = {"candidateLogin": ["eve", "mallory"], "candidateEmail": ["e@x"] * 2, "candidateGuid": ["g1", "g2"]}
    milepost.load_file("learners", pl.DataFrame(twins), database)
    milepost.load_file("learning-objects", pl.DataFrame({"lovGuid": ["second"], "lovCode": ["intro"]}), database)
    assert run_here("show", "E@X", "--db", database).stderr == (
        '"E@X" is more than one learner: eve (e@x, GUID g1); mallory (e@x, GUID g2). '
        "Give the log-in name, or the GUID of the one you mean.\n"
    )
    assert run_here("show", "ada", "intro", "--db", database).stderr == (
        '"intro" is more than one learning object version: GUID guid-intro (intro, Introduction); GUID second (intro). '
        "Give the GUID of the one you mean.\n"
    )
    assert _shown("ada", "guid-intro", "--db", database)[0].startswith("ada, intro (guid-intro)")
