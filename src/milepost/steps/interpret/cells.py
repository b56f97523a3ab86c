"""What every reader takes and gives, and how a column is read by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import polars as pl

from milepost.model.columns import Column
from milepost.model.job import Parameters

Answer: TypeAlias = tuple[Any, str | None, str | None]
"""A value, the code of an error, and a hint to it."""

PRINTABLE = "^[!-~](?:[ -~]*[!-~])?$"
"""Matches a text of printable ASCII alone without white space around it: such text stays as it is when it is trimmed
and composed."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How the cells of one kind of column become values, in two ways that agree.

    The usual way reads nearly all cells in one pass over a batch, and is there for speed alone.
    """

    usual: Callable[[pl.Expr, Column, Parameters], pl.Expr]
    """Takes cells as they stand, or null where they are empty. Gives their values; null for every cell that is empty,
    has white space around it or characters that are not ASCII, deserves an error or a warning, or is not written in
    the usual way."""
    exact: Callable[[pl.Series, Column, Parameters], pl.DataFrame]
    """Takes trimmed text (null where a cell is empty). Gives, in the same order, `value` (null where empty or
    unreadable), `code` (of an error, null where there is none) and `hint`; and maybe `warning` (a code) and
    `warning_hint`."""

    def read(self, text: pl.Series, column: Column, parameters: Parameters) -> pl.DataFrame:
        """What `exact` gives, the usual way first."""
        text = text.alias("text")
        usual = text.to_frame().with_columns(value=self.usual(pl.col("text"), column, parameters)).select("value")
        odd = usual["value"].is_null() & text.is_not_null()
        # Even of nothing, for `exact` alone knows whether there are warnings to give.
        unusual = self.exact(text.set(~odd, None), column, parameters)
        return unusual.with_columns(value=pl.coalesce(usual["value"], "value"))


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
