"""Digest: a fingerprint of the outcome of each line, equal for a check and the import after it.

The fingerprint is a sum of strong hashes of rows, so neither batches, nor partitions, nor the order of either matters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import polars as pl
import pyarrow as pa

from milepost.model.columns import KEY, VALUES
from milepost.model.tracked import before

_KINDS = ("found", "superseded", "older", "planned")
_SEEDS = (0x243F6A8885A308D3, 0x13198A2E03707344)
"""Two hashes of 64 bits make 128 bits; the seeds are the first digits of pi."""
_FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
"""The multipliers of SplitMix64 (Steele, Lea, Flood 2014), whose output function completes each hash."""
_NULL = 0xA4093822299F31D0
_RANGE = 1 << 64


class PlanDigest:
    """The digest of findings and plans, which come in any order and in any parts."""

    def __init__(self) -> None:
        """Empty."""
        self._sums = {kind: [0] * len(_SEEDS) for kind in _KINDS}
        self._counts = dict.fromkeys(_KINDS, 0)

    def add_findings(self, found: pl.DataFrame) -> None:
        """Adds findings: `line`, `code` and `column`."""
        for code, kind in (("superseded", "superseded"), ("older-than-stored", "older")):
            self._add(kind, found.filter(pl.col("code") == code).select("line"))
        others = found.filter(~pl.col("code").is_in(["superseded", "older-than-stored"]))
        self._add("found", others.select("line", "code", "column"))

    def add_plan(self, planned: pl.DataFrame) -> None:
        """Adds rows as `plan.plan` returns them."""
        instant = pl.when("completes_now").then(pl.lit(None, pl.Int64)).otherwise("first_completed_at")
        rows = planned.select(
            *KEY,
            "line",
            "outcome",
            *(instant.alias(name) if name == "first_completed_at" else name for name in VALUES),
            *map(before, VALUES),
            "completes_now",
        )
        self._add("planned", rows)

    def hexdigest(self) -> str:
        """The digest of all that was added, in 64 digits."""
        text = "\n".join(f"{kind} {self._counts[kind]} {self._sums[kind]}" for kind in _KINDS)
        return hashlib.sha256(text.encode()).hexdigest()

    def _add(self, kind: str, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        bits = [_bits(rows[name]) for name in rows.columns]
        self._counts[kind] += rows.height
        for place, seed in enumerate(_SEEDS):
            total = _hashes(bits, seed).sum()
            self._sums[kind][place] = (self._sums[kind][place] + int(total)) % _RANGE


def _hashes(bits: Sequence[pl.Series], seed: int) -> pl.Series:
    """A number of 64 bits for each row: mixes in each value, and then mixes the result."""
    state = pl.Series([seed], dtype=pl.UInt64).new_from_index(0, len(bits[0]))
    for values in bits:
        state = _mixed(state ^ values, _FACTORS[0], 32)
    return _mixed(_mixed(state ^ (state // (1 << 30)), _FACTORS[0], 27), _FACTORS[1], 31)


def _mixed(state: pl.Series, factor: int, shift: int) -> pl.Series:
    state = state * pl.Series([factor], dtype=pl.UInt64)
    return state ^ (state // (1 << shift))


def _bits(values: pl.Series) -> pl.Series:
    """Each value as a number of 64 bits."""
    if values.dtype == pl.String():
        distinct = values.drop_nulls().unique()
        numbers = pl.Series([_of_text(text) for text in distinct], dtype=pl.UInt64)
        values = values.replace_strict(distinct, numbers, default=None, return_dtype=pl.UInt64)
    elif values.dtype.is_float():
        # 0.0 and -0.0 are equal.
        array = values.set(values == 0.0, 0.0).rechunk().to_arrow().view(pa.int64())
        values = pl.Series(array, dtype=pl.Int64).reinterpret(signed=False)
    elif values.dtype != pl.UInt64():
        values = values.cast(pl.Int64).reinterpret(signed=False)
    return values.fill_null(pl.lit(_NULL, pl.UInt64))


@lru_cache(maxsize=1000)
def _of_text(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
