"""Whose and of what tracking rows are, in words that a reader knows."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from milepost.model.columns import KEY
from milepost.model.identifiers import References

_WHOSE = {
    "candidateLogin": ("learner", "login"),
    "sessionGuid": ("session", "guid"),
    "sessionTitle": ("session", "title"),
    "trainingPathCode": ("training", "path_code"),
}
_OWNERS = ("learner_id", "session_id")
_WHICH = {"lovCode": "code", "lovGuid": "guid"}
"""What can be said of a registration, and of a learning object version, by the names of an import file's columns."""

WORDS = ("candidateLogin", "trainingPathCode", "sessionTitle", "lovCode")
"""The columns that say it in few words."""


class Described:
    """Describes rows within one transaction."""

    def __init__(self, references: References) -> None:
        """Nothing is read before it is asked for."""
        self._references = references

    def describe(self, keys: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
        """The columns `names` for each row of `keys` (the columns KEY), in their order; null where it is not known."""
        if keys.is_empty():
            return pl.DataFrame(schema=dict.fromkeys(names, pl.String()))
        registration, learning_object = KEY
        found = keys.select(KEY)
        found = self._joined(found, "registration", registration, {name: name for name in _OWNERS})
        found = self._joined(found, "learner", "learner_id", _of("learner"))
        found = self._joined(found, "session", "session_id", _of("session") | {"training_id": "training_id"})
        found = self._joined(found, "training", "training_id", _of("training"))
        found = self._joined(found, "learning_object_version", learning_object, _WHICH)
        return found.select(names)

    def in_words(self, keys: pl.DataFrame) -> pl.DataFrame:
        """The columns WORDS for each row of `keys`; a learning object without a code goes by its GUID."""
        found = self.describe(keys, (*WORDS, "lovGuid"))
        return found.with_columns(pl.coalesce("lovCode", "lovGuid").alias("lovCode")).select(WORDS)

    def _joined(self, rows: pl.DataFrame, table: str, on: str, columns: dict[str, str]) -> pl.DataFrame:
        """`rows` with columns of the rows of `table` whose ids are in the column `on`."""
        found = self._references.rows(table, ("id", *columns.values()), id=rows[on])
        named = found.select(pl.col("id").alias(on), *(pl.col(name).alias(other) for other, name in columns.items()))
        return rows.join(named, on=on, how="left", maintain_order="left")


def _of(table: str) -> dict[str, str]:
    return {name: column for name, (of, column) in _WHOSE.items() if of == table}
