"""What generated tests share: a bench on each database, and how many examples they try."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from databases.stores import Stores
from generative.workbench import Bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, all_stores: Stores) -> Iterator[Bench]:
    """A bench for the examples of one module."""
    made = Bench(tmp_path_factory.mktemp("bench"), all_stores)
    yield made
    made.clear()
