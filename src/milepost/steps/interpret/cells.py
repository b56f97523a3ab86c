"""The readers of cells: their inputs and results, and helpers for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import polars as pl

from milepost.model.columns import Column
from milepost.model.job import Parameters

Answer: TypeAlias = tuple[Any, str | None, str | None]
"""A value, the code of an error, and its hint."""

PRINTABLE = "^[!-~](?:[ -~]*[!-~])?$"
"""Matches printable ASCII without white space around it: trimming and composing do not change such text."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the cells of one kind of column, in two ways that agree.

    The usual way reads nearly all cells in one pass over a batch. It exists for speed alone.
    """

    usual: Callable[[pl.Expr, Column, Parameters], pl.Expr]
    """From cells as they are in the file, null where empty, to their values. Null for every cell that is empty, has
    white space around it or characters that are not ASCII, gets a finding, or is not written in the usual way."""
    exact: Callable[[pl.Series, Column, Parameters], pl.DataFrame]
    """From trimmed text, null where empty, to a row for each: `value` (null where empty or unreadable), `code` (of an
    error, null without one) and `hint`; and maybe `warning` (a code) and `warning_hint`."""

    def read(self, text: pl.Series, column: Column, parameters: Parameters) -> pl.DataFrame:
        """The result of `exact`, by the usual way where possible."""
        text = text.alias("text")
        usual = text.to_frame().with_columns(value=self.usual(pl.col("text"), column, parameters)).select("value")
        odd = usual["value"].is_null() & text.is_not_null()
        # Even if nothing is odd, since only `exact` knows whether the result has warnings.
        unusual = self.exact(text.set(~odd, None), column, parameters)
        return unusual.with_columns(value=pl.coalesce(usual["value"], "value"))


def quoted(text: str) -> str:
    """`text` in quotes, cut if it is too long to read."""
    longest = 40
    return f'"{text}"' if len(text) <= longest else f'"{text[:longest]}…"'


def by_distinct(text: pl.Series, read: Callable[[str], Answer], dtype: pl.DataType) -> pl.DataFrame:
    """Reads each distinct text once, in Python: for rare spellings that need an exact rule."""
    distinct = text.drop_nulls().unique()
    schema = {"value": dtype, "code": pl.String(), "hint": pl.String()}
    answers = pl.DataFrame([read(one) for one in distinct], schema=schema, orient="row")
    answers = answers.with_columns(distinct.alias("text"))
    return text.alias("text").to_frame().join(answers, on="text", how="left", maintain_order="left").drop("text")
