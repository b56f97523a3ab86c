"""Whose and of what tracking rows are, in words that a reader knows."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from sqlalchemy import ColumnElement, FromClause, select
from sqlalchemy.engine import Connection

from milepost.model.columns import KEY
from milepost.stores.sql.lookup import Lookup
from milepost.stores.sql.tables import learner, learning_object_version, registration, session, training

WHOSE: dict[str, ColumnElement[str]] = {
    "candidateLogin": learner.c.login,
    "trainingPathCode": training.c.path_code,
    "sessionTitle": session.c.title,
    "sessionGuid": session.c.guid,
}
WHICH: dict[str, ColumnElement[str]] = {
    "lovCode": learning_object_version.c.code,
    "lovGuid": learning_object_version.c.guid,
}
"""What can be said of a registration, and of a learning object version, by the names of an import file's columns."""


def with_whose(rows: FromClause) -> FromClause:
    """Registrations, or what has been joined to them, with their learners, sessions and trainings."""
    return (
        rows.join(learner, registration.c.learner_id == learner.c.id)
        .join(session, registration.c.session_id == session.c.id)
        .join(training, session.c.training_id == training.c.id)
    )


WORDS = ("candidateLogin", "trainingPathCode", "sessionTitle", "lovCode")
"""The columns that say it in few words."""


class Described:
    """Describes rows within one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Nothing is read before it is asked for."""
        whose = select(registration.c.id.label(KEY[0]), *(one.label(name) for name, one in WHOSE.items()))
        which = select(learning_object_version.c.id.label(KEY[1]), *(one.label(name) for name, one in WHICH.items()))
        self._lookups = {
            KEY[0]: Lookup(connection, whose.select_from(with_whose(registration)), _schema(KEY[0], WHOSE)),
            KEY[1]: Lookup(connection, which, _schema(KEY[1], WHICH)),
        }

    def describe(self, keys: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
        """The columns `names` for each row of `keys` (the columns KEY), in their order; null where it is not known."""
        if keys.is_empty():
            return pl.DataFrame(schema=dict.fromkeys(names, pl.String()))
        described = keys.select(KEY)
        for name, lookup in self._lookups.items():
            found = lookup.rows(**{name: described[name]})
            described = described.join(found, on=name, how="left", maintain_order="left")
        return described.select(names)

    def in_words(self, keys: pl.DataFrame) -> pl.DataFrame:
        """The columns WORDS for each row of `keys`; a learning object without a code goes by its GUID."""
        found = self.describe(keys, (*WORDS, "lovGuid"))
        return found.with_columns(pl.coalesce("lovCode", "lovGuid").alias("lovCode")).select(WORDS)


def _schema(key: str, texts: dict[str, ColumnElement[str]]) -> dict[str, pl.DataType]:
    return {key: pl.Int64(), **dict.fromkeys(texts, pl.String())}
