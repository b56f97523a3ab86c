"""The nearest known name to one that is not known: suggested, never accepted."""

from __future__ import annotations

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
_MOST_SUGGESTIONS = 100
_MOST_NAMES = 200_000
_LEAST_LIKENESS = 75


class Names:
    """Suggests at most a hundred names of each column in one run, for the values that come first in the file.

    A column with more than 200,000 names in the store gets no suggestions: comparing them all would take longer
    than the import.
    """

    def __init__(self, references: References) -> None:
        """Names are read when one is first needed."""
        self._references = references
        self._suggested: dict[str, dict[str, str | None]] = {}
        self._names = cache(self._read)

    def nearest(self, column: str, values: pl.Series) -> pl.Series:
        """For each value, its nearest known name: null where there is none, or two are as near."""
        distinct = values.drop_nulls().unique(maintain_order=True)
        known = self._suggested.setdefault(column, {})
        for value in distinct:
            if len(known) >= _MOST_SUGGESTIONS:
                break
            if value not in known:
                known[value] = likeness.nearest(fold(value), self._names(column), _LEAST_LIKENESS)
        found = pl.Series([known.get(value) for value in distinct], dtype=pl.String)
        return values.replace_strict(distinct, found, default=None, return_dtype=pl.String)

    def _read(self, column: str) -> dict[str, str]:
        """Known names by their folded form; empty where there are too many to compare."""
        if column not in _SUGGESTED:
            return {}
        table, name = _SUGGESTED[column]
        found = self._references.names(table, name, _MOST_NAMES)
        return {} if found is None else {fold(one): one for one in found}
