"""`milepost prune`: what old runs changed is forgotten, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import func, select, update

import milepost
from databases.connections import connected
from databases.stores import Stores
from functional.workbench import run_here
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql.metadata import import_run, tracking_change

DAY = 86_400
NOW = datetime(2024, 6, 1, tzinfo=UTC)
"""Runs finish a day apart, the last one of them a day before."""


def _fill(database: str) -> None:
    reference: dict[str, dict[str, list[str]]] = {
        "learners": {"candidateLogin": ["ada"]},
        "learning-objects": {"lovGuid": ["one"]},
        "trainings": {"trainingPathCode": ["t"]},
        "contents": {"trainingPathCode": ["t"], "lovGuid": ["one"]},
        "sessions": {"sessionGuid": ["s"], "sessionTitle": ["s"], "trainingPathCode": ["t"]},
        "registrations": {"candidateLogin": ["ada"], "sessionGuid": ["s"]},
    }
    for kind, rows in reference.items():
        milepost.load_file(kind, pl.DataFrame(rows), database)
    for progression in ("10", "20", "20", "30"):
        rows = {"candidateLogin": ["ada"], "sessionGuid": ["s"], "lovGuid": ["one"], "progression": [progression]}
        milepost.import_file(pl.DataFrame(rows), database)
    milepost.undo_run(database, 10)
    milepost.undo_run(database, 8)
    with open_store(database, Access.WRITE) as opened, connected(opened.write()) as connection:
        finished = int(NOW.timestamp()) - (13 - import_run.c.id) * DAY
        connection.execute(update(import_run).values(finished_at=finished))


@pytest.fixture
def database(on_databases: Stores) -> str:
    """Loads 1 to 6; imports 7 to 10, of which 9 changes nothing; 11 undoes 10, and 12 undoes 8."""
    return on_databases.holding("prune", _fill)


def _prune(database: str, days: int, *, dry_run: bool = False) -> milepost.PruneReport:
    return milepost.prune_runs(database, timedelta(days=days), now=NOW, dry_run=dry_run)


def _kept(database: str) -> dict[int, int]:
    """How many changes are kept of each run."""
    run = tracking_change.c.run_id
    with open_store(database, Access.READ) as opened, connected(opened.read()) as connection:
        return dict(connection.execute(select(run, func.count()).group_by(run).order_by(run)).all())


def test_old_runs_are_forgotten_and_can_no_longer_be_undone(database: str) -> None:
    assert _kept(database) == {8: 1, 10: 1, 11: 1, 12: 1}
    report = _prune(database, 4)
    assert (report.runs, report.changes, report.lost) == ((7, 8), 1, (7, 12))
    assert report.before == NOW - timedelta(days=4)
    assert _kept(database) == {10: 1, 11: 1, 12: 1}
    for run, words in (
        (7, "Run 7 .* can no longer be undone: `milepost prune` removed what it changed, on 2024-06-01. Its file"),
        (8, "Run 8 .* can no longer be undone"),
        (12, "Run 12 .* can no longer be undone: `milepost prune` removed what run 8 changed."),
    ):
        with pytest.raises(milepost.UsageError, match=words):
            milepost.undo_run(database, run)
    # Run 12 has put the row back to what run 7 wrote: not as run 11 left it.
    assert milepost.undo_run(database, 11).kept == 1


def test_a_check_forgets_nothing(database: str) -> None:
    checked = _prune(database, 0, dry_run=True)
    assert (checked.runs, checked.changes, checked.lost) == ((7, 8, 9, 10, 11, 12), 4, (7, 11, 12))
    assert sum(_kept(database).values()) == 4
    done = _prune(database, 0)
    assert (done.runs, done.changes, done.lost) == (checked.runs, checked.changes, checked.lost)
    assert _kept(database) == {}
    assert _prune(database, 0).runs == ()


def test_runs_keep_their_records(database: str) -> None:
    before = run_here("runs", "--json", "--db", database).document["runs"]
    _prune(database, 4)
    after = run_here("runs", "--json", "--db", database).document["runs"]
    pruned = {run["run"]: run.pop("pruned_at") for run in after}
    assert pruned == dict.fromkeys(range(1, 13)) | dict.fromkeys((7, 8), "2024-06-01T00:00:00Z")
    assert after == [{name: value for name, value in run.items() if name != "pruned_at"} for run in before]


def test_an_age_that_is_negative_is_refused(database: str) -> None:
    with pytest.raises(milepost.UsageError, match="older_than is negative"):
        _prune(database, -1)


def test_the_command_says_what_it_does(database: str) -> None:
    with open_store(database, Access.WRITE) as opened, connected(opened.write()) as connection:
        connection.execute(update(import_run).where(import_run.c.id == 8).values(finished_at=0))
    checked = run_here("prune", "--older-than", "40y", "--check", "--db", database)
    words = "1 change of run 8, which finished before "
    assert checked.stdout.startswith(words)
    assert checked.stdout.endswith(" UTC, would be forgotten.\nNo longer to be undone: run 12.\n")
    document = run_here("prune", "--older-than", " 2000W ", "--json", "--db", database).document
    assert (document["runs"], document["changes"], document["lost"]) == ([8], 1, [12])
    again = run_here("prune", "--older-than", "480m", "--db", database)
    assert again.stdout.startswith("There is nothing to forget: no run that finished before ")
    everything = run_here("prune", "--older-than", "0d", "--db", database).stdout
    assert everything.startswith("3 changes of runs 7, 9, 10, 11 and 12, which finished before ")
    assert everything.endswith("No longer to be undone: runs 7 and 11.\n")


@pytest.mark.parametrize("age", ["400", "d", "-1d", "1.5y", "12 m", "1000000d", "٣d", ""])
def test_what_is_no_age_is_wrong_usage(age: str, folder: Path) -> None:
    outcome = run_here("prune", "--older-than", age)
    assert outcome.status == 2
    assert outcome.stderr == (
        f"Invalid value for '--older-than': \"{age}\" is no age: a whole number and d, w, m or y, such as 400d, 12m or "
        "2y. Try `milepost prune --help`.\n"
    )
    assert not list(folder.iterdir())


@pytest.mark.usefixtures("folder")
def test_a_store_that_is_not_there_is_not_made() -> None:
    outcome = run_here("prune", "--older-than", "999999y")
    assert outcome.stderr.startswith("There is no store at milepost.db.")
    assert not Path("milepost.db").exists()
