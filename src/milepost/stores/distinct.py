"""Keys of tracking rows from several tables, in order and each once, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import polars as pl

from milepost.model.columns import KEY
from milepost.model.tracked import packed, unpacked

PACKED = "target"
"""The column by which a Sorter sorts: both ids of a key in one number."""


class Sorter(Protocol):
    """Sorts any number of rows by the column PACKED."""

    def add(self, rows: pl.DataFrame) -> None:
        """Takes rows."""
        ...

    def rows(self) -> Iterator[pl.DataFrame]:
        """All rows in their order, a bounded number of them at a time; to be called once, when all have been added."""
        ...


def distinct(parts: Iterable[pl.DataFrame], sorter: Sorter) -> Iterator[pl.DataFrame]:
    """The rows of frames with the columns KEY, in order and each once; `sorter` has been given nothing yet."""
    for part in parts:
        sorter.add(part.select(packed(*(pl.col(name) for name in KEY)).alias(PACKED)))
    target = pl.col(PACKED)
    last: int | None = None
    for rows in sorter.rows():
        found = rows.filter(target.ne_missing(target.shift(1, fill_value=last)))
        last = rows[PACKED][-1] if not rows.is_empty() else last
        if not found.is_empty():
            yield found.select(unpacked(target))
