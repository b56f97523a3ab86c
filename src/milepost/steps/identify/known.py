"""What the store knows of learners, sessions, trainings and learning objects, under the names of a file's columns.

Columns hold what is compared: folded text where letter case does not matter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from milepost.model import columns
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, TRAINING, Entity, References
from milepost.steps.identify.fitting import fitting, keys_of

_LEARNER_ANCHORS = [(name,) for name in columns.LEARNER_COLUMNS]
_SESSION_ANCHORS = [("sessionGuid",), ("sessionId",), *(("sessionTitle", name) for name in columns.TRAINING_COLUMNS)]
_OBJECT_ANCHORS = [("lovGuid",), ("lovCode",)]


class View:
    """One table of the references, with its columns under other names."""

    def __init__(self, references: References, table: str, names: Mapping[str, str]) -> None:
        """`names` has the names of the columns, each with the table's own name."""
        self._references = references
        self._table = table
        self._names = names

    def rows(self, **keys: pl.Series) -> pl.DataFrame:
        """See `References.rows`; the keywords are names of this view."""
        own = {self._names[name]: values for name, values in keys.items()}
        found = self._references.rows(self._table, tuple(self._names.values()), **own)
        return found.select(pl.col(one).alias(name) for name, one in self._names.items())


class Sessions:
    """The sessions with what is known of their trainings."""

    def __init__(self, sessions: View, trainings: View) -> None:
        """The columns of both together are those of this one."""
        self._sessions = sessions
        self._trainings = trainings

    def rows(self, **keys: pl.Series) -> pl.DataFrame:
        """See `View.rows`."""
        found = self._sessions.rows(**keys)
        trainings = self._trainings.rows(trainingId=found["trainingId"])
        return found.join(trainings, on="trainingId", how="left", maintain_order="left")


class Known:
    """The look-ups of one run. Of the identifiers, only those that the file has are read."""

    def __init__(self, references: References, used: Collection[str]) -> None:
        """Nothing is read before it is asked for. `used` has the columns that the file has."""

        def view(entity: Entity, others: Mapping[str, str]) -> View:
            named = {one.column: one.key for one in entity.identifiers if one.column in used}
            return View(references, entity.table, {**named, **others})

        self.learners = view(LEARNER, {"learner_id": "id"})
        self.registrations = View(
            references,
            "registration",
            {"registration_id": "id", "learner_id": "learner_id", "session_id": "session_id"},
        )
        self.trainings = view(TRAINING, {"trainingId": "id", "trainingPathCode": "path_code"})
        sessions = {"sessionId": "id", "sessionTitle": "title", "trainingId": "training_id", "session_guid": "guid"}
        self.sessions = Sessions(view(SESSION, sessions), self.trainings)
        told = {"learning_object_version_id": "id", "publisher": "publisher", "runtime": "runtime"}
        self.objects = view(OBJECT, told)
        contents = ("training_id", "learning_object_version_id")
        self.contents = View(references, "training_content", {name: name for name in contents})

    def matching_learners(self, combinations: pl.DataFrame) -> pl.DataFrame:
        """The learners that fit combinations of identifiers: `learner_key`, `learner_id`."""
        candidates = self.learners.rows(**keys_of(combinations, columns.LEARNER_COLUMNS))
        return fitting(combinations, candidates, _LEARNER_ANCHORS).select("learner_key", "learner_id")

    def matching_sessions(self, combinations: pl.DataFrame) -> pl.DataFrame:
        """The sessions that fit combinations of identifiers: `context_key`, `session_id`, the columns of `sessions`."""
        candidates = self.sessions.rows(**keys_of(combinations, columns.SESSION_COLUMNS))
        return fitting(combinations, candidates, _SESSION_ANCHORS).with_columns(session_id="sessionId")

    def matching_objects(self, combinations: pl.DataFrame) -> pl.DataFrame:
        """The versions that fit combinations of identifiers: `object_key`, and the columns of `objects`."""
        candidates = self.objects.rows(**keys_of(combinations, columns.OBJECT_COLUMNS))
        return fitting(combinations, candidates, _OBJECT_ANCHORS)
