"""Listing: each change of a stored value on a line of its own, in words."""

from __future__ import annotations

import polars as pl

from milepost.model.columns import STORED_AS
from milepost.model.text import plain_decimal, utc_text
from milepost.model.tracked import before, kind_of

_INSTANTS = ("firstAccessDate", "lastAccessDate", "firstCompletionDate")


def listed(compared: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """The changes of rows as `compare.compare` gives them, by row and then by column.

    `words` says whose and of what the rows are, row by row. Columns of the result: `line`, those of `words`, `field`
    (a column of an import file), `before`, `after`, `kind`; values as an export writes them, instants in UTC.
    """
    rows = pl.concat([compared, words], how="horizontal").with_row_index("row")
    found = []
    for place, (field, name) in enumerate(STORED_AS.items()):
        changed = rows.filter(pl.col(kind_of(name)).is_not_null())
        found.append(
            changed.select(
                "row",
                pl.lit(place).alias("place"),
                "line",
                *words.columns,
                pl.lit(field).alias("field"),
                _text(field, changed[before(name)]).alias("before"),
                _text(field, changed[name]).alias("after"),
                pl.col(kind_of(name)).cast(pl.String).alias("kind"),
            )
        )
    return pl.concat(found).sort("row", "place").drop("row", "place")


def _text(field: str, values: pl.Series) -> pl.Series:
    if field in _INSTANTS:
        return pl.select(utc_text(pl.lit(values))).to_series()
    return plain_decimal(values) if values.dtype.is_float() else values.cast(pl.String)
