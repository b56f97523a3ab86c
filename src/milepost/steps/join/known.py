"""What the store knows of learners, sessions, trainings and learning objects, as frames.

The columns that a file can name are called as in a file, and hold what is compared: folded where letter case does not
matter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import Select, Text, select
from sqlalchemy.engine import Connection

from milepost.model import columns
from milepost.stores.sql.lookup import Lookup
from milepost.stores.sql.tables import (
    learner,
    learning_object_version,
    registration,
    session,
    training,
    training_content,
)

_TEXT, _NUMBER = pl.String(), pl.Int64()

_LEARNER_ANCHORS = [(name,) for name in columns.LEARNER_COLUMNS]
_SESSION_ANCHORS = [("sessionGuid",), ("sessionId",), *(("sessionTitle", name) for name in columns.TRAINING_COLUMNS)]
_OBJECT_ANCHORS = [("lovGuid",), ("lovCode",)]


class Known:
    """The look-ups of one run, in one transaction. Only identifiers that the file has are read."""

    def __init__(self, connection: Connection, used: Collection[str]) -> None:
        """Nothing is read before it is asked for. `used` has the columns that the file has."""

        def lookup(query: Select[*tuple[Any, ...]], always: Mapping[str, Any], **identifiers: Any) -> Lookup:  # noqa: ANN401
            columns = {**always, **{name: one for name, one in identifiers.items() if name in used}}
            schema = {name: _TEXT if isinstance(one.type, Text) else _NUMBER for name, one in columns.items()}
            return Lookup(connection, query.add_columns(*(one.label(name) for name, one in columns.items())), schema)

        self.learners = lookup(
            select().select_from(learner),
            {"learner_id": learner.c.id},
            candidateLogin=learner.c.login_key,
            candidateRefNumber=learner.c.reference_number,
            candidateEmail=learner.c.email_key,
        )
        self.registrations = lookup(
            select().select_from(registration),
            {
                "registration_id": registration.c.id,
                "learner_id": registration.c.learner_id,
                "session_id": registration.c.session_id,
            },
        )
        self.sessions = lookup(
            select().join_from(session, training, training.c.id == session.c.training_id),
            {
                "sessionId": session.c.id,
                "sessionTitle": session.c.title,
                "trainingId": training.c.id,
                "trainingPathCode": training.c.path_code,
                "session_guid": session.c.guid,
            },
            sessionGuid=session.c.guid_key,
            trainingGuid=training.c.guid_key,
        )
        self.trainings = lookup(
            select().select_from(training),
            {"trainingId": training.c.id, "trainingPathCode": training.c.path_code},
            trainingGuid=training.c.guid_key,
        )
        version = learning_object_version.c
        self.objects = lookup(
            select().select_from(learning_object_version),
            {"learning_object_version_id": version.id, "publisher": version.publisher, "runtime": version.runtime},
            lovCode=version.code,
            lovGuid=version.guid_key,
        )
        self.contents = lookup(
            select().select_from(training_content),
            {
                "training_id": training_content.c.training_id,
                "learning_object_version_id": training_content.c.learning_object_version_id,
            },
        )

    def matching_learners(self, combinations: pl.DataFrame) -> pl.DataFrame:
        """The learners that fit combinations of identifiers: `learner_key`, `learner_id`."""
        candidates = self.learners.rows(**keys_of(combinations, columns.LEARNER_COLUMNS))
        return _fitting(combinations, candidates, _LEARNER_ANCHORS).select("learner_key", "learner_id")

    def matching_sessions(self, combinations: pl.DataFrame) -> pl.DataFrame:
        """The sessions that fit combinations of identifiers: `context_key`, `session_id`, the columns of `sessions`."""
        candidates = self.sessions.rows(**keys_of(combinations, columns.SESSION_COLUMNS))
        fitting = _fitting(combinations, candidates, _SESSION_ANCHORS)
        return fitting.with_columns(session_id="sessionId")

    def matching_objects(self, combinations: pl.DataFrame) -> pl.DataFrame:
        """The versions that fit combinations of identifiers: `object_key`, and the columns of `objects`."""
        candidates = self.objects.rows(**keys_of(combinations, columns.OBJECT_COLUMNS))
        return _fitting(combinations, candidates, _OBJECT_ANCHORS)


def keys_of(combinations: pl.DataFrame, identifiers: Iterable[str]) -> Mapping[str, pl.Series]:
    """What is given of each identifier, where anything is."""
    given = {name: combinations[name].drop_nulls() for name in identifiers}
    return {name: one for name, one in given.items() if not one.is_empty()}


def _fitting(combinations: pl.DataFrame, known: pl.DataFrame, anchors: Iterable[Sequence[str]]) -> pl.DataFrame:
    """The rows of `known` that have every identifier that a combination gives, each with the combination's number.

    Both have a column for each identifier that the file has, under the same name. A combination is sought by the first
    of `anchors`, sets of identifiers, that it gives whole.
    """
    identifiers = [name for name in combinations.columns if name in known.columns]
    rest = combinations.rename({name: f"{name}.given" for name in identifiers})
    agreed = [pl.col(f"{name}.given").is_null() | (pl.col(f"{name}.given") == pl.col(name)) for name in identifiers]
    result = [name for name in combinations.columns if name not in identifiers] + known.columns
    found = [rest.clear().join(known.clear(), how="cross").select(result)]
    for anchor in anchors:
        if not set(anchor) <= set(identifiers):
            continue  # the file has no such column
        is_whole = pl.all_horizontal(pl.col(f"{name}.given").is_not_null() for name in anchor)
        here, rest = rest.filter(is_whole), rest.filter(~is_whole)
        if not here.is_empty():
            keys = [f"{name}.given" for name in anchor]
            pairs = here.join(known, left_on=keys, right_on=list(anchor), how="inner", coalesce=False)
            found.append(pairs.filter(*agreed).select(result))
    return pl.concat(found)
