"""The program without what history costs, to measure that cost by. It takes the words that `milepost` takes:

    python -m benchmarks.without_history import FILE --db URL

It counts no kinds of changes, makes no digest of its plan and no checksums of rows, and keeps no row that it overwrites
or deletes. All else is as it ever is; what it stores is the same, but for the checksums.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import polars as pl

from milepost.cli import application
from milepost.steps import compare, summarize
from milepost.stores import journal, tracked_rows
from milepost.stores.port import Tables


class _NoDigest:
    """Stands for `digest.PlanDigest`."""

    def add_findings(self, findings: pl.DataFrame) -> None:
        pass

    def add_plan(self, planned: pl.DataFrame) -> None:
        pass

    def hexdigest(self) -> str:
        return "0" * 64


_compare = compare.compare


def _nothing_compared(planned: pl.DataFrame) -> pl.DataFrame:
    return _compare(planned.clear())


def _no_checksums(rows: pl.DataFrame) -> pl.Series:
    return pl.Series("checksum", [None], pl.Int64).new_from_index(0, rows.height)


def _nothing_kept(tables: Tables, rows: pl.DataFrame, run: int) -> None:
    pass


_LEFT_OUT: tuple[tuple[ModuleType, str, object], ...] = (
    (compare, "compare", _nothing_compared),
    (summarize, "PlanDigest", _NoDigest),
    (tracked_rows, "checksums", _no_checksums),
    (journal, "keep_before", _nothing_kept),
)


@contextmanager
def left_out() -> Iterator[None]:
    """Inside the block, all parts that make history do nothing."""
    parts = [(module, name, getattr(module, name)) for module, name, _ in _LEFT_OUT]
    for module, name, nothing in _LEFT_OUT:
        setattr(module, name, nothing)
    try:
        yield
    finally:
        for module, name, part in parts:
            setattr(module, name, part)


if __name__ == "__main__":
    with left_out():
        status = application.run(sys.argv[1:])
    sys.exit(status)
