"""The stores that the tables are run on, in each database."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from databases.stores import Stores
from spec import tables
from spec.tables import Tables


@pytest.fixture
def holding(stores: Stores, tmp_path: Path) -> Callable[[str], Tables]:
    """Gives a store that holds the reference data of a text."""
    return lambda reference: Tables(stores.holding(reference, partial(tables.fill, reference, tmp_path)), tmp_path)


@pytest.fixture
def school(holding: Callable[[str], Tables]) -> Tables:
    """A store with a learner for each line of a file; see `tables.SCHOOL`."""
    return holding(tables.SCHOOL)
