"""The connection of an SQL store, for tests of what the port cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy.engine import Connection

from milepost.stores.port import Tables
from milepost.stores.sql.access import connection_of


@contextmanager
def connected(transaction: AbstractContextManager[Tables]) -> Iterator[Connection]:
    """A transaction (`Store.read`, `Store.write`) as the connection that it is on."""
    with transaction as tables:
        yield connection_of(tables)
