"""Indexes for look-ups: sorted arrays that are built once and searched by bisection, whatever the size of a batch.

A join builds its hash table anew for each batch. Texts are compared by hashes of 128 bits with seeds of the run.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Final

import polars as pl

HASH, CHECK = "hash", "check"
"""The halves of a code."""
_ID_BITS = 32
_LOWEST_ID = -(1 << 31)


class Coder:
    """Makes a code of 128 bits of the values of each row: equal for equal rows, different for different ones."""

    def __init__(self) -> None:
        """The seeds are drawn, so nobody can make rows whose codes collide."""
        self._seeds = {HASH: secrets.randbits(64), CHECK: secrets.randbits(64)}

    def codes(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The codes, as two columns of UInt64. Only codes of rows with the same columns can be compared."""
        return pl.DataFrame([rows.hash_rows(seed).alias(name) for name, seed in self._seeds.items()])


def pair(learner: pl.Expr, session: pl.Expr) -> pl.Expr:
    """Two ids of 32 bits in one whole number."""
    return learner.cast(pl.Int64) * (1 << _ID_BITS) + (session.cast(pl.Int64) - _LOWEST_ID)


class SortedIndex:
    """Rows by a column of whole numbers. Rows whose key another row has too are left out."""

    def __init__(self, parts: Iterable[pl.DataFrame], key: str) -> None:
        """`parts` has one frame at least. At most three times the index is in memory while it is made."""
        rows = pl.concat(parts)
        rows = rows.sort(key)
        # Slices take no memory, unlike shifted columns.
        is_same = rows[key].slice(1) == rows[key].slice(0, max(0, rows.height - 1))
        if is_same.any():
            no = pl.Series([False])
            rows = rows.filter(~(pl.concat([no, is_same]) | pl.concat([is_same, no])))
        self.rows: Final = rows
        self._keys: Final = self.rows[key]

    def places(self, keys: pl.Series) -> pl.Series:
        """The place in `rows` of the row with each key; null where there is none. No key is null."""
        if self._keys.is_empty():
            return pl.Series([None], dtype=pl.UInt32).new_from_index(0, len(keys))
        at = self._keys.search_sorted(keys, side="left").clip(upper_bound=len(self._keys) - 1)
        return at.set(self._keys.gather(at) != keys, None)


class Remembered:
    """What distinct combinations of values fit, found once in a run."""

    def __init__(self, coder: Coder, find: Callable[[pl.DataFrame], pl.DataFrame], most: int) -> None:
        """`find` returns the results of distinct combinations, row by row. `most` are remembered."""
        self._coder, self._find, self._most = coder, find, most
        self._index: SortedIndex | None = None

    def look_up(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The result of each row, in the order of `rows`."""
        codes = self._coder.codes(rows)
        if self._index is None:
            self._index = self._with(None, rows, codes)
        places = _places(self._index, codes)
        if places.null_count():
            is_new = places.is_null()
            self._index = self._with(self._index, rows.filter(is_new), codes.filter(is_new))
            places = _places(self._index, codes)
        return self._index.rows.select(pl.exclude(HASH, CHECK))[places]

    def _with(self, index: SortedIndex | None, rows: pl.DataFrame, codes: pl.DataFrame) -> SortedIndex:
        """`index` with the results of new rows; without the former ones, if it would be too large."""
        is_first = codes.select(pl.struct(pl.all()).is_first_distinct()).to_series()
        found = pl.concat([codes.filter(is_first), self._find(rows.filter(is_first))], how="horizontal")
        if index is not None and index.rows.height + found.height <= self._most:
            found = pl.concat([index.rows, found])
        return SortedIndex([found], HASH)


def _places(index: SortedIndex, codes: pl.DataFrame) -> pl.Series:
    places = index.places(codes[HASH])
    return places.set(index.rows[CHECK].gather(places) != codes[CHECK], None)
