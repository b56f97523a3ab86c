"""Frames into tables and queries into frames, without a statement per row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import polars as pl
from sqlalchemy import Select, Table
from sqlalchemy.engine import Connection, Dialect

_ROWS_AT_A_TIME = 50_000
_ROWS_AS_TUPLES = 10_000
"""Python's tuples take many times the memory of a frame's rows."""


def insert(connection: Connection, table: Table, frame: pl.DataFrame) -> None:
    """Inserts the rows of `frame`, whose columns are named as the table's."""
    if frame.is_empty():
        return
    # The rows go to the driver as they are: the expression language would make a dictionary of each.
    # The statement names the columns in the table's order, whatever the frame's is.
    ordered = frame.select(column.name for column in table.columns if column.name in frame.columns)
    statement = _insert(table, tuple(ordered.columns), connection.dialect)
    for part in ordered.iter_slices(_ROWS_AS_TUPLES):
        connection.exec_driver_sql(statement, part.rows())


@lru_cache(maxsize=100)
def _insert(table: Table, columns: tuple[str, ...], dialect: Dialect) -> str:
    return str(table.insert().compile(dialect=dialect, column_keys=columns))


def refill(connection: Connection, table: Table, frame: pl.DataFrame) -> None:
    """Makes the rows of `frame` the only rows of a temporary table."""
    connection.execute(table.delete())
    insert(connection, table, frame)


def select(
    connection: Connection, query: Select[*tuple[object, ...]], schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """The rows of a query whose result is known to be small; columns as in `schema`, by place."""
    rows = connection.execute(query).all()
    return pl.DataFrame(list(rows), schema=dict(schema), orient="row")


def stream(
    connection: Connection,
    query: Select[*tuple[object, ...]],
    schema: Mapping[str, pl.DataType],
    at_a_time: int = _ROWS_AT_A_TIME,
) -> Iterator[pl.DataFrame]:
    """The rows of a query of any size, at most `at_a_time` of them in a frame; columns as in `schema`, by place."""
    result = connection.execute(query, execution_options={"yield_per": at_a_time})
    for rows in result.partitions():
        yield pl.DataFrame(list(rows), schema=dict(schema), orient="row")
