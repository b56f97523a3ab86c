"""The nearest known name to one that is not known: suggested, never accepted."""

from __future__ import annotations

import polars as pl

from milepost.model import likeness
from milepost.model.identifiers import References
from milepost.model.text import fold

_MOST_NAMES = 200_000


class Names:
    def __init__(self, references: References, most: int, least: float) -> None:
        self._references, self._most, self._least = references, most, least
        self._suggested: dict[tuple[str, str], dict[str, str | None]] = {}
        self._names: dict[tuple[str, str], dict[str, str]] = {}

    def nearest(self, table: str, column: str, values: pl.Series) -> pl.Series:
        distinct = values.drop_nulls().unique(maintain_order=True)
        known = self._suggested.setdefault((table, column), {})
        for value in distinct:
            if len(known) >= self._most:
                break
            if value not in known:
                if (table, column) not in self._names:
                    found = self._references.names(table, column, _MOST_NAMES)
                    self._names[table, column] = {} if found is None else {fold(one): one for one in found}
                known[value] = likeness.nearest(fold(value), self._names[table, column], self._least)
        found = pl.Series([known.get(value) for value in distinct], dtype=pl.String)
        return values.replace_strict(distinct, found, default=None, return_dtype=pl.String)
