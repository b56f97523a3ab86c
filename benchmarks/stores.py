"""Stores of both databases, made once for each size and copied for each measurement."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import Protocol

import polars as pl
import psycopg
from sqlalchemy import Table

from benchmarks import generator
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql.metadata import tracking

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"

_RUN = (
    "INSERT INTO import_run (kind, state, file, actor, process, started_at) "
    "VALUES ('tracking', 'done', 'tracking.csv', 'benchmark', '', 1700000000)"
)
_PART = 10_000
"""The rows that are in memory as tuples, or as text, at a time."""

Content = Iterable[tuple[Table, pl.DataFrame]]


class Held(Enum):
    """What a store holds."""

    UNREGISTERED = "unregistered"
    """The reference data without registrations."""
    REFERENCES = "references"
    """All reference data."""
    TRACKING = "tracking"
    """The tracking too."""


class Stores(Protocol):
    """The stores of one database."""

    database: str

    def copy(self, rows: int, held: Held = Held.REFERENCES) -> str:
        """The URL of a new store with what a file of `rows` rows needs, or amounts to."""

    def settle(self, url: str) -> None:
        """Leaves nothing of the work done so far for the next measurement to pay."""

    def remove(self, url: str) -> None:
        """Makes room again."""

    def floor(self, table: str, rows: int) -> tuple[str, ...]:
        """The words that measure the floor of a table."""

    def empty(self) -> None:
        """Removes all stores."""


def _content(rows: int, held: Held) -> Iterator[tuple[Table, pl.DataFrame]]:
    if held is Held.UNREGISTERED:
        yield from generator.without_registrations(rows)
        return
    yield from generator.references(rows)
    if held is Held.TRACKING:
        for frame in generator.finished(rows):
            yield tracking, frame


class SqliteStores:
    """Files in a folder."""

    database = SQLITE

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir()
        self._copies = 0

    def copy(self, rows: int, held: Held = Held.REFERENCES) -> str:
        """See Stores."""
        template = self._folder / f"template-{rows}-{held.value}.db"
        if not template.exists():
            with open_store(str(template), Access.WRITE):
                pass
            _fill_sqlite(template, _content(rows, held))
        self._copies += 1
        made = self._folder / f"store-{self._copies}.db"
        shutil.copyfile(template, made)
        self.settle(str(made))
        return str(made)

    def settle(self, url: str) -> None:  # noqa: ARG002
        """See Stores. What was written goes to the disk now, not while the next measurement is under way."""
        os.sync()

    def remove(self, url: str) -> None:
        """See Stores."""
        for ending in ("", "-wal", "-shm"):
            Path(url + ending).unlink(missing_ok=True)

    def floor(self, table: str, rows: int) -> tuple[str, ...]:
        """See Stores."""
        os.sync()
        return "sqlite", table, str(rows), str(self._folder / "floor.db")

    def empty(self) -> None:
        """See Stores."""
        shutil.rmtree(self._folder)
        self._folder.mkdir()


def _fill_sqlite(path: Path, content: Content) -> None:
    # Without foreign keys, which a connection has to ask for: the rows are known to be right.
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute(_RUN)
        for table, frame in content:
            names = ", ".join(frame.columns)
            statement = f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * frame.width)})"
            for part in frame.iter_slices(_PART):
                connection.executemany(statement, part.rows())
        connection.execute("COMMIT")


class PostgresStores:
    """Databases of a server; `address` is the URL of its own database, and `named` says that of another."""

    database = POSTGRESQL

    def __init__(self, address: str) -> None:
        self._address = address
        self._templates: set[str] = set()
        self._copies: set[str] = set()
        self._numbers = iter(range(1, 1_000_000))

    def copy(self, rows: int, held: Held = Held.REFERENCES) -> str:
        """See Stores."""
        template = f"template_{rows}_{held.value}"
        if template not in self._templates:
            self._command(f"CREATE DATABASE {template}")
            self._templates.add(template)
            with open_store(self._url(template), Access.WRITE):
                pass
            _fill_postgresql(self._url(template), _content(rows, held))
            self.settle(self._url(template))
        made = f"store_{next(self._numbers)}"
        self._command(f"CREATE DATABASE {made} TEMPLATE {template} STRATEGY file_copy")
        self._copies.add(made)
        self._flush()
        return self._url(made)

    def settle(self, url: str) -> None:
        """See Stores. Autovacuum would do the first of it within a minute, in the midst of a measurement."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
        self._flush()

    def remove(self, url: str) -> None:
        """See Stores."""
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        self._command(f"DROP DATABASE {name} WITH (FORCE)")
        self._copies.discard(str(name))

    def floor(self, table: str, rows: int) -> tuple[str, ...]:
        """See Stores."""
        self._flush()
        return "postgresql", table, str(rows), self._address

    def empty(self) -> None:
        """See Stores."""
        for name in self._templates | self._copies:
            self._command(f"DROP DATABASE {name} WITH (FORCE)")
        self._templates.clear()
        self._copies.clear()

    def version(self) -> str:
        """The server's version."""
        with psycopg.connect(self._address) as connection:
            row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]) if row else "unknown"

    def _url(self, name: str) -> str:
        head, _, options = self._address.partition("?")
        return f"{head.rpartition('/')[0]}/{name}?{options}"

    def _flush(self) -> None:
        self._command("CHECKPOINT")
        os.sync()

    def _command(self, statement: str) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(statement.encode())


def _fill_postgresql(url: str, content: Content) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        # No foreign keys: the rows are known to be right.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_RUN.encode())
        for table, frame in content:
            statement = f"COPY {table.name} ({', '.join(frame.columns)}) FROM STDIN"
            with cursor.copy(statement.encode()) as copy:
                for part in frame.iter_slices(_PART):
                    copy.write(as_text(part))


def as_text(frame: pl.DataFrame) -> bytes:
    """The rows as `COPY` reads them; none of their texts needs escaping."""
    written = io.BytesIO()
    frame.write_csv(written, include_header=False, separator="\t", null_value="\\N", quote_style="never")
    return written.getvalue()
