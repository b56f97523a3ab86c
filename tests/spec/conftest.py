"""The databases that the tables are run on. Another one is another entry of `DATABASES`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from spec import tables
from spec.tables import Stores, Tables

DATABASES: dict[str, Callable[[Path], Stores]] = {"sqlite": tables.SQLiteStores}


@pytest.fixture(scope="session", params=list(DATABASES))
def stores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stores:
    """Where stores come from, on each database."""
    return DATABASES[request.param](tmp_path_factory.mktemp("stores"))


@pytest.fixture
def holding(stores: Stores, tmp_path: Path) -> Callable[[str], Tables]:
    """Gives a store that holds the reference data of a text."""
    return lambda reference: Tables(stores.holding(reference), tmp_path)


@pytest.fixture
def school(holding: Callable[[str], Tables]) -> Tables:
    """A store with a learner for each line of a file; see `tables.SCHOOL`."""
    return holding(tables.SCHOOL)
