"""The connection of an SQL store, for tests of what the port cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy.engine import Connection

from milepost.stores.opening import open_store
from milepost.stores.port import Access, Tables
from milepost.stores.sql.store import SQLStore, connection_of


@contextmanager
def connected(transaction: AbstractContextManager[Tables]) -> Iterator[Connection]:
    """A transaction (`Store.read`, `Store.write`) as the connection that it is on."""
    with transaction as tables:
        yield connection_of(tables)


@contextmanager
def open_database(url: str, access: Access) -> Iterator[SQLStore]:
    """An SQL store, as `open_store` opens it."""
    with open_store(url, access) as store:
        assert isinstance(store, SQLStore)
        yield store
