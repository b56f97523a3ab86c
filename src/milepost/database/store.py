"""Opening a store: where it is, whether it is there, whether it is of this version, and one transaction at a time."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from milepost.database import sqlite, version
from milepost.model.exceptions import StoreError, UsageError

_SQLITE = "sqlite:///"


class Access(enum.Enum):
    """What a store is opened for."""

    READ = "read"
    """It must be there, of this version, and nothing in it can be changed; temporary tables can be made."""
    WRITE = "write"
    """A missing SQLite file and missing tables are made, older tables are upgraded."""


@dataclass(frozen=True, slots=True)
class Store:
    """An open store: one connection, one transaction at a time."""

    connection: Connection
    name: str
    """What to call the store in messages; never holds a password."""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the store, until the block ends."""
        with _translated(self.name), self.connection.begin():
            yield self.connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction: committed when the block ends well, else rolled back.

        Raises StoreError when another process holds the store for longer than `sqlite.PATIENCE` seconds.
        """
        connection = self.connection.execution_options(**{sqlite.BEGIN: "BEGIN IMMEDIATE"})
        try:
            with _translated(self.name), connection.begin():
                yield connection
        finally:
            self.connection.execution_options(**{sqlite.BEGIN: "BEGIN"})


@contextmanager
def open_store(url: str, access: Access) -> Iterator[Store]:
    """The store at `url`: `sqlite:///file` or the bare path of an SQLite file.

    Raises StoreError when there is no store to read, when it cannot be opened, or when it was made by a
    newer Milepost; UsageError when the URL is of no known database.
    """
    path = _sqlite_path(url)
    if access is Access.READ and not path.is_file():
        raise StoreError(f"There is no store at {path}. Load or import something first, or name another with --db.")
    if not path.parent.is_dir():
        raise StoreError(f"There is no folder {path.parent} to keep the store {path.name} in. Make it first.")
    engine = sqlite.engine(path, writable=access is Access.WRITE)
    try:
        with _translated(str(path)), engine.connect() as connection:
            store = Store(connection, str(path))
            if access is Access.WRITE:
                _upgrade(store)
            else:
                with store.read():
                    version.require_current(connection, store.name)
            yield store
    finally:
        engine.dispose()


def _sqlite_path(url: str) -> Path:
    if url.startswith(_SQLITE):
        url = url.removeprefix(_SQLITE)
    elif "://" in url:
        scheme = url.partition("://")[0]
        raise UsageError(f"{scheme}:// is not a database that Milepost knows; give an SQLite file or sqlite:///FILE.")
    if not url or "\0" in url:
        raise UsageError("The name of the database is empty; give an SQLite file or sqlite:///FILE.")
    path = Path(url)
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a store. Name a file in it.")
    return path


def _upgrade(store: Store) -> None:
    with store.read() as connection:
        current = version.is_current(connection, store.name)
    if not current:
        with store.write() as connection:
            version.upgrade(connection, store.name)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Driver errors as StoreError, an interrupted statement as KeyboardInterrupt."""
    try:
        yield
    except DBAPIError as error:
        message = str(error.orig)
        if message == "interrupted":
            raise KeyboardInterrupt from error
        raise StoreError(sqlite.explain(name, message)) from error
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise StoreError(f"The store {name} cannot be used: {error}") from error
