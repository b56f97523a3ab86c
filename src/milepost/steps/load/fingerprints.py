"""Numbers of 128 bits that stand for keys, which take little memory whatever the texts; and an index of them."""

from __future__ import annotations

import secrets

import polars as pl

_HALF = 64
_SEEDS = (secrets.randbits(_HALF), secrets.randbits(_HALF))
"""Of this process alone, so that no file can be made to have two keys with one fingerprint."""


def fingerprints(rows: pl.DataFrame) -> pl.Series:
    """A number (Int128) for each row, the same for equal rows."""
    high, low = (rows.hash_rows(seed) for seed in _SEEDS)
    parts = pl.DataFrame({"high": high.reinterpret(signed=True), "low": low}).cast(pl.Int128)
    return parts.select(fingerprint=pl.col("high") * pl.lit(1 << _HALF, pl.Int128) + pl.col("low")).to_series()


class Index:
    """Which line has a value: sorted parts, each more than twice as long as the one after it."""

    def __init__(self) -> None:
        self._parts: list[pl.DataFrame] = []

    def add(self, claims: pl.DataFrame) -> None:
        """Takes claims (`value`, `line`, `row`) with distinct values that no claim before has."""
        if claims.is_empty():
            return
        while self._parts and self._parts[-1].height <= 2 * claims.height:
            claims = pl.concat([self._parts.pop(), claims])
        self._parts.append(claims.sort("value"))

    def find(self, values: pl.Series) -> pl.DataFrame:
        """The claims that have one of the values: `value`, and their line and row as `holder` and `holder_row`."""
        values = values.unique()
        found = [pl.DataFrame(schema={"value": pl.Int128, "line": pl.Int64, "row": pl.Int128})]
        for part in self._parts:
            places = part["value"].search_sorted(values)
            rows = part[places.clip(upper_bound=part.height - 1)]
            found.append(rows.filter(rows["value"] == values))
        return pl.concat(found).rename({"line": "holder", "row": "holder_row"})
