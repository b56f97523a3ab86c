"""A store that version 0.1 has made is upgraded, and its runs are verified, shown and undone.

`tests/data/stores` has what that version made for each database: loads, imports that created, updated and deleted rows,
an undo, a held run, a failed one, and a rejects file that came back.
"""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import polars as pl
import psycopg
import pytest

import milepost
from databases.stores import PostgreSQLStores, SQLiteStores, path_of
from databases.transactions import reading, writing
from milepost.stores import record, run_lines
from milepost.stores.checksum import NEWEST_RULE

DATA = Path(__file__).parents[2] / "data" / "stores"
FIRST, SECOND, THIRD, UNDO, HELD, FAILED, MENDED, LAST = range(7, 15)
"""The runs after the loads."""


@pytest.fixture
def older_sqlite(sqlite_stores: SQLiteStores) -> str:
    """A copy of the SQLite store."""
    url = sqlite_stores.place()
    shutil.copyfile(DATA / "0.1.db", path_of(url))
    return url


@pytest.fixture
def older_postgresql(postgresql_stores: PostgreSQLStores) -> str:
    """The PostgreSQL store."""
    url = postgresql_stores.place()
    with psycopg.connect(url) as connection:
        connection.execute((DATA / "0.1.sql").read_bytes())
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def older(request: pytest.FixtureRequest) -> str:
    """The URL of a store of version 0.1, in each database in turn."""
    found: str = request.getfixturevalue(f"older_{request.param}")
    return found


def test_it_is_upgraded_when_it_is_written(older: str) -> None:
    with pytest.raises(milepost.StoreError, match="is of an older version"):
        milepost.verify_run(older, FIRST)
    _upgrade(older)
    with reading(older) as tables:
        runs = {run.id: run for run in record.listing(tables)}
        assert {number: str(run.state) for number, run in runs.items() if run.state != "done"} == {
            HELD: "held",
            FAILED: "failed",
        }
        assert (runs[UNDO].undoes, runs[MENDED].mends, runs[FIRST].actor) == (THIRD, SECOND, "ada")
        assert run_lines.mended(tables, SECOND) == {MENDED: 1}


def _upgrade(url: str) -> None:
    with writing(url):
        pass


def test_its_runs_are_sound(older: str) -> None:
    _upgrade(older)
    found = {run: milepost.verify_run(older, run) for run in (FIRST, SECOND, THIRD, MENDED, LAST)}
    assert {run: (one.is_sound, one.written, one.standing, dict(one.changed_since)) for run, one in found.items()} == {
        FIRST: (True, 5, 1, {SECOND: 2, UNDO: 1, LAST: 1}),
        SECOND: (True, 3, 3, {}),
        THIRD: (True, 2, 0, {UNDO: 2}),
        MENDED: (True, 1, 0, {LAST: 1}),
        LAST: (True, 1, 1, {}),
    }
    with writing(older) as tables:
        tables.change("tracking", {"score": 3.5}, {"run_id": LAST})
    assert milepost.verify_run(older, LAST).differing == 1


def test_its_rows_are_shown_and_exported(older: str) -> None:
    _upgrade(older)
    exported = io.BytesIO()
    assert milepost.export_tracking(older, exported) == 5
    rows = list(csv.DictReader(io.StringIO(exported.getvalue().decode())))
    assert [(row["candidateLogin"], row["lovCode"], row["progression"], row["timeSpent"]) for row in rows] == [
        ("ada", "intro", "40", "160"),
        ("ada", "movie", "6", "20"),
        ("cyd", "intro", "30", "0"),
        ("dan", "movie", "90", "500"),
        ("eve", "movie", "100", "90"),
    ]
    (history,) = milepost.read_history(older, "ada", "intro")
    assert [(event.run, event.change.value) for event in history.events] == [
        (FIRST, "created"),
        (SECOND, "updated"),
        (THIRD, "updated"),
        (UNDO, "updated"),
    ]
    (history,) = milepost.read_history(older, "bob")
    assert [(event.run, event.change.value) for event in history.events] == [(FIRST, "created"), (SECOND, "deleted")]


def test_its_runs_are_undone(older: str) -> None:
    _upgrade(older)
    counts = {}
    for run in (LAST, MENDED, UNDO, THIRD, SECOND, FIRST):
        if run == THIRD:
            # What was undone, and has its changes again, is undone once more.
            assert milepost.verify_run(older, THIRD).standing == 2
        report = milepost.undo_run(older, run)
        counts[run] = (report.created, report.updated, report.deleted, report.kept)
    assert counts == {
        LAST: (0, 1, 0, 0),
        MENDED: (0, 1, 0, 0),
        UNDO: (1, 1, 0, 0),
        THIRD: (0, 1, 1, 0),
        SECOND: (1, 2, 1, 0),
        FIRST: (0, 0, 5, 0),
    }
    assert milepost.export_tracking(older, io.BytesIO()) == 0
    with reading(older) as tables:
        assert not tables.count("tracking_log_day")


def test_new_runs_go_on_from_it(older: str, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text(
        "candidateLogin;sessionGuid;lovCode;lastAccessDate;progression;trackingStatus;timeSpent;score\n"
        "eve;spring;movie;2024-07-01 10:00:00;100;passed;100;10\n"
        "bob;spring;movie;2024-07-01 10:00:00;1;;1;\n"
    )
    report = milepost.import_file(file, older, milepost.configure(None, settings={"delimiter": "semicolon"}))
    assert (report.run, report.created, report.updated) == (LAST + 1, 1, 1)
    assert milepost.verify_run(older, LAST + 1).standing == 2
    assert milepost.verify_run(older, LAST).changed_since == {LAST + 1: 1}
    rule = {"checksum_rule": pl.Int64()}
    with reading(older) as tables:
        assert set(tables.rows("tracking", rule, {"run_id": LAST + 1}).to_series()) == {NEWEST_RULE}
    milepost.undo_run(older, LAST + 1)
    assert milepost.verify_run(older, LAST).standing == 1
    with reading(older) as tables:
        assert set(tables.rows("tracking", rule).to_series()) == {None}
