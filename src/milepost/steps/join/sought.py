"""What the look-ups have in common: distinct combinations of identifiers, each with a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl
from sqlalchemy import ColumnElement, and_, or_


def number(rows: pl.DataFrame, names: Sequence[str], key: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The distinct combinations of the columns `names`, numbered from 0 as `key`; and `rows` with that number.

    Combinations are in the order in which they first stand in `rows`.
    """
    distinct = rows.select(names).unique(maintain_order=True).with_row_index(key).cast({key: pl.Int64})
    numbered = rows.join(distinct, on=list(names), how="left", nulls_equal=True, maintain_order="left")
    return distinct, numbered


def agrees(pairs: Iterable[tuple[ColumnElement[object], ColumnElement[object]]]) -> ColumnElement[bool]:
    """Whether every identifier that is given (the first of a pair) equals the stored one (the second)."""
    return and_(*(or_(given.is_(None), stored == given) for given, stored in pairs))


def listed(parts: Iterable[pl.Expr]) -> pl.Expr:
    """The parts that are not null, joined by `; `."""
    return pl.concat_str(list(parts), separator="; ", ignore_nulls=True)
