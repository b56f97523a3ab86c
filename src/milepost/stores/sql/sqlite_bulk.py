"""Writes of SQLite that wait for the end of their transaction: many rows get there without becoming Python objects.

ADBC puts them into a scratch file, in a thread beside the work on further rows. One statement for each kind of write
takes them from there to the store. That takes 60 % of the time of `executemany`, and half of it beside other work.

ADBC brings an SQLite of its own. It never opens the store's file: when it closed that file, this process would lose the
locks that it holds on it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
from sqlalchemy import Column, Executable, MetaData, Table, and_, func, literal_column, select, tuple_
from sqlalchemy.engine import Connection

from milepost.model.exceptions import no_room
from milepost.stores.port import Writes
from milepost.stores.sql.dialect import ordered
from milepost.stores.sql.metadata import metadata

_ROWS_IN_MEMORY = 20_000
"""So many rows wait in memory. With more of them, a scratch file is worth its start."""
_SCHEMA = "scratch"
"""What the scratch file is called on the store's connection."""


_AtOnce: TypeAlias = Callable[[pl.DataFrame], None]
_Statement: TypeAlias = Callable[[Table, Table], Executable]
"""Writes to the first table, with the rows of the second."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """All writes of one kind to one table."""

    table: Table
    at_once: _AtOnce
    statement: _Statement
    waiting: list[pl.DataFrame] = field(default_factory=list)


class PutOff:
    """Writes that wait (`port.Tables.at_end`). Kinds of writes are done in the order in which they came first."""

    def __init__(self, connection: Connection, now: Writes) -> None:
        """`now` writes at once, on the connection."""
        self._connection, self._now = connection, now
        self._kinds: dict[str, _Kind] = {}
        self._rows = 0
        self._scratch: _Scratch | None = None

    def insert(self, table: str, rows: pl.DataFrame) -> None:
        self._wait("insert", table, rows, partial(self._now.insert, table), _insert)

    def overwrite(self, table: str, rows: pl.DataFrame) -> None:
        self._wait("overwrite", table, rows, partial(self._now.overwrite, table), _overwrite)

    def delete(self, table: str, keys: pl.DataFrame) -> None:
        self._wait("delete", table, keys, partial(self._now.delete, table), _delete)

    def copy(self, source: str, target: str, rows: pl.DataFrame, taken: Mapping[str, str]) -> None:
        at_once = partial(self._now.copy, source, target, taken=taken)
        self._wait("copy", target, rows, at_once, partial(copy, metadata.tables[source], taken=taken))

    def finish(self) -> None:
        """Does all that waits. Raises FileError if the scratch file has no room."""
        if self._scratch is None:
            for kind in self._kinds.values():
                kind.at_once(pl.concat(kind.waiting))
        else:
            given = self._scratch.attached(self._connection)
            for name, kind in self._kinds.items():
                self._connection.execute(kind.statement(kind.table, given[name]))
        self._kinds.clear()

    def close(self) -> None:
        """Removes the scratch file. Call this when the transaction has ended."""
        if self._scratch is not None:
            self._scratch.close(self._connection)

    def _wait(self, name: str, table: str, rows: pl.DataFrame, at_once: _AtOnce, statement: _Statement) -> None:
        if rows.is_empty():
            return
        kind = self._kinds.setdefault(f"{name} {table}", _Kind(metadata.tables[table], at_once, statement))
        kind.waiting.append(ordered(kind.table, rows))
        self._rows += rows.height
        if self._rows > _ROWS_IN_MEMORY:
            self._scratch = self._scratch or _Scratch()
            for name, kind in self._kinds.items():
                if kind.waiting:
                    self._scratch.add(name, kind.table, pl.concat(kind.waiting))
                    kind.waiting.clear()


class _Scratch:
    """A database in a folder of its own, with a table for each kind of write."""

    def __init__(self) -> None:
        # The driver takes a tenth of a second to import.
        from adbc_driver_sqlite import dbapi

        self._exits = ExitStack()
        try:
            folder = self._exits.enter_context(tempfile.TemporaryDirectory(prefix="milepost-"))
        except OSError as error:
            raise no_room(error) from error
        self._path = Path(folder).resolve() / "scratch.db"
        self._tables: dict[str, Table] = {}
        self._error = dbapi.Error
        self._adbc = self._exits.enter_context(dbapi.connect(str(self._path), autocommit=True))
        self._thread = self._exits.enter_context(ThreadPoolExecutor(1, "milepost-scratch"))
        self._writing: Future[None] = self._thread.submit(self._prepare)
        self._is_attached = False

    def add(self, name: str, like: Table, rows: pl.DataFrame) -> None:
        """Adds rows to the table `name`, whose columns are of the types that `like` has.

        Raises FileError if there was no room for the rows before them.
        """
        self._settle()
        if name not in self._tables:
            columns = (Column(column, like.c[column].type) for column in rows.columns)
            self._tables[name] = Table(name, MetaData(), *columns, schema=_SCHEMA)
        self._writing = self._thread.submit(self._ingest, name, rows)

    def attached(self, connection: Connection) -> Mapping[str, Table]:
        """The tables, to be read on the store's connection."""
        self._settle()
        self._adbc.close()
        connection.exec_driver_sql(f"ATTACH ? AS {_SCHEMA}", (f"{self._path.as_uri()}?mode=ro&immutable=1",))
        self._is_attached = True
        return self._tables

    def close(self, connection: Connection) -> None:
        """Removes the file."""
        if self._is_attached:
            driver: Any = connection.connection.driver_connection
            driver.execute(f"DETACH {_SCHEMA}")
        self._exits.close()

    def _settle(self) -> None:
        """Waits until the rows before are written."""
        try:
            self._writing.result()
        except self._error as error:
            raise no_room(OSError(str(error))) from error

    def _prepare(self) -> None:
        # If the process dies, the file is of no use.
        for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF"):
            with self._adbc.cursor() as cursor:
                cursor.execute(statement)
                cursor.fetchall()

    def _ingest(self, table: str, rows: pl.DataFrame) -> None:
        with self._adbc.cursor() as cursor:
            cursor.adbc_ingest(table, rows.to_arrow(), "create_append")


def copy(source: Table, target: Table, given: Table, taken: Mapping[str, str]) -> Executable:
    """The statement that does `port.Writes.copy` with the rows of the table `given`."""
    key = list(source.primary_key.columns)
    # What is given drives: were this an inner join, stale statistics could make it walk through the source.
    joined = given.outerjoin(source, and_(*(given.c[column.name] == column for column in key)))
    # `IS NOT NULL` would make an inner join of it.
    is_there = func.typeof(key[0]) != "null"
    rows = select(*given.c, *(source.c[name] for name in taken.values())).select_from(joined).where(is_there)
    return target.insert().from_select([*given.c.keys(), *taken], rows)


def _insert(table: Table, given: Table) -> Executable:
    # In the order in which they came, which is that of their keys.
    return table.insert().from_select(given.c.keys(), select(*given.c).order_by(literal_column("rowid")))


def _overwrite(table: Table, given: Table) -> Executable:
    if given.c.keys() != table.c.keys():
        raise ValueError(f"the rows of {table.name} lack columns, which would become null")
    # Half the time of UPDATE.
    return table.insert().prefix_with("OR REPLACE").from_select(given.c.keys(), select(*given.c))


def _delete(table: Table, given: Table) -> Executable:
    key = (table.c[column.name] for column in given.c)
    return table.delete().where(tuple_(*key).in_(select(*given.c)))
