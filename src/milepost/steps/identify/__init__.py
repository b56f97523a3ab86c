"""Identify: the identifiers of each row to the registration and the learning object version they mean. (Section 4.)

Each distinct combination of identifiers is looked up once per batch. A combination that means nothing, or more than
one thing, is explained by looking at each of its identifiers alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import and_

import polars as pl

from milepost.model import columns
from milepost.model.batch import no_findings, unreadable
from milepost.model.findings import CODES
from milepost.model.identifiers import References
from milepost.model.text import fold_all
from milepost.steps.identify import objects, registrations
from milepost.steps.identify.known import Known
from milepost.steps.identify.names import Names

_IDENTIFIERS = (*columns.LEARNER_COLUMNS, *columns.SESSION_COLUMNS, *columns.TRAINING_COLUMNS, *columns.OBJECT_COLUMNS)
_FOLDED = {"candidateLogin", "candidateEmail", "sessionGuid", "trainingGuid", "lovGuid"}


@dataclass(frozen=True, slots=True)
class Identified:
    """What a batch's rows are about."""

    targets: pl.DataFrame
    """In the order of the rows: `registration_id`, `learning_object_version_id` (null where unknown), `publisher_key`,
    `runtime_key` (folded)."""
    findings: pl.DataFrame
    """`registration-not-found` and `learning-object-not-found`; schema `model.batch.FINDINGS`."""


class Resolver:
    """Looks up the lines of one run, batch by batch."""

    def __init__(self, references: References, used: Collection[str]) -> None:
        """Nothing is read before it is needed. `used` has the columns of the file."""
        self._known = Known(references, used)
        self._names = Names(references)

    def identify(self, values: pl.DataFrame) -> Identified:
        """The targets of the rows of `values` (as in `Interpreted.values`), and what cannot be found."""
        rows = _identifiers(values)
        rows, missing_registrations = registrations.find(self._known, self._names, rows)
        rows, missing_objects = objects.find(self._known, self._names, rows)
        findings = [
            no_findings(),
            _not_found(missing_registrations, "registration-not-found"),
            _not_found(missing_objects, "learning-object-not-found"),
        ]
        return Identified(
            rows.select("registration_id", "learning_object_version_id", "publisher_key", "runtime_key"),
            pl.concat(findings),
        )


def _identifiers(values: pl.DataFrame) -> pl.DataFrame:
    """`line` and every identifier, NAME as read and `NAME.key` as compared; `sought` and `object_sought`."""
    missing = [name for name in _IDENTIFIERS if name not in values.columns]
    integers = {column.name for column in columns.TRACKING.columns if column.kind is columns.Kind.INTEGER}
    values = values.with_columns(
        *(pl.lit(None, pl.Int64 if name in integers else pl.String).alias(name) for name in missing),
        *(pl.lit(value=False).alias(unreadable(name)) for name in missing),
    )
    keys = [(fold_all(values[name]) if name in _FOLDED else values[name]).alias(f"{name}.key") for name in _IDENTIFIERS]
    where = (*columns.LEARNER_COLUMNS, *columns.SESSION_COLUMNS, *columns.TRAINING_COLUMNS)
    return values.select(
        "line",
        *_IDENTIFIERS,
        *keys,
        sought=_given(columns.LEARNER_COLUMNS) & _precise_context() & _readable(where),
        object_sought=_given(columns.OBJECT_COLUMNS) & _readable(columns.OBJECT_COLUMNS),
    )


def _precise_context() -> pl.Expr:
    """Whether the readable identifiers say precisely which session is meant."""
    title_and_training = pl.col("sessionTitle").is_not_null() & _given(columns.TRAINING_COLUMNS)
    return _given(("sessionGuid", "sessionId")) | title_and_training


def _given(names: tuple[str, ...]) -> pl.Expr:
    return pl.any_horizontal(pl.col(name).is_not_null() for name in names)


def _readable(names: tuple[str, ...]) -> pl.Expr:
    return reduce(and_, (~pl.col(unreadable(name)) for name in names))


def _not_found(missing: pl.DataFrame, code: str) -> pl.DataFrame:
    nothing = pl.lit(None, pl.String)
    return missing.select(
        "line",
        pl.lit(code).alias("code"),
        nothing.alias("column"),
        nothing.alias("value"),
        pl.lit(CODES[code].message).alias("message"),
        "hint",
    )
