"""A number over a tracking row as it was written, by which a row that was changed past Milepost is known.

The number is stored, so a rule that made one never changes. Rule N covers the columns KEY, then those stored columns
whose `Stored.rule` is N or less, in their order. A row says by which rule its number was made; one that does not was
written by rule 1.
"""

from __future__ import annotations

import hashlib

import polars as pl

from milepost.model.columns import KEY, STORED, Kind, Status
from milepost.model.tracked import SCHEMA

FIRST_RULE = 1
NEWEST_RULE = max(stored.rule for _, stored in STORED.values())

WRITTEN = SCHEMA | dict.fromkeys(("line", "checksum", "checksum_rule"), pl.Int64())
"""The columns of written rows that their checksums are compared with, and their lines."""

_FACTOR = 0x9E3779B97F4A7C15
"""The odd number next to 2 ** 64 over the golden ratio."""
_HALF = 1 << 32
_NOTHING = 0x6A09E667F3BCC908
"""Stands for null: the fraction of the root of 2."""
_PLACES = {status.value: place for place, status in enumerate(Status)}


def checksums(rows: pl.DataFrame, rule: int = NEWEST_RULE) -> pl.Series:
    """A whole number of 64 bits, signed, for each row; `rows` has the columns of the rule.

    The values are taken as whole numbers of 64 bits: floats by their bits, statuses by their places among the statuses,
    other texts by the first 8 bytes, the highest first, of the SHA-256 of their UTF-8. One after the other:
    `sum = (sum ^ value) * FACTOR; sum = sum ^ (sum >> 32)`, all modulo 2 ** 64.
    """
    covered = {name: column.kind for name, (column, stored) in STORED.items() if stored.rule <= rule}
    bits = {name: _bits(rows[name], kind) for name, kind in (dict.fromkeys(KEY, Kind.INTEGER) | covered).items()}
    total, factor = pl.col("checksum"), pl.lit(_FACTOR, pl.UInt64)
    made = rows.lazy().select(**bits, checksum=pl.lit(0, pl.UInt64))
    for name in bits:
        made = made.with_columns(checksum=(total ^ pl.col(name)) * factor).with_columns(
            checksum=total ^ (total // _HALF)
        )
    return made.select(total.reinterpret(signed=True)).collect().to_series()


def differing(rows: pl.DataFrame) -> pl.Series:
    """Which rows have other values than those that their `checksum` was made of; each is judged by its own rule.

    `rows` has the columns WRITTEN. Rows without a checksum do not differ.
    """
    rules = rows["checksum_rule"].fill_null(FIRST_RULE)
    differ = pl.Series([False], dtype=pl.Boolean).new_from_index(0, rows.height)
    for rule in rules.unique():
        differ |= (rules == rule) & (rows["checksum"] != checksums(rows, rule))
    return differ.fill_null(value=False)


def _bits(values: pl.Series, kind: Kind) -> pl.Expr:
    bits = pl.col(values.name)
    if kind is Kind.STATUS:
        bits = bits.replace_strict(_PLACES, default=None, return_dtype=pl.Int64)
    elif kind is Kind.TEXT:
        texts = values.drop_nulls().unique()
        hashed = pl.Series(map(_hash, texts), dtype=pl.UInt64)
        bits = bits.replace_strict(texts, hashed, default=None, return_dtype=pl.UInt64)
    elif values.dtype.is_float():
        # 0.0 and -0.0 are one number, and SQLite keeps but one of them.
        bits = pl.when(bits == 0.0).then(0.0).otherwise(bits).reinterpret(dtype=pl.Int64)
    whole = bits if kind is Kind.TEXT else bits.cast(pl.Int64).reinterpret(signed=False)
    return whole.fill_null(pl.lit(_NOTHING, pl.UInt64))


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
