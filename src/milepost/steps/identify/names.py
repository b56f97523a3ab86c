"""The known name nearest to an unknown one: suggested, never accepted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl

from milepost.model import likeness
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, TRAINING, References
from milepost.model.text import fold

_TYPED = ("candidateLogin", "candidateRefNumber", "candidateEmail", "lovCode", "sessionTitle", "trainingPathCode")
_SUGGESTED = {
    one.column: (entity.table, one.name)
    for entity in (LEARNER, OBJECT, SESSION, TRAINING)
    for one in entity.identifiers
    if one.column in _TYPED
}
"""The columns with names that people mistype, each with its table and the table's column."""
_MOST_NAMES = 200_000


class Names:
    """Suggests names in one run: for each column, up to a number of distinct values, in the order of the file.

    A column with more than 200,000 names in the store gets no suggestions: comparing them all would take longer
    than the run.
    """

    def __init__(
        self,
        references: References,
        columns: Mapping[str, tuple[str, str]] = _SUGGESTED,
        most: int = 100,
        least_likeness: float = 75,
    ) -> None:
        """Reads nothing yet. `columns` are columns of the file, each with the table and its column that has the names.

        `most` is the number of distinct values of a column, `least_likeness` (of 100) how alike a name must be.
        """
        self._references = references
        self._columns = columns
        self._most = most
        self._least_likeness = least_likeness
        self._suggested: dict[str, dict[str, str | None]] = {}
        self._names = cache(self._read)

    def nearest(self, column: str, values: pl.Series) -> pl.Series:
        """The nearest known name of each value; null if the column gets none, or two names are equally near."""
        if column not in self._columns:
            return pl.Series(column, [None], pl.String).new_from_index(0, len(values))
        distinct = values.drop_nulls().unique(maintain_order=True)
        known = self._suggested.setdefault(column, {})
        for value in distinct:
            if len(known) >= self._most:
                break
            if value not in known:
                known[value] = likeness.nearest(fold(value), self._names(column), self._least_likeness)
        found = pl.Series([known.get(value) for value in distinct], dtype=pl.String)
        return values.replace_strict(distinct, found, default=None, return_dtype=pl.String)

    def _read(self, column: str) -> dict[str, str]:
        """Known names by their folded form; empty if there are too many to compare."""
        table, name = self._columns[column]
        found = self._references.names(table, name, _MOST_NAMES)
        return {} if found is None else {fold(one): one for one in found}
