"""Identify: the identifiers of each row to its registration and learning object version. (Section 4.)

Each distinct combination of identifiers is looked up once per batch. A combination that fits nothing, or more than one
thing, is explained by looking at each of its identifiers alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from milepost.model.columns import LEARNER_COLUMNS, OBJECT_COLUMNS, SESSION_COLUMNS, TRAINING_COLUMNS
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, TRAINING, References
from milepost.model.text import fold_all
from milepost.steps.finding_frames import found_on
from milepost.steps.given import has_value, is_readable
from milepost.steps.identify import targets
from milepost.steps.identify.known import Known
from milepost.steps.identify.names import Names

_CONTEXT = (*SESSION_COLUMNS, *TRAINING_COLUMNS)
_IDENTIFIERS = (*LEARNER_COLUMNS, *_CONTEXT, *OBJECT_COLUMNS)
_FOLDED = {one.column for entity in (LEARNER, SESSION, TRAINING, OBJECT) for one in entity.identifiers if one.is_folded}


@dataclass(frozen=True, slots=True)
class Identified:
    """The targets of a batch's rows."""

    targets: pl.DataFrame
    """In the order of the rows: `registration_id`, `learning_object_version_id` (null where unknown), `publisher_key`,
    `runtime_key` (folded)."""
    findings: pl.DataFrame
    """`registration-not-found` and `learning-object-not-found`; schema `model.batch.FINDINGS`."""


class Resolver:
    """Looks up the lines of one run, batch by batch."""

    def __init__(self, references: References, used: Collection[str]) -> None:
        """Reads nothing yet. `used` has the columns of the file."""
        self._known = Known(references, used)
        self._names = Names(references)

    def identify(self, values: pl.DataFrame) -> Identified:
        """The targets of the rows of `values`, which has every column of an import file (`given.complete`)."""
        rows = _identifiers(values)
        rows, missing_registrations = targets.registrations(self._known, self._names, rows)
        rows, missing_objects = targets.objects(self._known, self._names, rows)
        findings = [
            found_on(missing_registrations, "registration-not-found", pl.col("hint")),
            found_on(missing_objects, "learning-object-not-found", pl.col("hint")),
        ]
        found = rows.select("registration_id", "learning_object_version_id", "publisher_key", "runtime_key")
        return Identified(found, pl.concat(findings))


def _identifiers(values: pl.DataFrame) -> pl.DataFrame:
    """`line` and every identifier, NAME as read and `NAME.key` as compared; `sought` and `object_sought`."""
    keys = [(fold_all(values[name]) if name in _FOLDED else values[name]).alias(f"{name}.key") for name in _IDENTIFIERS]
    is_titled = has_value("sessionTitle") & has_value(*TRAINING_COLUMNS)
    has_context = has_value("sessionGuid", "sessionId") | is_titled
    return values.select(
        "line",
        *_IDENTIFIERS,
        *keys,
        sought=has_value(*LEARNER_COLUMNS) & has_context & is_readable(*LEARNER_COLUMNS, *_CONTEXT),
        object_sought=has_value(*OBJECT_COLUMNS) & is_readable(*OBJECT_COLUMNS),
    )
