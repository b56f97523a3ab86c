"""What generated tests share: a bench, and how many examples they try."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from generative.workbench import Bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A bench for the examples of one module."""
    folder: Path = tmp_path_factory.mktemp("bench")
    made = Bench.make(folder)
    yield made
    made.clear()
