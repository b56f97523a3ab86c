"""Opening a store: where it is, whether it is there, whether it is of this version, and one transaction at a time."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy
from sqlalchemy.engine import Connection, Engine, Transaction
from sqlalchemy.exc import DBAPIError

from milepost.model.exceptions import StoreError, UsageError
from milepost.stores import record as runs
from milepost.stores.sql import dialect, sqlite, urls, version
from milepost.stores.sql.dialect import Dialect, Patience

_SQLITE = "sqlite:///"


class Access(enum.Enum):
    """What a store is opened for."""

    READ = "read"
    """It must be there, of this version, and nothing in it can be changed."""
    WRITE = "write"
    """A missing SQLite file and missing tables are made, older tables are upgraded."""


@dataclass(frozen=True, slots=True)
class Store:
    """An open store: one connection, one transaction at a time."""

    connection: Connection
    name: str
    """What to call the store in messages; never holds a password."""
    patience: Patience
    own_runs: set[int] = field(default_factory=set)
    """The runs that are carried out through it; it waits for none of them."""

    @property
    def dialect(self) -> Dialect:
        """What is particular about its database."""
        return dialect.of(self.connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the store, until the block ends; nothing can be written."""
        with self._translated(), self.dialect.begin(self.connection, writable=False).begin():
            yield self.connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction: committed when the block ends well, else rolled back.

        Raises StoreError when another one writes for longer than the store's patience.
        """
        with self._translated(), self.dialect.turn(self.connection, self.patience, self._at_work):
            connection = self.dialect.begin(self.connection, writable=True)
            with connection.begin() as transaction:
                yield connection
                if transaction.is_active:
                    with self._translated(is_committing=True):
                        _commit(transaction)

    def _at_work(self) -> str:
        """Which run is writing."""
        try:
            with self.read() as connection:
                return runs.at_work(connection, self.own_runs)
        except StoreError:
            return "another process"  # which is making the store, maybe

    @contextmanager
    def _translated(self, *, is_committing: bool = False) -> Iterator[None]:
        with _translated(self.dialect, self.name, is_committing=is_committing):
            yield


@contextmanager
def open_store(url: str, access: Access, *, patience: Patience | None = None) -> Iterator[Store]:
    """The store at `url`: `postgresql://…`, `sqlite:///file` or the bare path of an SQLite file.

    In PostgreSQL, the tables are in the first schema of the search path. `patience` says how long a write waits for
    another one.

    Raises StoreError when there is no store to read, when it cannot be opened, or when it was made by a
    newer Milepost; UsageError when the URL is of no known database.
    """
    with ExitStack() as stack:
        engine, name = _engine(url, access)
        stack.callback(engine.dispose)
        with _translated(dialect.of_engine(engine), name):
            connection = stack.enter_context(engine.connect())
        store = Store(connection, name, patience or Patience())
        if access is Access.WRITE:
            _upgrade(store)
        else:
            with store.read():
                version.require_current(connection, store.name)
        yield store


def _engine(url: str, access: Access) -> tuple[Engine, str]:
    if url.startswith(urls.POSTGRESQL):
        # The driver takes a tenth of a second to import.
        from milepost.stores.sql import postgresql

        return postgresql.engine(url)
    path = _sqlite_path(url)
    if access is Access.READ and not path.is_file():
        raise StoreError(f"There is no store at {path}. Load or import something first, or name another with --db.")
    if not path.parent.is_dir():
        raise StoreError(f"There is no folder {path.parent} to keep the store {path.name} in. Make it first.")
    return sqlite.engine(path, writable=access is Access.WRITE), str(path)


def _sqlite_path(url: str) -> Path:
    if url.startswith(_SQLITE):
        url = url.removeprefix(_SQLITE)
    elif "://" in url:
        scheme = url.partition("://")[0]
        raise UsageError(
            f"{scheme}:// is not a database that Milepost knows; give an SQLite file, or postgresql://HOST/DATABASE."
        )
    if not url or "\0" in url:
        raise UsageError("The name of the database is empty; give an SQLite file, or postgresql://HOST/DATABASE.")
    path = Path(url)
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a store. Name a file in it.")
    return path


def _upgrade(store: Store) -> None:
    with store.read() as connection:
        current = version.is_current(connection, store.name)
    if not current:
        with store.write() as connection:
            # Another process may have done it while this one waited.
            if not version.is_current(connection, store.name):
                version.upgrade(connection, store.name)


def _commit(transaction: Transaction) -> None:
    """Commits; when that fails, the connection is in no transaction any more."""
    try:
        transaction.commit()
    except BaseException:
        # What a lost connection says to that would hide why it was lost.
        with suppress(DBAPIError):
            transaction.rollback()
        raise


@contextmanager
def _translated(dialect: Dialect, name: str, *, is_committing: bool = False) -> Iterator[None]:
    """Driver errors as StoreError, an interrupted statement as KeyboardInterrupt."""
    try:
        yield
    except DBAPIError as error:
        raise dialect.explain(error.orig or error, name, is_committing=is_committing) from error
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise StoreError(f"The store {name} cannot be used: {error}") from error
    except dialect.errors as error:
        raise dialect.explain(error, name, is_committing=is_committing) from error
