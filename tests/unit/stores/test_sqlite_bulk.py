"""Writes at the end of a transaction come to the same as writes at once, however many rows they have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from databases.connections import open_database
from milepost.model.exceptions import FileError
from milepost.stores.port import Access, Writes
from milepost.stores.sql import sqlite_bulk
from milepost.stores.sql.store import SQLStore, SQLTables
from milepost.stores.tables import TABLES

TRACKING = dict(TABLES["tracking"].schema)
CHANGE = dict(TABLES["tracking_change"].schema)
KEYS = ["registration_id", "learning_object_version_id"]
FLOATS = (0.1 + 0.2, 5e-324, 1.7976931348623157e308, 1 / 3, 1e16)
TAKEN = {"progression": "progression", "status": "status", "previous_run_id": "run_id"}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[SQLStore]:
    """A store of SQLite without rows."""
    with open_database(str(tmp_path / "store.db"), Access.WRITE) as found:
        yield found


def tracked(objects: range, progression: int) -> pl.DataFrame:
    """Rows with every column, some of them null."""
    count = len(objects)
    values: dict[str, list[Any]] = {
        "registration_id": [1] * count,
        "learning_object_version_id": list(objects),
        "first_access_at": [None if one % 2 else -(2**40) + one for one in objects],
        "progression": [float(progression)] * count,
        "status": [("passed", "failed")[one % 2] for one in objects],
        "score": [None if one % 3 else FLOATS[one % 5] for one in objects],
        "time_spent": [progression] * count,
        "run_id": [7] * count,
        "line": list(objects),
        "checksum": [2**63 - 1 - one for one in objects],
    }
    return pl.DataFrame({name: pl.Series(values.get(name, [None] * count), dtype=TRACKING[name]) for name in TRACKING})


def work(to: Writes) -> None:
    """Writes of every kind, in several parts."""
    for objects in (range(10, 20), range(20, 25)):
        to.insert("tracking", tracked(objects, 2))
    for objects in (range(3), range(4, 7)):
        of = tracked(objects, 3).select(*KEYS, "line").with_columns(run_id=pl.lit(8), change=pl.lit("updated"))
        to.copy("tracking", "tracking_change", of, TAKEN)
        to.overwrite("tracking", tracked(objects, 3))
        to.delete("tracking", tracked(range(objects.stop, objects.stop + 1), 0).select(KEYS))


def outcome(opened: SQLStore, *, is_at_end: bool) -> list[pl.DataFrame]:
    """What the tables hold after that work on the same rows."""
    with opened.write() as tables:
        tables.remove("tracking", {})
        tables.remove("tracking_change", {})
        tables.insert("tracking", tracked(range(8), 1))
    with opened.write() as tables:
        work(tables.at_end if is_at_end else tables)
    with opened.read() as tables:
        return [tables.rows("tracking", TRACKING, order=KEYS), tables.rows("tracking_change", CHANGE, order=KEYS)]


@pytest.mark.parametrize("rows_in_memory", [0, 12, 1000])
def test_the_end_comes_to_the_same(opened: SQLStore, monkeypatch: pytest.MonkeyPatch, rows_in_memory: int) -> None:
    monkeypatch.setattr(sqlite_bulk, "_ROWS_IN_MEMORY", rows_in_memory)
    at_once = outcome(opened, is_at_end=False)
    assert [frame.height for frame in at_once] == [21, 6]
    for _ in range(2):  # the scratch file of the first transaction is gone
        for expected, found in zip(at_once, outcome(opened, is_at_end=True), strict=True):
            assert found.equals(expected)


def test_a_transaction_that_fails_leaves_no_scratch_file(
    opened: SQLStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sqlite_bulk, "_ROWS_IN_MEMORY", 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def write(tables: SQLTables, error: Exception) -> None:
        work(tables.at_end)
        assert list(tmp_path.glob("milepost-*/scratch.db"))
        raise error

    with pytest.raises(ZeroDivisionError), opened.write() as tables:
        write(tables, ZeroDivisionError())
    assert not list(tmp_path.glob("milepost-*"))
    with opened.read() as tables:
        assert tables.count("tracking") == 0


def test_rows_that_lack_columns_are_not_overwritten_with_null(
    opened: SQLStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_bulk, "_ROWS_IN_MEMORY", 0)
    with pytest.raises(ValueError, match="tracking"), opened.write() as tables:
        tables.at_end.overwrite("tracking", tracked(range(3), 1).drop("score"))


def test_no_room_for_the_scratch_file(opened: SQLStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sqlite_bulk, "_ROWS_IN_MEMORY", 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(FileError, match=r"^There is no room for temporary files in "), opened.write() as tables:
        tables.at_end.insert("tracking", tracked(range(3), 1))
