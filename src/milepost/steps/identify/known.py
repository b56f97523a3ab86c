"""The reference data that an import looks up, under the names of a file's columns.

Columns hold the text that is compared: folded where letter case does not matter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from milepost.model import columns
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, TRAINING, Entity, References
from milepost.steps.identify.fitting import fitting, keys_of

_LEARNER_ANCHORS = [(name,) for name in columns.LEARNER_COLUMNS]
_SESSION_ANCHORS = [("sessionGuid",), ("sessionId",), *(("sessionTitle", name) for name in columns.TRAINING_COLUMNS)]
_OBJECT_ANCHORS = [("lovGuid",), ("lovCode",)]


@dataclass(frozen=True, slots=True)
class View:
    """One table of the references, with its columns under other names."""

    references: References
    table: str
    names: Mapping[str, str]
    """The names of the columns in this view, with those in the table."""

    def rows(self, **keys: pl.Series) -> pl.DataFrame:
        """See `References.rows`; the keywords are names of this view."""
        own = {self.names[name]: values for name, values in keys.items()}
        found = self.references.rows(self.table, tuple(self.names.values()), **own)
        return found.select(pl.col(one).alias(name) for name, one in self.names.items())


class Known:
    """The look-ups of one run. Of the identifiers, only those that the file has are read."""

    def __init__(self, references: References, used: Collection[str]) -> None:
        """Reads nothing yet. `used` has the columns of the file."""

        def view(entity: Entity, **others: str) -> View:
            named = {one.column: one.key for one in entity.identifiers if one.column in used}
            return View(references, entity.table, named | others)

        self.learners = view(LEARNER, learner_id="id")
        self.trainings = view(TRAINING, trainingId="id", trainingPathCode="path_code")
        self.objects = view(OBJECT, learning_object_version_id="id", publisher="publisher", runtime="runtime")
        self._sessions = view(
            SESSION, sessionId="id", sessionTitle="title", trainingId="training_id", session_guid="guid"
        )
        registered = {"registration_id": "id", "learner_id": "learner_id", "session_id": "session_id"}
        self.registrations = View(references, "registration", registered)
        contents = ("training_id", "learning_object_version_id")
        self.contents = View(references, "training_content", {name: name for name in contents})

    def sessions(self, **keys: pl.Series) -> pl.DataFrame:
        """The sessions with the columns of their trainings; see `View.rows`."""
        found = self._sessions.rows(**keys)
        trainings = self.trainings.rows(trainingId=found["trainingId"])
        return found.join(trainings, on="trainingId", how="left", maintain_order="left")

    def matching_learners(self, combinations: pl.DataFrame) -> pl.DataFrame:
        """The learners that fit combinations of identifiers: `learner_key`, `learner_id`."""
        candidates = self.learners.rows(**keys_of(combinations, columns.LEARNER_COLUMNS))
        return fitting(combinations, candidates, _LEARNER_ANCHORS).select("learner_key", "learner_id")

    def matching_sessions(self, combinations: pl.DataFrame) -> pl.DataFrame:
        """The sessions that fit combinations of identifiers: `context_key`, `session_id`, the columns of `sessions`."""
        candidates = self.sessions(**keys_of(combinations, columns.SESSION_COLUMNS))
        return fitting(combinations, candidates, _SESSION_ANCHORS).with_columns(session_id="sessionId")

    def matching_objects(self, combinations: pl.DataFrame) -> pl.DataFrame:
        """The versions that fit combinations of identifiers: `object_key`, and the columns of `objects`."""
        candidates = self.objects.rows(**keys_of(combinations, columns.OBJECT_COLUMNS))
        return fitting(combinations, candidates, _OBJECT_ANCHORS)
