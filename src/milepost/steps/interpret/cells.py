"""What every reader takes and gives, and the two ways to read a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import polars as pl

from milepost.model.columns import Column
from milepost.model.job import Parameters

Reader: TypeAlias = Callable[[pl.Series, Column, Parameters], pl.DataFrame]
"""Takes trimmed text (null where a cell is empty). Gives, in the same order, `value` (null where empty or unreadable),
`code` (of an error, null where there is none) and `hint`; and maybe `warning` (a code) and `warning_hint`."""

Answer: TypeAlias = tuple[Any, str | None, str | None]
"""A value, the code of an error, and a hint to it."""


def quoted(text: str) -> str:
    """`text` in quotes, cut where it is too long to read."""
    longest = 40
    return f'"{text}"' if len(text) <= longest else f'"{text[:longest]}…"'


def by_distinct(text: pl.Series, read: Callable[[str], Answer], dtype: pl.DataType) -> pl.DataFrame:
    """Reads each distinct text once, in Python: for spellings that need an exact rule and are few."""
    distinct = text.drop_nulls().unique()
    answers = [read(one) for one in distinct]
    answered = pl.DataFrame(
        answers, schema={"value": dtype, "code": pl.String(), "hint": pl.String()}, orient="row"
    ).with_columns(distinct.alias("text"))
    joined = text.alias("text").to_frame().join(answered, on="text", how="left", maintain_order="left")
    return joined.select("value", "code", "hint")


def with_exceptions(
    text: pl.Series, plain: pl.Expr, pattern: str, read: Callable[[str], Answer], dtype: pl.DataType
) -> pl.DataFrame:
    """Reads what matches `pattern` by the expression `plain` over the column `text`, and the rest by `read`.

    `plain` must agree with `read` wherever the pattern matches: it is there for speed alone.
    """
    frame = text.alias("text").to_frame()
    is_plain = text.str.contains(pattern)
    nothing = pl.lit(None, pl.String)
    usual = frame.with_columns(pl.when(is_plain).then("text").alias("text")).select(
        value=plain.cast(dtype), code=nothing, hint=nothing
    )
    odd = text.is_not_null() & ~is_plain
    if not odd.any():
        return usual
    unusual = by_distinct(text.set(~odd, None), read, dtype)
    return usual.with_columns(
        value=pl.coalesce(usual["value"], unusual["value"]), code=unusual["code"], hint=unusual["hint"]
    )
