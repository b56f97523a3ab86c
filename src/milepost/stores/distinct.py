"""Keys of tracking rows from several tables, in order and each once, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import polars as pl

from milepost.model.columns import KEY

PACKED = "target"
"""The column by which a Sorter sorts: both ids of a key in one number."""
_BITS = 31
"""An id takes so many bits at the most."""


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
    registration, learning_object = KEY
    for part in parts:
        sorter.add(part.select((pl.col(registration) * (1 << _BITS) + pl.col(learning_object)).alias(PACKED)))
    packed = pl.col(PACKED)
    keys = ((packed // (1 << _BITS)).alias(registration), (packed % (1 << _BITS)).alias(learning_object))
    last: int | None = None
    for rows in sorter.rows():
        found = rows.filter(packed.ne_missing(packed.shift(1, fill_value=last)))
        last = rows[PACKED][-1] if not rows.is_empty() else last
        if not found.is_empty():
            yield found.select(keys)
