"""A store to work in, for tests that try many examples in one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from databases.connections import open_database
from databases.stores import Stores
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Store
from milepost.stores.sql.store import SQLStore


@pytest.fixture(scope="module")
def opened(all_databases: Stores) -> Iterator[SQLStore]:
    """An open store without rows; whoever fills it rolls back."""
    with open_database(all_databases.empty(), Access.WRITE) as found:
        yield found
    all_databases.take_back()


@pytest.fixture
def store(stores: Stores) -> Iterator[Store]:
    """An open store without rows, of each kind in turn."""
    with open_store(stores.empty(), Access.WRITE) as opened:
        yield opened
