"""Exports of stores that have no SQL, which alone says what an export holds: SQLite computes them in a scratch file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from milepost.model.exceptions import temporary_files
from milepost.model.export import Selection
from milepost.stores.port import Schema, Tables
from milepost.stores.sql import sqlite
from milepost.stores.sql.store import SQLTables
from milepost.stores.tables import TABLES

EXPORTED = (
    *("learner", "learning_object_version", "training", "training_content", "session", "registration"),
    *("import_run", "tracking", "tracking_log_day", "tracking_change"),
)
"""The tables that exports are made of."""

_ROWS_IN_MEMORY = 50_000
"""With more rows of tracking, the database is a file in the temporary folder."""


def rows(tables: Tables, selection: Selection, schema: Schema, at_a_time: int) -> Iterator[pl.DataFrame]:
    """The rows of an export, as `port.Tables.export` has them, of a store that has no SQL."""
    with temporary_files(), tempfile.TemporaryDirectory(prefix="milepost-") as folder:
        is_small = tables.count("tracking", most=_ROWS_IN_MEMORY) < _ROWS_IN_MEMORY
        path = ":memory:" if is_small else str(Path(folder) / "export.db")
        with sqlite.scratch(path, EXPORTED) as connection:
            scratch = SQLTables(connection)
            for table in EXPORTED:
                for part in tables.stream(table, TABLES[table].schema):
                    scratch.insert(table, part)
            yield from scratch.export(selection, schema, at_a_time)
