"""The nearest known name to one that is not known: suggested, never accepted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl

from milepost.model import likeness
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, TRAINING, References
from milepost.model.text import fold

_SUGGESTED = {
    name: (entity.table, entity.by_column(name).name)
    for entity, names in (
        (LEARNER, ("candidateLogin", "candidateRefNumber", "candidateEmail")),
        (OBJECT, ("lovCode",)),
        (SESSION, ("sessionTitle",)),
        (TRAINING, ("trainingPathCode",)),
    )
    for name in names
}
"""The columns with names that people mistype, each with its table and the table's column."""
_MOST_NAMES = 200_000


class Names:
    """Suggests a bounded number of names of each column in one run, for the values that come first in the file.

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
        """`columns` of the file get names, each from a table and one of its columns; names are read when needed.

        For `most` distinct values of a column a name is sought, which must be alike to `least_likeness`, of 100.
        """
        self._references = references
        self._columns = columns
        self._most = most
        self._least_likeness = least_likeness
        self._suggested: dict[str, dict[str, str | None]] = {}
        self._names = cache(self._read)

    def nearest(self, column: str, values: pl.Series) -> pl.Series:
        """For each value, its nearest known name: null where there is none, or two are as near."""
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
        """Known names by their folded form; empty where there are too many to compare."""
        if column not in self._columns:
            return {}
        table, name = self._columns[column]
        found = self._references.names(table, name, _MOST_NAMES)
        return {} if found is None else {fold(one): one for one in found}
