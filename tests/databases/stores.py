"""Where tests get their stores: empty ones, and such as hold the same as others before."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.parse import quote

import psycopg
from psycopg import sql

from milepost.stores.lake.delta_log import TURN
from milepost.stores.memory import URL
from milepost.stores.memory.memory_store import STORES, Kept
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql.metadata import metadata

Fill = Callable[[str], object]
"""Fills the store at a URL."""


_SQLITE = "sqlite:///"
_LAKE = "delta://"


class Stores(Protocol):
    """Makes stores in one kind of database."""

    kind: str
    """The name of the database."""

    def place(self) -> str:
        """The URL of a place where there are no tables yet."""
        ...

    def holding(self, name: str, fill: Fill) -> str:
        """The URL of a new store that holds what `fill` puts into it.

        All stores that one module asks for under one `name` hold the same.
        """
        ...

    def empty(self) -> str:
        """The URL of a new store without rows."""
        ...

    def trace(self, url: str) -> object:
        """What the store at a URL holds, down to whether it has been written to."""
        ...

    def take_back(self) -> None:
        """All stores that have been given are used no more."""
        ...


def _original(name: str, fill: Fill) -> str:
    """What the store that others are copied from is called: two modules may use the same `name`."""
    return f"{fill.__module__} {name}"


def path_of(url: str) -> Path:
    """The file of an SQLite store."""
    return Path(url.removeprefix(_SQLITE))


@dataclass
class _CopiedStores(ABC):
    """Stores in files or folders; one that holds the same as another is its copy."""

    folder: Path
    prefix: ClassVar[str]
    """What its URLs begin with."""
    originals: dict[str, Path] = field(default_factory=dict)
    given: list[Path] = field(default_factory=list)
    made: int = 0

    def place(self) -> str:
        """See `Stores`."""
        return f"{self.prefix}{self._new()}"

    def holding(self, name: str, fill: Fill) -> str:
        """See `Stores`."""
        name = _original(name, fill)
        if name not in self.originals:
            path = self.path(f"original {len(self.originals)}")
            with open_store(f"{self.prefix}{path}", Access.WRITE):
                pass
            fill(f"{self.prefix}{path}")
            self.originals[name] = path
        return f"{self.prefix}{self.copy(self.originals[name], self._new())}"

    def empty(self) -> str:
        """See `Stores`."""
        return self.holding("", lambda _: None)

    def take_back(self) -> None:
        """See `Stores`."""
        for path in self.given:
            self.remove(path)
        self.given.clear()

    @abstractmethod
    def path(self, name: str) -> Path:
        """The place of the store with that name."""

    @abstractmethod
    def copy(self, path: Path, target: Path) -> Path:
        """Copies a store, and returns `target`."""

    @abstractmethod
    def remove(self, path: Path) -> None:
        """Removes a store."""

    def _new(self) -> Path:
        self.made += 1
        self.given.append(self.path(str(self.made)))
        return self.given[-1]


@dataclass
class SQLiteStores(_CopiedStores):
    """Stores as files."""

    kind: str = "sqlite"
    prefix: ClassVar[str] = _SQLITE

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.db"

    def copy(self, path: Path, target: Path) -> Path:
        return shutil.copyfile(path, target)

    def remove(self, path: Path) -> None:
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)

    def trace(self, url: str) -> object:
        """The bytes of its file, and which files there are."""
        path = path_of(url)
        return path.read_bytes(), sorted(path.parent.iterdir())


@dataclass
class MemoryStores:
    """Stores in this process; one that holds the same as another shares its rows."""

    kind: str = "memory"
    given: list[str] = field(default_factory=list)
    made: int = 0

    def place(self) -> str:
        """See `Stores`."""
        self.made += 1
        self.given.append(f"{URL}{self.made}")
        return self.given[-1]

    def holding(self, name: str, fill: Fill) -> str:
        """See `Stores`."""
        original = f"{URL}holding {_original(name, fill)}"
        if original not in STORES:
            with open_store(original, Access.WRITE):
                fill(original)
        url = self.place()
        STORES[url] = Kept(STORES[original].contents)
        return url

    def empty(self) -> str:
        """See `Stores`."""
        return self.holding("", lambda _: None)

    def trace(self, url: str) -> object:
        """Its contents, which are others whenever it was written to."""
        return STORES[url].contents

    def take_back(self) -> None:
        """See `Stores`."""
        for url in self.given:
            STORES.pop(url, None)
        self.given.clear()


@dataclass
class LakeStores(_CopiedStores):
    """Stores as folders."""

    kind: str = "lake"
    prefix: ClassVar[str] = _LAKE

    def path(self, name: str) -> Path:
        return self.folder / f"lake {name}"

    def copy(self, path: Path, target: Path) -> Path:
        return shutil.copytree(path, target)

    def remove(self, path: Path) -> None:
        shutil.rmtree(path, ignore_errors=True)

    def trace(self, url: str) -> object:
        """Which files there are, whose names are never used twice, and when its log was written."""
        folder = Path(url.removeprefix(_LAKE))
        return sorted((str(path), path.stat().st_size) for path in folder.rglob("*") if path.name != TURN)


class SailStores(LakeStores):
    """The same, into which imports are done by a Spark server."""

    kind: str = "sail"

    def path(self, name: str) -> Path:
        return self.folder / f"sail {name}"


@dataclass
class PostgreSQLStores:
    """Stores as schemas of one database. Their tables are made once, then emptied and filled for each test.

    Making tables takes a hundred times as long as filling them.
    """

    url: str
    kind: str = "postgresql"
    originals: dict[str, str] = field(default_factory=dict)
    free: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    made: int = 0

    def __post_init__(self) -> None:
        self._connection = psycopg.connect(self.url, autocommit=True)
        # A test that leaves a transaction open fails the next one, rather than letting it wait for ever.
        self._connection.execute("SET lock_timeout = '20s'")

    def place(self) -> str:
        """See `Stores`."""
        self.places.append(self._schema())
        return self._url(self.places[-1])

    def holding(self, name: str, fill: Fill) -> str:
        """See `Stores`."""
        name = _original(name, fill)
        if name not in self.originals:
            original = self._tables()
            fill(self._url(original))
            self.originals[name] = original
        schema = self.free.pop() if self.free else self._tables()
        self.given.append(schema)
        self._copy(self.originals[name], schema)
        return self._url(schema)

    def empty(self) -> str:
        """See `Stores`."""
        return self.holding("", lambda _: None)

    def trace(self, url: str) -> object:
        """The rows of its tables, with what tells versions of a row apart, and its counters."""
        schema = next(one for one in self.given if self._url(one) == url)
        found = {}
        for table in metadata.tables.values():
            versions = f"SELECT ctid::text, xmin::text, x.* FROM {{}}.{table.name} x ORDER BY ctid"
            found[table.name] = self._execute(versions, schema).fetchall()
            if "id" in table.columns:
                counter = f"SELECT last_value, is_called FROM {{}}.{table.name}_id_seq"
                found[f"{table.name}.id"] = self._execute(counter, schema).fetchall()
        return found

    def take_back(self) -> None:
        """See `Stores`."""
        self.free += self.given
        self.given.clear()
        for schema in self.places:
            self._execute("DROP SCHEMA IF EXISTS {} CASCADE", schema)
        self.places.clear()

    def close(self) -> None:
        """Ends the connection to the server."""
        self._connection.close()

    def _schema(self) -> str:
        """A new one without tables."""
        self.made += 1
        self._execute("CREATE SCHEMA {}", f"store_{self.made}")
        return f"store_{self.made}"

    def _tables(self) -> str:
        """A new schema with empty tables."""
        schema = self._schema()
        with open_store(self._url(schema), Access.WRITE):
            pass
        return schema

    def _url(self, schema: str) -> str:
        return f"{self.url}&options={quote(f'-c search_path={schema}')}"

    def _copy(self, original: str, schema: str) -> None:
        """Lets a schema hold what another one does; neither references nor triggers are asked."""
        with self._connection.transaction():
            self._connection.execute("SET LOCAL session_replication_role = replica")
            for table in metadata.tables.values():
                self._execute(f"DELETE FROM {{}}.{table.name}", schema)
                self._execute(f"INSERT INTO {{}}.{table.name} SELECT * FROM {{}}.{table.name}", schema, original)
                if "id" in table.columns:
                    sequence = f"{table.name}_id_seq"
                    count_on = f"SELECT setval('{schema}.{sequence}', last_value, is_called) FROM {{}}.{sequence}"
                    self._execute(count_on, original)

    def _execute(self, statement: str, *names: str) -> psycopg.Cursor[Any]:
        composed = sql.SQL(statement).format(*(sql.Identifier(name) for name in names))
        return self._connection.execute(composed)
