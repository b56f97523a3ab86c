"""Dealing: rows of lines, sorted by target, become partitions by ranges of registration ids."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from milepost.model.columns import KEY, STORED, Kind, Status
from milepost.model.tracked import SCHEMA, TYPES, packed, unpacked

_SMALL: dict[Kind, pl.DataType] = {
    Kind.STATUS: pl.Enum([status.value for status in Status]),
    Kind.DURATION: pl.Int32(),
    Kind.INTEGER: pl.Int32(),
}
_NARROW: dict[str, pl.DataType] = {
    **{name: _SMALL.get(column.kind, TYPES[column.kind]) for name, (column, _) in STORED.items()},
    "given": pl.Int32(),
    "unreadable": pl.Int32(),
}
"""The types in which rows are kept until they are dealt."""
_WIDE: dict[str, pl.DataType] = {"given": pl.Int64()} | {name: SCHEMA[name] for name in STORED}
TARGET = "target"
"""The column of sorted rows that packs both ids of a key in one number."""


def dealt(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of lines (as in `Lines.rows`) in the form that a Sorter by TARGET keeps."""
    target = packed(*(pl.col(name) for name in KEY)).alias(TARGET)
    others = [name for name in rows.columns if name not in KEY]
    return rows.select(target, *(pl.col(name).cast(_NARROW.get(name, rows.schema[name])) for name in others))


def partitions(parts: Iterator[pl.DataFrame], *, are_targets_whole: bool) -> Iterator[pl.DataFrame]:
    """The sorted rows of a Sorter as partitions of bounded size: by target, the last line of each first.

    Unless `are_targets_whole`, a target with very many lines may continue in the next partition.
    """
    for part in _with_whole_targets(parts) if are_targets_whole else parts:
        others = [name for name in part.columns if name != TARGET]
        wide = (pl.col(name).cast(_WIDE.get(name, part.schema[name])) for name in others)
        yield part.select(*unpacked(pl.col(TARGET)), *wide)


def _with_whole_targets(parts: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    held: list[pl.DataFrame] = []
    for part in parts:
        if part.is_empty():
            continue
        last = part[TARGET][-1]
        complete = part.filter(pl.col(TARGET) != last)
        if held and (not complete.is_empty() or part[TARGET][0] != held[-1][TARGET][-1]):
            # The held rows come first.
            held.append(complete)
            whole = pl.concat(held)
            if not whole.is_empty():
                yield whole
            held = []
        elif not complete.is_empty():
            yield complete
        held.append(part.filter(pl.col(TARGET) == last))
    if held:
        yield pl.concat(held)
