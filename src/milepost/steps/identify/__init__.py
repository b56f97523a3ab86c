"""Identify: the identifiers of each row to its registration and learning object version. (Section 4.)

Each distinct combination of identifiers is looked up once per batch. A combination that fits nothing, or more than one
thing, is explained by looking at each of its identifiers alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from milepost.model.columns import LEARNER_COLUMNS, OBJECT_COLUMNS, SESSION_COLUMNS, TRAINING_COLUMNS
from milepost.model.identifiers import LEARNER, OBJECT, SESSION, TRAINING, References
from milepost.model.text import fold_all
from milepost.steps.identify import explain
from milepost.steps.identify.fitting import Known, number
from milepost.steps.identify.named import Names
from milepost.steps.line_frames import found_on, has_value, is_readable

_CONTEXT = (*SESSION_COLUMNS, *TRAINING_COLUMNS)
_IDENTIFIERS = (*LEARNER_COLUMNS, *_CONTEXT, *OBJECT_COLUMNS)
_FOLDED = {one.column for entity in (LEARNER, SESSION, TRAINING, OBJECT) for one in entity.identifiers if one.is_folded}
_PAIR = ["learner_key", "context_key"]


class Resolver:
    """Looks up the lines of one run, batch by batch."""

    def __init__(self, references: References, used: Collection[str]) -> None:
        """Reads nothing yet. `used` has the columns of the file."""
        self._known = Known(references, used)
        self._names = Names(references)

    def identify(self, values: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """`values`, which has every column of an import file (`line_frames.complete`), with the targets; and findings.

        Columns of targets: `registration_id` and `learning_object_version_id`, null where unknown; `publisher_key` and
        `runtime_key`, folded. Findings have schema `model.batch.FINDINGS`.
        """
        rows, no_registration = self._registrations(_identifiers(values))
        rows, no_object = self._objects(rows)
        findings = [
            found_on(no_registration, "registration-not-found", pl.col("hint")),
            found_on(no_object, "learning-object-not-found", pl.col("hint")),
        ]
        targets = rows.select("registration_id", "learning_object_version_id", "publisher_key", "runtime_key")
        return pl.concat([values, targets], how="horizontal"), pl.concat(findings)

    def _registrations(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """`rows` with `registration_id` and `training_id`, and the rows that have none: `line`, `hint`."""
        wanted = rows.filter("sought")
        learners, wanted = _numbered(wanted, LEARNER_COLUMNS, "learner_key")
        contexts, wanted = _numbered(wanted, _CONTEXT, "context_key")
        registered = self._known.registrations(self._known.fitting(LEARNER, learners))
        sessions = self._known.fitting(SESSION, contexts)
        sessions = sessions.select("context_key", session_id="sessionId", training_id="trainingId")
        found = _counted(registered.join(sessions, on="session_id"))
        wanted = wanted.join(found, on=_PAIR, how="left", maintain_order="left")
        rows, missing = _linked(rows, wanted, "registrations", ("registration_id", "training_id"))
        return rows, explain.registrations(self._known, self._names, missing, learners, contexts)

    def _objects(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """`rows` with the version's id, `publisher_key` and `runtime_key`, and the rows that have none: `line`, `hint`.

        Only rows whose registration is known are looked up.
        """
        wanted = rows.filter(pl.col("object_sought") & pl.col("registration_id").is_not_null())
        combinations, wanted = _numbered(wanted, OBJECT_COLUMNS, "object_key", "training_id")
        content = ("training_id", "learning_object_version_id")
        trainings = combinations["training_id"]
        contents = self._known.references.rows("training_content", content, training_id=trainings)
        found = (
            self._known.fitting(OBJECT, combinations)
            .join(contents, on=content, how="semi")
            .group_by("object_key")
            .agg(pl.col("learning_object_version_id", "publisher", "runtime").first(), objects=pl.len())
        )
        found = found.with_columns(fold_all(found[name]).alias(f"{name}_key") for name in ("publisher", "runtime"))
        wanted = wanted.join(found, on="object_key", how="left", maintain_order="left")
        result = ("learning_object_version_id", "publisher_key", "runtime_key")
        rows, missing = _linked(rows, wanted, "objects", result)
        return rows, explain.objects(self._known, self._names, missing, combinations)


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


def _numbered(rows: pl.DataFrame, names: Sequence[str], key: str, *others: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The distinct combinations of identifiers and `others` with their number `key`; `rows` with that number."""
    combinations, rows = number(rows, [*(f"{name}.key" for name in names), *others], key)
    return combinations.rename({f"{name}.key": name for name in names}), rows


def _linked(
    rows: pl.DataFrame, wanted: pl.DataFrame, count: str, result: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with the columns `result` of the wanted rows whose `count` is 1; and the other wanted rows."""
    is_one = (wanted[count] == 1).fill_null(value=False)
    found = wanted.filter(is_one).select("line", *result)
    return rows.join(found, on="line", how="left", maintain_order="left"), wanted.filter(~is_one)


def _counted(fitting: pl.DataFrame) -> pl.DataFrame:
    """For each pair of keys: the number of registrations, learners and sessions that fit; one registration, training.

    Pairs with one registration, which are most of them, need no grouping.
    """
    is_several = fitting.select(pl.struct(_PAIR).is_duplicated()).to_series()
    ones = dict.fromkeys(("registrations", "learners", "sessions"), pl.lit(1, pl.UInt32))
    one = fitting.filter(~is_several).select(*_PAIR, "registration_id", "training_id", **ones)
    several = (
        fitting.filter(is_several)
        .group_by(_PAIR)
        .agg(
            pl.col("registration_id", "training_id").min(),
            registrations=pl.len().cast(pl.UInt32),
            learners=pl.col("learner_id").n_unique(),
            sessions=pl.col("session_id").n_unique(),
        )
    )
    return pl.concat([one, several])
