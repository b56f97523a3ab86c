"""The readers of cells: their inputs and results, and helpers for them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import polars as pl

from milepost.model.columns import CellType, Column, Kind
from milepost.model.job import Parameters
from milepost.model.text import sentence, without_percent

Answer: TypeAlias = tuple[Any, str | None, str | None]
"""A value, the code of an error, and its hint."""
Types: TypeAlias = Mapping[CellType, Mapping[str, Any]]
"""Types of cells, each with the parameters that it replaces."""

PRINTABLE = "^[!-~](?:[ -~]*[!-~])?$"
"""Matches printable ASCII without white space around it: trimming and composing do not change such text."""

LONGEST = 40
"""The most characters of a value that a hint shows."""
_EXACT_DIGITS = 15
_INEXACT = re.compile(rf"^-?0*[1-9][0-9]{{{_EXACT_DIGITS},}}").pattern


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
    error, null without one) and `hint`; and maybe `warning` and `ambiguity` (codes of warnings), `warning_hint` and
    `ambiguity_hint`."""
    misfit: str
    """The code of the finding on a cell of a type that the column does not accept."""
    types: Types
    """The types of cells that the column accepts beside text. Their values do not depend on the formats of text."""

    def read(self, text: pl.Series, column: Column, parameters: Parameters) -> pl.DataFrame:
        """The result of `exact`, by the usual way where possible."""
        text = text.alias("text")
        usual = text.to_frame().with_columns(value=self.usual(pl.col("text"), column, parameters)).select("value")
        odd = usual["value"].is_null() & text.is_not_null()
        # Even if nothing is odd, since only `exact` knows whether the result has warnings.
        unusual = self.exact(text.set(~odd, None), column, parameters)
        return unusual.with_columns(value=pl.coalesce(usual["value"], "value"))

    def read_typed(self, text: pl.Series, types: pl.Series, column: Column, parameters: Parameters) -> pl.DataFrame:
        """As `read`, of typed cells, type by type; a cell of a type that the column does not accept is an error."""
        is_percentage = types == CellType.PERCENTAGE
        if column.percent is None and is_percentage.any():
            text = text.scatter(is_percentage.arg_true(), without_percent(text.filter(is_percentage)))
            types = types.set(is_percentage, CellType.NUMBER.value)
        misfits = self._misfits(text, types, column)
        misfit = misfits["code"].is_not_null()
        nothing = text.set(text.is_not_null(), None)
        result = self.read(nothing, column, parameters).with_columns(misfits)
        for cell_type, replaced in {CellType.TEXT: {}, **self.types}.items():
            here = (types == cell_type) & text.is_not_null() & ~misfit
            if here.any():
                cells = text.set(~here, None)
                if cell_type is CellType.INSTANT and column.kind is Kind.DATETIME:
                    cells = cells.str.strip_suffix("Z")
                part = self.read(cells, column, dataclasses.replace(parameters, **replaced))
                result = result.with_columns(
                    pl.coalesce(result[name], part[name]).alias(name) for name in result.columns
                )
        return result

    def _misfits(self, text: pl.Series, types: pl.Series, column: Column) -> pl.DataFrame:
        """`code` and `hint` for the cells that the column does not accept."""
        is_error = types == CellType.ERROR
        other = ~types.is_in([*self.types, CellType.TEXT, CellType.EMPTY]) & ~is_error
        digits_lost = (types == CellType.NUMBER) & text.str.contains(_INEXACT)
        if column.kind not in {Kind.TEXT, Kind.INTEGER}:
            digits_lost = pl.repeat(value=False, n=len(text), eager=True)
        spreadsheet = f"a spreadsheet keeps {_EXACT_DIGITS} digits of a number and has lost the others of {{}}"
        return pl.select(
            code=pl.when(digits_lost)
            .then(pl.lit("invalid-number"))
            .when((is_error | other) & text.is_not_null())
            .then(pl.lit(self.misfit)),
            hint=pl.when(is_error)
            .then(sentence("the cell holds the error {}", pl.lit(text)))
            .when(other)
            .then(sentence("the cell holds a {}; make it a cell of the right kind, or text", pl.lit(types)))
            .when(digits_lost)
            .then(sentence(f"{spreadsheet}; format the column as text", pl.lit(text))),
        )


def quoted(text: str) -> str:
    """`text` in quotes, cut if it is too long to read."""
    return f'"{text}"' if len(text) <= LONGEST else f'"{text[:LONGEST]}…"'


def by_distinct(text: pl.Series, read: Callable[[str], Answer], dtype: pl.DataType) -> pl.DataFrame:
    """Reads each distinct text once, in Python: for rare spellings that need an exact rule."""
    distinct = text.drop_nulls().unique()
    schema = {"value": dtype, "code": pl.String(), "hint": pl.String()}
    answers = pl.DataFrame([read(one) for one in distinct], schema=schema, orient="row").with_columns(text=distinct)
    return text.alias("text").to_frame().join(answers, on="text", how="left", maintain_order="left").drop("text")
