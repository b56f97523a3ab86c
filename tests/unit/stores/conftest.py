"""A store to work in, for tests that try many examples in one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from databases.stores import Stores
from milepost.stores import opening as store
from milepost.stores.port import Access
from milepost.stores.sql.store import SQLStore


@pytest.fixture(scope="module")
def opened(all_stores: Stores) -> Iterator[SQLStore]:
    """An open store without rows; whoever fills it rolls back."""
    with store.open_store(all_stores.empty(), Access.WRITE) as found:
        yield found
    all_stores.take_back()
