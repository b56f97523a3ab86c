"""Transactions of a store by its URL, as Milepost has them and as another program has them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from milepost.model.columns import KEY
from milepost.model.tracked import KEY_SCHEMA
from milepost.stores import lake, opening, tracked_rows
from milepost.stores.memory import URL
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Tables
from milepost.stores.sql.store import SQLTables


@contextmanager
def reading(url: str) -> Iterator[Tables]:
    """One view of a store."""
    with open_store(url, Access.READ) as opened, opened.read() as tables:
        yield tables


@contextmanager
def writing(url: str) -> Iterator[Tables]:
    """A transaction that writes."""
    with open_store(url, Access.WRITE) as opened, opened.write() as tables:
        yield tables


@contextmanager
def as_another_program(url: str) -> Iterator[Tables]:
    """A transaction that waits for no turn, and in which every rule of the database holds."""
    if url.startswith((URL, *lake.URLS)):
        with writing(url) as tables:
            yield tables
        return
    engine, _ = opening._engine(url, Access.WRITE)
    committed = {"isolation_level": "READ COMMITTED"} if engine.dialect.name == "postgresql" else {}
    with engine.execution_options(**committed).begin() as connection:
        yield SQLTables(connection)
    engine.dispose()


def ids(tables: Tables, table: str, **values: str | int) -> pl.Series:
    """The ids of the rows of a table that have those values."""
    return tables.rows(table, {"id": pl.Int64()}, values, order=("id",))["id"]


def days(tables: Tables) -> pl.DataFrame:
    """All days of all logs (columns `tracked.DAYS`), in their order."""
    stored = tracked_rows.stored(tables, tables.rows("tracking", KEY_SCHEMA))
    newest = stored.select(*KEY, pl.col("logged_on").alias("day"), time_spent="logged_time", progression="progression")
    return pl.concat([newest, tracked_rows.earlier(tables, stored)]).sort(*KEY, "day")
