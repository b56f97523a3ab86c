"""What an export can have: for each provider its columns, and the query that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, select
from sqlalchemy.engine import Connection

from milepost.model.columns import KEY
from milepost.model.export import Filters, PeriodMode, Provider
from milepost.reading import selection
from milepost.reading.periods import Span
from milepost.stores.sql.dialect import Query
from milepost.stores.sql.joins import every_day, with_whose
from milepost.stores.sql.rollup import rollup
from milepost.stores.sql.tables import learner, learning_object_version, registration, session, tracking, training

_CODE_POINT_ORDER = {"sqlite": "BINARY", "postgresql": "C"}
"""The collation of each database that orders text by code points."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows of a source are wanted."""

    filters: Filters
    span: Span | None = None
    """The period; None: everything."""
    mode: PeriodMode = PeriodMode.TIME_SPENT


@dataclass(frozen=True, slots=True)
class _Source:
    """Rows to export: what they are taken from, which of them, and in which order."""

    rows: FromClause
    columns: Mapping[str, ColumnElement[Any]]
    wanted: tuple[ColumnElement[bool], ...]
    order: tuple[ColumnElement[Any], ...]


def query(connection: Connection, provider: Provider, names: list[str], choice: Choice) -> Query:
    """The rows as a query with the columns `names`, in the order of the specification.

    Instants are in seconds since 1970, days in days since then, times in seconds. Raises UsageError for a filter by
    something that is not there.
    """
    source = {
        Provider.TRACKING: _tracking,
        Provider.REGISTRATIONS: _registrations,
        Provider.TRACKING_LOG: _tracking_log,
    }[provider](choice)
    collation = _CODE_POINT_ORDER[connection.dialect.name]
    return (
        select(*(source.columns[name].label(name) for name in names))
        .select_from(source.rows)
        .where(*source.wanted, *selection.conditions(connection, choice.filters))
        .order_by(*(key.collate(collation) if key.type.python_type is str else key for key in source.order))
    )


_WHOSE: dict[str, ColumnElement[Any]] = {
    "candidateLogin": learner.c.login,
    "candidateRefNumber": learner.c.reference_number,
    "candidateEmail": learner.c.email,
    "registrationGuid": registration.c.guid,
    "registrationDate": registration.c.registered_at,
    "sessionGuid": session.c.guid,
    "sessionId": session.c.id,
    "sessionTitle": session.c.title,
    "trainingPathCode": training.c.path_code,
    "trainingId": training.c.id,
    "trainingTitle": training.c.title,
    "trainingModality": training.c.modality,
}
_OBJECT: dict[str, ColumnElement[Any]] = {
    "lovCode": learning_object_version.c.code,
    "lovGuid": learning_object_version.c.guid,
}


def _tracking(choice: Choice) -> _Source:
    rows: FromClause = tracking
    wanted: list[ColumnElement[bool]] = []
    if choice.span is not None:
        rows = selection.within(choice.span, choice.mode)
        wanted.append(rows.c.is_active)
    column = rows.c
    if choice.filters.statuses:
        wanted.append(column.status.in_([status.value for status in choice.filters.statuses]))
    joined = rows.join(registration, column.registration_id == registration.c.id)
    return _Source(
        _with_object(with_whose(joined), column.learning_object_version_id),
        _WHOSE
        | _OBJECT
        | {
            "firstAccessDate": column.first_access_at,
            "lastAccessDate": column.last_access_at,
            "firstCompletionDate": column.first_completed_at,
            "progression": column.progression,
            "trackingStatus": column.status,
            "timeSpent": column.time_spent,
            "score": column.score,
            "scoreMax": column.score_max,
        },
        tuple(wanted),
        (learner.c.login_key, session.c.guid_key, learning_object_version.c.guid_key),
    )


def _registrations(choice: Choice) -> _Source:
    rows: FromClause = tracking
    wanted: list[ColumnElement[bool]] = []
    with_undated = True
    if choice.span is not None:
        rows = selection.within(choice.span, choice.mode)
        with_undated = choice.mode is PeriodMode.LAST_ACTIVITY_CUMULATIVE
        active = rows.alias("active")
        wanted.append(registration.c.id.in_(select(active.c.registration_id).where(active.c.is_active)))
    found = rollup(rows, with_undated=with_undated).subquery("rollup")
    column = found.c
    if choice.filters.statuses:
        wanted.append(column.status.in_([status.value for status in choice.filters.statuses]))
    return _Source(
        with_whose(registration).join(found, column.registration_id == registration.c.id),
        _WHOSE
        | {
            "timeGlobal": column.time_global,
            "timeSpentCBT": column.time_spent_cbt,
            "timeSpentDigital": column.time_spent_digital,
            "timeSpent": column.time_spent,
            "progression": column.progression,
            "progressionMandatory": column.progression_mandatory,
            "nbLO": column.learning_objects,
            "nbLOStarted": column.started,
            "nbLOFinished": column.finished,
            "status": column.status,
            "firstLaunchDate": column.first_access_at,
            "completionTime": column.last_access_at,
            "score": column.score,
        },
        tuple(wanted),
        (learner.c.login_key, session.c.guid_key),
    )


def _tracking_log(choice: Choice) -> _Source:
    days = every_day().subquery("days")
    wanted: list[ColumnElement[bool]] = []
    if choice.span is not None:
        wanted.append(selection.of_days(days, choice.span, choice.mode))
    if choice.filters.statuses:
        wanted.append(tracking.c.status.in_([status.value for status in choice.filters.statuses]))
    same = and_(*(days.c[name] == tracking.c[name] for name in KEY))
    joined = days.join(tracking, same).join(registration, tracking.c.registration_id == registration.c.id)
    return _Source(
        _with_object(with_whose(joined), tracking.c.learning_object_version_id),
        _WHOSE | _OBJECT | {"date": days.c.day, "timeSpent": days.c.time_spent, "progression": days.c.progression},
        tuple(wanted),
        (learner.c.login_key, session.c.guid_key, learning_object_version.c.guid_key, days.c.day),
    )


def _with_object(rows: FromClause, number: ColumnElement[int]) -> FromClause:
    return rows.join(learning_object_version, number == learning_object_version.c.id)
