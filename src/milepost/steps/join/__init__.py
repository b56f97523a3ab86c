"""Join: the identifiers of each row to the registration and the learning object version they mean. (Section 4.)

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
from milepost.model.text import fold_all
from milepost.model.tracked import SCHEMA
from milepost.steps.join import objects, registrations
from milepost.steps.join.known import Known
from milepost.steps.join.names import Names
from milepost.stores.port import Tables
from milepost.stores.sql.access import connection_of

_IDENTIFIERS = (
    *columns.LEARNER_COLUMNS,
    *columns.SESSION_COLUMNS,
    *columns.TRAINING_COLUMNS,
    *columns.OBJECT_COLUMNS,
)
_FOLDED = {"candidateLogin", "candidateEmail", "sessionGuid", "trainingGuid", "lovGuid"}


@dataclass(frozen=True, slots=True)
class Linked:
    """What a batch's rows are about."""

    targets: pl.DataFrame
    """In the order of the rows: `registration_id`, `learning_object_version_id` (null where unknown), `publisher_key`,
    `runtime_key` (folded)."""
    findings: pl.DataFrame
    """`registration-not-found` and `learning-object-not-found`; schema `model.batch.FINDINGS`."""


class Linker:
    """Looks up the rows of one run, in one transaction."""

    def __init__(self, tables: Tables, used: Collection[str]) -> None:
        """`tables` are the run's; nothing is read before it is needed. `used` has the columns of the file."""
        self._tables = tables
        self._known = Known(connection_of(tables), used)
        self._names = Names(connection_of(tables))

    def link(self, values: pl.DataFrame) -> Linked:
        """The targets of the rows of `values` (as in `Interpreted.values`), and what cannot be found."""
        rows = _identifiers(values)
        rows, missing_registrations = registrations.find(self._known, self._names, rows)
        rows, missing_objects = objects.find(self._known, self._names, rows)
        findings = [
            no_findings(),
            _not_found(missing_registrations, "registration-not-found"),
            _not_found(missing_objects, "learning-object-not-found"),
        ]
        return Linked(
            rows.select("registration_id", "learning_object_version_id", "publisher_key", "runtime_key"),
            pl.concat(findings),
        )

    def stored(self, targets: pl.DataFrame) -> pl.DataFrame:
        """The stored values of the targets, in their order; all null where nothing is stored."""
        keys = targets.select(columns.KEY)
        found = self._tables.find("tracking", keys.drop_nulls(), SCHEMA).rename(
            {one: name for name, one in columns.STORED_AS.items()}
        )
        return keys.join(found, on=columns.KEY, how="left", maintain_order="left").drop(columns.KEY)


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
