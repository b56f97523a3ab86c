"""Keep: accepted rows until all are known, in the order of their targets; and the order of findings.

Memory does not grow with the file: beyond a bounded number of rows, they wait in temporary files.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

import polars as pl

from milepost.model.columns import KEY, STORED, STORED_AS, VALUE_COLUMNS, Kind
from milepost.model.status import Status
from milepost.model.tracked import SCHEMA, TYPES
from milepost.steps.keep.findings import placed, rejected_lines
from milepost.steps.keep.sorting import Sorter

_STATUS = pl.Enum([status.value for status in Status])
_SMALL = {Kind.STATUS: _STATUS, Kind.DURATION: pl.Int32(), Kind.INTEGER: pl.Int32()}
_NARROW: dict[str, pl.DataType] = {
    "line": pl.Int64(),
    **{name: _SMALL.get(column.kind, TYPES[column.kind]) for name, (column, _) in STORED.items()},
    "given": pl.Int32(),
}
"""The columns that wait beside the target, in types that take little room."""
_WIDE: dict[str, pl.DataType] = {"given": pl.Int64()} | {name: SCHEMA[name] for name in STORED}

_TARGET = "target"
_BITS = 31
"""An id takes so many bits at the most."""


class Keeper:
    """Takes the batches of one run, and gives all of their rows back."""

    def __init__(self) -> None:
        """Nothing is written before many rows are kept."""
        self._sorter = Sorter(_TARGET)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sorter.close()

    def keep(self, rows: pl.DataFrame, targets: pl.DataFrame) -> None:
        """Keeps accepted rows (as in `Judged.rows`, errors left out) with their targets (as in `Linked.targets`).

        The lines of a batch come after those of all batches before.
        """
        registration, learning_object = (pl.lit(targets[name]).cast(pl.Int64) for name in KEY)
        named = rows.rename({name: STORED_AS[name] for name in VALUE_COLUMNS})
        target = (registration * (1 << _BITS) + learning_object).alias(_TARGET)
        self._sorter.add(named.select(target, *(pl.col(name).cast(kind) for name, kind in _NARROW.items())))

    def rows(self) -> Iterator[pl.DataFrame]:
        """All kept rows by target, the last line of each target first; a bounded number of them in a frame.

        Columns: those of `tracked.KEY`, `line`, those of `tracked.VALUES`, and `given`, as in `Judged.rows`.
        """
        target = pl.col(_TARGET)
        keys = ((target // (1 << _BITS)).alias(KEY[0]), (target % (1 << _BITS)).alias(KEY[1]))
        wide = (pl.col(name).cast(_WIDE.get(name, kind)) for name, kind in _NARROW.items())
        columns = [*keys, *wide]
        for part in self._sorter.rows():
            yield part.select(columns)


__all__ = ["Keeper", "placed", "rejected_lines"]
