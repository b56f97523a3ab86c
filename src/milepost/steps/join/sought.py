"""What the look-ups have in common: distinct combinations of identifiers, each with a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl


def number(rows: pl.DataFrame, names: Sequence[str], key: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The distinct combinations of the columns `names`, numbered from 0 as `key`; and `rows` with that number.

    Combinations are in the order in which they first stand in `rows`.
    """
    given = [name for name in names if rows[name].null_count() < rows.height]
    distinct = rows.select(names).unique(subset=given or None, keep="first", maintain_order=True)
    distinct = distinct.with_row_index(key).cast({key: pl.Int64})
    if not given:
        return distinct, rows.with_columns(pl.lit(0, pl.Int64).alias(key))
    keyed = distinct.select(*given, key)
    return distinct, rows.join(keyed, on=given, how="left", nulls_equal=True, maintain_order="left")


def listed(parts: Iterable[pl.Expr]) -> pl.Expr:
    """The parts that are not null, joined by `; `."""
    return pl.concat_str(list(parts), separator="; ", ignore_nulls=True)
