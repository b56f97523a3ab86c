"""Frames into tables and queries into frames, without a statement per row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl
from sqlalchemy import Table
from sqlalchemy.engine import Connection

from milepost.stores.port import Schema
from milepost.stores.sql import dialect
from milepost.stores.sql.dialect import Query

_ROWS_AT_A_TIME = 50_000


def insert(connection: Connection, table: Table, frame: pl.DataFrame) -> None:
    """Inserts the rows of `frame`, whose columns are named as the table's, in any order."""
    if not frame.is_empty():
        dialect.of(connection).insert(connection, table, _ordered(table, frame))


def overwrite(connection: Connection, table: Table, frame: pl.DataFrame) -> None:
    """Overwrites rows that are there with those of `frame`, found by the table's primary key."""
    if not frame.is_empty():
        dialect.of(connection).overwrite(connection, table, _ordered(table, frame))


def delete(connection: Connection, table: Table, keys: pl.DataFrame) -> None:
    """Deletes the rows whose primary keys are those of `keys`."""
    if not keys.is_empty():
        dialect.of(connection).delete(connection, table, _ordered(table, keys))


def copy(connection: Connection, source: Table, target: Table, frame: pl.DataFrame, taken: Mapping[str, str]) -> None:
    """Inserts the rows of `frame` into `target`, with more columns from the rows of `source` that have their keys.

    `taken` names those columns of `target`, each with the column of `source` that it is taken from. None of them
    leaves the database.
    """
    if not frame.is_empty():
        dialect.of(connection).copy(connection, source, target, _ordered(target, frame), taken)


def select(connection: Connection, query: Query, schema: Schema) -> pl.DataFrame:
    """The rows of a query whose result is known to be small; columns as in `schema`, by place."""
    rows = connection.execute(query).all()
    return pl.DataFrame(list(rows), schema=dict(schema), orient="row")


def stream(
    connection: Connection, query: Query, schema: Schema, at_a_time: int = _ROWS_AT_A_TIME
) -> Iterator[pl.DataFrame]:
    """The rows of a query of any size, about `at_a_time` of them in a frame; columns as in `schema`, by place."""
    return dialect.of(connection).stream(connection, query, schema, at_a_time)


def collect(connection: Connection, query: Query, schema: Schema) -> pl.DataFrame:
    """The rows of a query in one frame: for many thousands of rows that are known to fit.

    Numbers and texts alone. A query without an order must give its rows in the same order each time.
    """
    return dialect.of(connection).collect(connection, query, schema)


def _ordered(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(column.name for column in table.columns if column.name in frame.columns)
