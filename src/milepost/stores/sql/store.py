"""An SQL store: one connection, one transaction at a time, and the driver's errors in words of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import sqlalchemy
from sqlalchemy.engine import Connection, Engine, Transaction
from sqlalchemy.exc import DBAPIError

from milepost.model.exceptions import StoreError
from milepost.stores.port import Access, AtWork, Patience
from milepost.stores.sql import dialect, version
from milepost.stores.sql.access import SQLTables
from milepost.stores.sql.dialect import Dialect


@dataclass(frozen=True, slots=True)
class SQLStore:
    """An open store (`port.Store`)."""

    connection: Connection
    name: str
    """What to call the store in messages. It never holds a password."""
    access: Access
    patience: Patience
    at_work: AtWork
    own_runs: set[int] = field(default_factory=set)
    """See `port.Store`."""

    @property
    def dialect(self) -> Dialect:
        """What is particular about its database."""
        return dialect.of(self.connection)

    @contextmanager
    def read(self) -> Iterator[SQLTables]:
        """See `port.Store`."""
        with self._translated(), self.dialect.begin(self.connection, writable=False).begin():
            yield SQLTables(self.connection)

    @contextmanager
    def write(self) -> Iterator[SQLTables]:
        """See `port.Store`."""
        if self.access is Access.READ:
            raise StoreError(f"The store {self.name} was opened to be read, and cannot be written.")
        with self._translated(), self.dialect.turn(self.connection, self.patience, self._at_work):
            connection = self.dialect.begin(self.connection, writable=True)
            with connection.begin() as transaction:
                yield SQLTables(connection)
                if transaction.is_active:
                    with self._translated(is_committing=True):
                        _commit(transaction)

    def _at_work(self) -> str:
        """Which run is writing."""
        try:
            with self.read() as tables:
                return self.at_work(tables, self.own_runs)
        except StoreError:
            return "another process"  # which is making the store, maybe

    @contextmanager
    def _translated(self, *, is_committing: bool = False) -> Iterator[None]:
        with _translated(self.dialect, self.name, is_committing=is_committing):
            yield


@contextmanager
def opened(engine: Engine, name: str, access: Access, patience: Patience, at_work: AtWork) -> Iterator[SQLStore]:
    """The store that `engine` connects to, which is called `name` in messages; see `opening.open_store`."""
    try:
        with _translated(dialect.of_engine(engine), name):
            connection = engine.connect()
        with connection:
            store = SQLStore(connection, name, access, patience, at_work)
            if access is Access.WRITE:
                _upgrade(store)
            else:
                with store.read():
                    version.require_current(connection, name)
            yield store
    finally:
        engine.dispose()


def _upgrade(store: SQLStore) -> None:
    with store.read() as tables:
        current = version.is_current(tables.connection, store.name)
    if not current:
        with store.write() as tables:
            # Another process may have done it while this one waited.
            if not version.is_current(tables.connection, store.name):
                version.upgrade(tables.connection, store.name)


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
