"""Text as it is, as long as it is not too long."""

from __future__ import annotations

import polars as pl

from milepost.model.columns import Column
from milepost.model.job import Parameters


def read(text: pl.Series, column: Column, _parameters: Parameters) -> pl.DataFrame:
    """Text of at most `column.max_length` characters."""
    # No character takes less than a byte, and counting bytes is free.
    length = text.str.len_chars() if (text.str.len_bytes() > column.max_length).any() else text.str.len_bytes()
    fits = pl.lit(length <= column.max_length)
    return (
        text.alias("value")
        .to_frame()
        .select(
            value=pl.when(fits).then("value"),
            code=pl.when(~fits).then(pl.lit("value-too-long")),
            hint=pl.when(~fits).then(
                pl.format("it has {} characters, and at most {} are kept", pl.lit(length), pl.lit(column.max_length))
            ),
        )
    )
