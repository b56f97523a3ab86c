"""Text as it is, as long as it is not too long."""

from __future__ import annotations

import polars as pl

from milepost.model.columns import Column
from milepost.model.job import Parameters
from milepost.model.text import sentence
from milepost.steps.interpret.cells import PRINTABLE


def usual(cell: pl.Expr, column: Column, _parameters: Parameters) -> pl.Expr:
    """Printable ASCII that is not too long."""
    return pl.when(cell.str.contains(PRINTABLE) & (cell.str.len_bytes() <= column.max_length)).then(cell)


def exact(text: pl.Series, column: Column, _parameters: Parameters) -> pl.DataFrame:
    """Text of at most `column.max_length` characters."""
    length = text.str.len_chars()
    fits = pl.lit(length <= column.max_length)
    return (
        text.alias("value")
        .to_frame()
        .select(
            value=pl.when(fits).then("value"),
            code=pl.when(~fits).then(pl.lit("value-too-long")),
            hint=pl.when(~fits).then(
                sentence("it has {} characters, and at most {} are kept", pl.lit(length), pl.lit(column.max_length))
            ),
        )
    )
