"""Which cells of a row are filled and readable. Frames have the columns of `Interpreted.values`."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from milepost.model.batch import unreadable
from milepost.model.columns import TRACKING, VALUE_COLUMNS
from milepost.model.tracked import TYPES


def complete(values: pl.DataFrame) -> pl.DataFrame:
    """`values` with every column of an import file; those that it lacks are null."""
    missing = [column for column in TRACKING.columns if column.name not in values.columns]
    return values.with_columns(
        *(pl.lit(None, TYPES[column.kind]).alias(column.name) for column in missing),
        *(pl.lit(value=False).alias(unreadable(column.name)) for column in missing),
    )


def has_value(*names: str) -> pl.Expr:
    """Whether any of the columns has a value that was read."""
    return pl.any_horizontal(pl.col(name).is_not_null() for name in names)


def is_filled(*names: str) -> pl.Expr:
    """Whether any of the cells is filled, readable or not."""
    return pl.any_horizontal(pl.col(name).is_not_null() | pl.col(unreadable(name)) for name in names)


def is_readable(*names: str) -> pl.Expr:
    """Whether none of the cells is unreadable."""
    return ~pl.any_horizontal(unreadable(name) for name in names)


def bits(flags: Iterable[pl.Expr]) -> pl.Expr:
    """Flags, one for each of VALUE_COLUMNS, as one number; the first flag is the lowest bit."""
    return pl.sum_horizontal(flag.cast(pl.Int64) * (1 << place) for place, flag in enumerate(flags))


def bit(column: str, name: str) -> pl.Expr:
    """The flag of the value column `name` in such numbers."""
    return (pl.col(column) // (1 << VALUE_COLUMNS.index(name))) % 2 == 1
