"""In SQLite too, what is copied into the journal is sought by its key, whatever the store believes of its tables."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import sqlalchemy
from sqlalchemy.engine.interfaces import DBAPICursor

from databases.connections import open_database
from milepost.stores import journal
from milepost.stores.port import Access
from milepost.stores.sql import dialect, sqlite_bulk
from milepost.stores.sql.store import SQLTables
from unit.stores.test_frames import rolled_back
from unit.stores.test_journal import ROWS, TOUCHED


@pytest.mark.parametrize(
    ("rows_in_memory", "given"), [(1000, "given_tracking_change"), (0, "scratch.copy tracking_change")]
)
@pytest.mark.parametrize("statistics", [None, "1 1 1", "1000000 2 1"])
def test_a_copy_walks_through_no_table_of_the_store(
    tmp_path: Path, statistics: str | None, rows_in_memory: int, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_bulk, "_ROWS_IN_MEMORY", rows_in_memory)
    with open_database(str(tmp_path / "milepost.db"), Access.WRITE) as opened, rolled_back(opened) as tables:
        tables.insert("tracking", ROWS)
        if statistics is not None:
            tables.connection.exec_driver_sql("ANALYZE")
            tables.connection.exec_driver_sql("UPDATE sqlite_stat1 SET stat = ? WHERE tbl = 'tracking'", (statistics,))
            tables.connection.exec_driver_sql("ANALYZE sqlite_schema")
        explained = _explained(tables, TOUCHED)
    assert explained
    assert [step for step in explained if step.startswith("SCAN")] == [f"SCAN {given}"]


def _explained(tables: SQLTables, rows: pl.DataFrame) -> list[str]:
    """How SQLite carries out the statement that keeps rows in the journal."""
    told: list[str] = []

    def explain(
        _connection: object, cursor: DBAPICursor, statement: str, parameters: tuple[object, ...], *_: object
    ) -> None:
        if statement.startswith("INSERT INTO tracking_change"):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            told.extend(row[3] for row in cursor.fetchall())

    sqlalchemy.event.listen(tables.connection, "before_cursor_execute", explain)
    journal.keep_before(tables, rows, 9)
    dialect.of(tables.connection).finish(tables.connection)
    sqlalchemy.event.remove(tables.connection, "before_cursor_execute", explain)
    return told
