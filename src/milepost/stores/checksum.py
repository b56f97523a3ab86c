"""A number over a tracking row as it was written, by which a row that was changed past Milepost is known."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from milepost.model.columns import KEY, VALUES
from milepost.model.status import Status

_FACTOR = 0x9E3779B97F4A7C15
"""The odd number next to 2 ** 64 over the golden ratio."""
_HALF = 1 << 32
_NOTHING = 0x6A09E667F3BCC908
"""Stands for a value that is not there: the fraction of the root of 2."""
_PLACES = {status.value: place for place, status in enumerate(Status)}


def checksums(rows: pl.DataFrame) -> pl.Series:
    """A whole number of 64 bits, signed, for each row; `rows` has the columns of `tracked.KEY` and `tracked.VALUES`.

    The values are taken as whole numbers of 64 bits, floats by their bits and statuses by their places among the
    statuses, one after the other: `sum = (sum ^ value) * FACTOR; sum = sum ^ (sum >> 32)`, all modulo 2 ** 64. That
    must never change, for the sums are stored.
    """
    total = pl.Series([0], dtype=pl.UInt64).new_from_index(0, rows.height)
    for name in (*KEY, *VALUES):
        mixed = (total ^ _bits(rows[name])) * pl.Series([_FACTOR], dtype=pl.UInt64)
        total = mixed ^ (mixed // _HALF)
    return total.reinterpret(signed=True).alias("checksum")


def _bits(values: pl.Series) -> pl.Series:
    if values.dtype == pl.String():
        values = values.replace_strict(_PLACES, default=None, return_dtype=pl.Int64)
    elif values.dtype.is_float():
        # 0.0 and -0.0 are one number, and SQLite keeps but one of them.
        array = values.set(values == 0.0, 0.0).rechunk().to_arrow().view(pa.int64())
        values = pl.Series(values.name, array, dtype=pl.Int64)
    return values.cast(pl.Int64).reinterpret(signed=False).fill_null(pl.lit(_NOTHING, pl.UInt64))
