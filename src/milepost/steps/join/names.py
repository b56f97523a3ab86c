"""The nearest known name to one that is not known: suggested, never accepted."""

from __future__ import annotations

from functools import cache

import polars as pl
from sqlalchemy import Column, func, select
from sqlalchemy.engine import Connection

from milepost.model import likeness
from milepost.model.text import fold
from milepost.stores.sql import tables

_KNOWN: dict[str, Column[str]] = {
    "candidateLogin": tables.learner.c.login,
    "candidateRefNumber": tables.learner.c.reference_number,
    "candidateEmail": tables.learner.c.email,
    "lovCode": tables.learning_object_version.c.code,
    "sessionTitle": tables.session.c.title,
    "trainingPathCode": tables.training.c.path_code,
}
_MOST_SUGGESTIONS = 100
_MOST_NAMES = 200_000
_LEAST_LIKENESS = 75


class Names:
    """Suggests at most a hundred names of each column in one run, for the values that come first in the file.

    A column with more than 200,000 names in the store gets no suggestions: comparing them all would take longer
    than the import.
    """

    def __init__(self, connection: Connection) -> None:
        """`connection` is the run's; names are read when one is first needed."""
        self._connection = connection
        self._suggested: dict[str, dict[str, str | None]] = {}
        self._names = cache(self._read)

    def nearest(self, column: str, values: pl.Series) -> pl.Series:
        """For each value, its nearest known name in quotes: null where there is none, or two are as near."""
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
        if column not in _KNOWN:
            return {}
        names = _KNOWN[column]
        count = self._connection.scalar(select(func.count(names)))
        if not count or count > _MOST_NAMES:
            return {}
        found = self._connection.scalars(select(names).where(names.is_not(None)).distinct().order_by(names))
        return {fold(name): name for name in found}
