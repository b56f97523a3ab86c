"""The stores that the tables are run on, in each database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from databases.stores import Stores
from spec import tables
from spec.tables import Tables


@pytest.fixture
def holding(stores: Stores, tmp_path: Path) -> Callable[..., Tables]:
    """Gives a store that holds the reference data of a text, and what a function then puts into it.

    Stores that hold the same are filled once, and copied.
    """

    def made(reference: str, more: Callable[[Tables], object] | None = None) -> Tables:
        def fill(database: str) -> None:
            tables.fill(reference, tmp_path, database)
            if more:
                more(Tables(database, tmp_path))

        name = f"{reference}{more.__module__}.{more.__qualname__}" if more else reference
        return Tables(stores.holding(name, fill), tmp_path)

    return made


@pytest.fixture
def school(holding: Callable[..., Tables]) -> Tables:
    """A store with a learner for each line of a file; see `tables.SCHOOL`."""
    return holding(tables.SCHOOL)
