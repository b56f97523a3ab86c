"""What runs did to tracking rows: each of them as it was before a run overwrote or deleted it.

A row that an import created has no entry: the row names the run itself, and so does the entry of whoever wrote it next.
An undo has an entry for everything that it did, and gives rows back to the run that had written them.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl
from sqlalchemy import ColumnElement, Table, delete, func, select, union
from sqlalchemy.engine import Connection

from milepost.model.columns import KEY, VALUES
from milepost.model.tracked import LOGGED, SCHEMA
from milepost.stores.sql import dialect, frames
from milepost.stores.sql.dialect import Query
from milepost.stores.sql.tables import tracking, tracking_change, tracking_log_change

_WRITER = {name: f"previous_{name}" for name in ("run_id", "line", "checksum", *LOGGED)}
"""The columns of tracking beside the values, each with the one that keeps it in the journal."""

_TAKEN = {name: name for name in VALUES} | {kept: name for name, kept in _WRITER.items()}

_KEY_SCHEMA = {name: SCHEMA[name] for name in KEY}

ENTRIES = (
    _KEY_SCHEMA
    | {"line": pl.Int64(), "change": pl.String()}
    | {name: SCHEMA[name] for name in VALUES}
    | {name: pl.Int64() for name in _WRITER.values()}
)
"""The columns of a run's entries."""


def keep_before(connection: Connection, rows: pl.DataFrame, run: int) -> None:
    """Keeps stored rows as they are, before `run` overwrites or deletes them.

    `rows` has the columns of `tracked.KEY`, the `line` that does it, and the `change`.
    """
    entries = rows.select(*KEY, "line", "change", pl.lit(run).alias("run_id"))
    frames.copy(connection, tracking, tracking_change, entries, _TAKEN)


def say_created(connection: Connection, rows: pl.DataFrame, run: int) -> None:
    """Enters that `run`, an undo, puts rows back that are not there; columns of `rows` as for `keep_before`."""
    frames.insert(connection, tracking_change, rows.select(*KEY, "line", "change", pl.lit(run).alias("run_id")))


def as_they_were(entries: pl.DataFrame) -> pl.DataFrame:
    """The rows of tracking that entries (columns ENTRIES) have kept."""
    return entries.select(*KEY, *VALUES, *(pl.col(kept).alias(name) for name, kept in _WRITER.items()))


def count(connection: Connection, runs: Collection[int]) -> int:
    """How many entries runs have."""
    counted = select(func.count()).select_from(tracking_change).where(_of(connection, tracking_change, runs))
    return connection.scalar(counted) or 0


def entries(connection: Connection, run: int, keys: pl.DataFrame) -> pl.DataFrame:
    """The entries of a run for `keys`, which are sorted; columns ENTRIES."""
    if keys.is_empty():
        return pl.DataFrame(schema=ENTRIES)
    query = select(*(tracking_change.c[name] for name in ENTRIES)).where(tracking_change.c.run_id == run)
    first, last = int(keys[KEY[0]][0]), int(keys[KEY[0]][-1])
    query = query.where(tracking_change.c.registration_id.between(first, last))
    return frames.collect(connection, query, ENTRIES).join(keys.select(KEY), on=KEY, how="semi")


def deletions(connection: Connection, keys: pl.DataFrame) -> pl.DataFrame:
    """Which runs, undos too, have deleted the rows with those keys; columns of KEY, and `run_id`."""
    schema = _KEY_SCHEMA | {"run_id": pl.Int64()}
    if keys.is_empty():
        return pl.DataFrame(schema=schema)
    query = (
        select(*(tracking_change.c[name] for name in schema))
        .where(tracking_change.c.change == "deleted")
        .where(dialect.of(connection).among(tracking_change.c.registration_id, keys[KEY[0]].unique()))
    )
    return frames.collect(connection, query, schema).join(keys.select(KEY), on=KEY, how="semi")


def touched_by_import(run: int) -> Query:
    """The keys of all rows that an import created, updated or deleted, as a query."""
    change = tracking_change.c
    told = union(
        _keys(tracking_change).where(change.run_id == run),
        _keys(tracking_change).where(change.previous_run_id == run),
        _keys(tracking).where(tracking.c.run_id == run),
    ).subquery()
    return select(*(told.c[name] for name in KEY))


def touched_by_undo(run: int) -> Query:
    """The keys of all rows that an undo put back, as a query."""
    return _keys(tracking_change).where(tracking_change.c.run_id == run)


def forget(connection: Connection, runs: Collection[int]) -> None:
    """Removes the entries of runs."""
    for table in (tracking_change, tracking_log_change):
        connection.execute(delete(table).where(_of(connection, table, runs)))


def _of(connection: Connection, table: Table, runs: Collection[int]) -> ColumnElement[bool]:
    numbers = pl.Series(sorted(runs), dtype=pl.Int64)
    return dialect.of(connection).among(table.c.run_id, numbers)


def _keys(table: Table) -> Query:
    return select(*(table.c[name] for name in KEY))
