"""What generated tests share: a bench on each store, and how many examples they try."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from databases.stores import Stores
from generative.effort import MULTIPLIER
from generative.workbench import Bench

_STORES = ("memory", "sqlite", "postgresql")


@pytest.fixture(scope="module", params=_STORES if MULTIPLIER else _STORES[:1])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A bench for the examples of one module.

    Campaigns (`make fuzz`) use each store. The short form uses the fastest one: test_databases.py holds that imports,
    undos and loads give the same on all of them.
    """
    yield from _bench(request, tmp_path_factory)


@pytest.fixture(scope="module", params=_STORES[1:])
def database_bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A bench on each database, for what only SQL does."""
    yield from _bench(request, tmp_path_factory)


def _bench(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Iterator[Bench]:
    stores: Stores = request.getfixturevalue(f"{request.param}_stores")
    made = Bench(folders.mktemp("bench"), stores)
    yield made
    made.clear()
