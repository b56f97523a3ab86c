"""Dealing: rows of lines, in any order, become partitions by ranges of registration ids.

Memory does not grow with the file: beyond a bounded number, rows wait in temporary files.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

import polars as pl

from milepost.engines.local.sorting import Sorter
from milepost.model.columns import KEY, STORED, Kind
from milepost.model.status import Status
from milepost.model.tracked import SCHEMA, TYPES, packed, unpacked

_SMALL: dict[Kind, pl.DataType] = {
    Kind.STATUS: pl.Enum([status.value for status in Status]),
    Kind.DURATION: pl.Int32(),
    Kind.INTEGER: pl.Int32(),
}
_NARROW: dict[str, pl.DataType] = {
    **{name: _SMALL.get(column.kind, TYPES[column.kind]) for name, (column, _) in STORED.items()},
    "given": pl.Int32(),
}
"""The types in which values wait."""
_WIDE: dict[str, pl.DataType] = {"given": pl.Int64()} | {name: SCHEMA[name] for name in STORED}
_TARGET = "target"


class Dealer:
    """Takes the rows of one run, and gives them back as partitions. A context manager."""

    def __init__(self) -> None:
        """Nothing is written before there are many rows."""
        self._sorter = Sorter(_TARGET)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sorter.close()

    def deal(self, rows: pl.DataFrame) -> None:
        """Takes rows (as in `Lines.rows`). The lines of a batch come after those of all batches before."""
        target = packed(*(pl.col(name) for name in KEY)).alias(_TARGET)
        others = [name for name in rows.columns if name not in KEY]
        narrow = (pl.col(name).cast(_NARROW[name]) if name in _NARROW else pl.col(name) for name in others)
        self._sorter.add(rows.select(target, *narrow))

    def partitions(self, *, are_targets_whole: bool) -> Iterator[pl.DataFrame]:
        """All rows by target, the last line of each first; a bounded number of them in a partition.

        Unless `are_targets_whole`, a target with very many lines may go on in the next partition.
        """
        parts = self._sorter.rows()
        for part in _with_whole_targets(parts) if are_targets_whole else parts:
            others = [name for name in part.columns if name != _TARGET]
            wide = (pl.col(name).cast(_WIDE[name]) if name in _WIDE else pl.col(name) for name in others)
            yield part.select(*unpacked(pl.col(_TARGET)), *wide)


def _with_whole_targets(parts: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    held: list[pl.DataFrame] = []
    for part in parts:
        if part.is_empty():
            continue
        last = part[_TARGET][-1]
        complete = part.filter(pl.col(_TARGET) != last)
        if held and (not complete.is_empty() or part[_TARGET][0] != held[-1][_TARGET][-1]):
            # Rows of the target that is held come first.
            held.append(complete)
            whole = pl.concat(held)
            if not whole.is_empty():
                yield whole
            held = []
        elif not complete.is_empty():
            yield complete
        held.append(part.filter(pl.col(_TARGET) == last))
    if held:
        yield pl.concat(held)
