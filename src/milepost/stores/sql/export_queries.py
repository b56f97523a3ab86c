"""The rows of exports as queries: for each provider the tables it joins, and which of their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, FromClause, Integer, and_, case, cast, func, literal, select, true, union_all
from sqlalchemy.engine import Connection

from milepost.model.columns import KEY, VALUES
from milepost.model.export import Mark, PeriodMode, Provider, Selection, Span
from milepost.model.export_columns import BY_NAME, COMPLETED_AT, ORDER
from milepost.model.tracked import DAYS, SECONDS_A_DAY
from milepost.stores.sql import dialect
from milepost.stores.sql.dialect import Query
from milepost.stores.sql.metadata import (
    import_run,
    learner,
    metadata,
    registration,
    session,
    tracking,
    tracking_change,
    tracking_log_day,
    training,
    training_content,
)
from milepost.stores.sql.metadata import learning_object_version as version
from milepost.stores.sql.rollup import rollup


@dataclass(frozen=True, slots=True)
class _Source:
    """Rows to export: what they are taken from, and which of them."""

    rows: FromClause
    others: Mapping[str, FromClause] = field(default_factory=dict)
    """What stands for sources that are not simply tables of the store."""
    wanted: list[ColumnElement[bool]] = field(default_factory=list)

    def column(self, place: str) -> ColumnElement[Any]:
        """The column that a source of `export_columns` means."""
        if place == COMPLETED_AT:
            return case((self.column("tracking.progression") >= 100, self.column("tracking.last_access_at")))
        table, _, name = place.partition(".")
        found: ColumnElement[Any] = (self.others[table] if table in self.others else metadata.tables[table]).c[name]
        return found


def query(connection: Connection, selection: Selection, names: Iterable[str]) -> Query:
    """The rows as a query with the columns `names`, in the order of the specification.

    Instants are in seconds since 1970, days in days since then, times in seconds.
    """
    provider = selection.provider
    source = _SOURCES[provider](selection, _registered(connection, selection))
    sources = {name: BY_NAME[provider][name].source for name in names}
    rows = source.rows
    if any(place.startswith(f"{training_content.name}.") for place in sources.values()):
        rows = rows.outerjoin(training_content, _is_content)
    collation = dialect.of(connection).code_points
    order = (source.column(place) for place in ORDER[provider])
    return (
        select(*(source.column(place).label(name) for name, place in sources.items()))
        .select_from(rows)
        .where(*source.wanted, *_conditions(connection, selection, source))
        .order_by(*(key.collate(collation) if key.type.python_type is str else key for key in order))
    )


def _conditions(connection: Connection, selection: Selection, source: _Source) -> Iterator[ColumnElement[bool]]:
    """What must be true of the learner, the session, the training and the status of a row."""
    ids = {
        "registration": selection.registrations,
        "training": selection.trainings,
        "session": selection.sessions,
        "learner": selection.learners,
    }
    for table, wanted in ids.items():
        if wanted is not None:
            yield _among(connection, source.column(f"{table}.id"), wanted)
    texts = {
        "modality": selection.modalities,
        "status": selection.training_statuses,
        "publisher": selection.training_publishers,
    }
    for name, some in texts.items():
        if some is not None:
            yield source.column(f"training.{name}").in_(some)
    table = "rollup" if selection.provider is Provider.REGISTRATIONS else "tracking"
    if selection.statuses is not None:
        yield source.column(f"{table}.status").in_(selection.statuses)
    if selection.is_launched:
        first, last = (source.column(f"{table}.{name}") for name in ("first_access_at", "last_access_at"))
        yield first.is_not(None) | last.is_not(None)
    if selection.publishers is not None:
        yield _is_published_by(selection.publishers, selection.provider)
    if selection.since is not None:
        yield _is_new(selection.since, source, selection.provider)


def _among(connection: Connection, column: ColumnElement[Any], ids: tuple[int, ...]) -> ColumnElement[bool]:
    return dialect.of(connection).among(column, pl.Series(sorted(ids), dtype=pl.Int64))


def _registered(connection: Connection, selection: Selection) -> Query | None:
    """The ids of the registrations that the ids of a selection leave; None if all do.

    Databases do not see by themselves that others need no roll-up.
    """
    of_training = select(session.c.id)
    every = (
        (registration.c.id, selection.registrations, None),
        (registration.c.learner_id, selection.learners, None),
        (registration.c.session_id, selection.sessions, None),
        (session.c.training_id, selection.trainings, of_training),
    )
    conditions = []
    for column, wanted, inner in every:
        if wanted is not None:
            is_wanted = _among(connection, column, wanted)
            conditions.append(is_wanted if inner is None else registration.c.session_id.in_(inner.where(is_wanted)))
    return select(registration.c.id).where(*conditions) if conditions else None


def _is_published_by(publishers: tuple[str, ...], provider: Provider) -> ColumnElement[bool]:
    """Whether the learning object is of these publishers; of a registration, whether it has tracking of such a one."""
    is_theirs = version.c.publisher.in_(publishers)
    if provider is not Provider.REGISTRATIONS:
        return is_theirs
    own = tracking.alias("published")
    joined = own.join(version, own.c.learning_object_version_id == version.c.id)
    return registration.c.id.in_(select(own.c.registration_id).select_from(joined).where(is_theirs))


def _is_new(mark: Mark, source: _Source, provider: Provider) -> ColumnElement[bool]:
    """Whether a row was written after the mark.

    Rows that an undo gave back to an earlier run, and rows that are gone, stand in the journal alone.
    """
    if provider is not Provider.REGISTRATIONS:
        changed = select(literal(1)).where(
            tracking_change.c.run_id > mark.run,
            *(tracking_change.c[name] == source.column(f"tracking.{name}") for name in KEY),
        )
        return (source.column("tracking.run_id") > mark.run) | changed.exists()
    written = tracking.alias("written")
    return (
        (registration.c.id > mark.registration)
        | registration.c.id.in_(select(written.c.registration_id).where(written.c.run_id > mark.run))
        | registration.c.id.in_(select(tracking_change.c.registration_id).where(tracking_change.c.run_id > mark.run))
    )


def _tracking(selection: Selection, _registered: Query | None) -> _Source:
    if selection.span is None:
        return _Source(_described(tracking, tracking))
    rows = _within(selection.span, selection.mode)
    return _Source(_described(rows, rows), {"tracking": rows}, [rows.c.is_active])


def _registrations(selection: Selection, registered: Query | None) -> _Source:
    rows: FromClause = tracking
    wanted: list[ColumnElement[bool]] = []
    with_undated = True
    if selection.span is not None:
        rows = _within(selection.span, selection.mode)
        with_undated = selection.mode is PeriodMode.LAST_ACTIVITY_CUMULATIVE
        active = rows.alias("active")
        wanted.append(registration.c.id.in_(select(active.c.registration_id).where(active.c.is_active)))
    found = rollup(rows, with_undated=with_undated, registered=registered).subquery("rollup")
    joined = _with_whose(registration).join(found, found.c.registration_id == registration.c.id)
    return _Source(joined, {"rollup": found}, wanted)


def _tracking_log(selection: Selection, _registered: Query | None) -> _Source:
    days = every_day().subquery("days")
    wanted: list[ColumnElement[bool]] = []
    span = selection.span
    if span is not None:
        is_timed = selection.mode is PeriodMode.TIME_SPENT
        wanted.append(_between(days.c.day, span.first_day, span.last_day) if is_timed else _of_last_access(span))
    return _Source(_described(days.join(tracking, _same_row(days)), tracking), {"log": days}, wanted)


_SOURCES = {
    Provider.TRACKING: _tracking,
    Provider.REGISTRATIONS: _registrations,
    Provider.TRACKING_LOG: _tracking_log,
}


def _described(rows: FromClause, keys: FromClause) -> FromClause:
    """`rows` with everything that says whose and of what they are; `keys` has the columns KEY."""
    joined = _with_whose(rows.join(registration, keys.c.registration_id == registration.c.id))
    return joined.join(version, keys.c.learning_object_version_id == version.c.id)


_is_content = and_(
    training_content.c.training_id == training.c.id, training_content.c.learning_object_version_id == version.c.id
)
"""Whether a learning object is, still, content of the training."""


def _with_whose(rows: FromClause) -> FromClause:
    """Registrations, or what has been joined to them, with their learners, sessions and trainings."""
    return (
        rows.join(learner, registration.c.learner_id == learner.c.id)
        .join(session, registration.c.session_id == session.c.id)
        .join(training, session.c.training_id == training.c.id)
    )


def every_day() -> Query:
    """All days of all logs, as a query with the columns DAYS; see `stores.tracked_rows` for which day is the newest."""
    instant = func.coalesce(tracking.c.last_access_at, import_run.c.started_at)
    newest = select(
        *(tracking.c[name] for name in KEY),
        func.coalesce(tracking.c.logged_on, _day_of(instant)).label("day"),
        func.coalesce(tracking.c.logged_time, tracking.c.time_spent).label("time_spent"),
        tracking.c.progression,
    ).join_from(tracking, import_run, tracking.c.run_id == import_run.c.id)
    every = union_all(select(*(tracking_log_day.c[name] for name in DAYS)), newest).subquery("log")
    return select(*every.c)


def _day_of(instant: ColumnElement[Any]) -> ColumnElement[Any]:
    """The day of an instant in UTC: both databases divide towards zero, and `%` keeps the sign."""
    rest = (instant % SECONDS_A_DAY + SECONDS_A_DAY) % SECONDS_A_DAY
    return cast((instant - rest) // SECONDS_A_DAY, Integer)


def _within(span: Span, mode: PeriodMode) -> FromClause:
    """The tracking with `is_active`, whether a row has to do with the period, and the time that counts for it.

    Other rows are among the result, without time: what a registration has reached does not go by periods.
    """
    if mode is PeriodMode.TIME_SPENT:
        log = every_day().subquery("log")
        of_period = (
            select(*(log.c[name] for name in KEY), func.sum(log.c.time_spent).label("time_spent"))
            .where(_between(log.c.day, span.first_day, span.last_day))
            .group_by(*(log.c[name] for name in KEY))
            .subquery("period")
        )
        rows: FromClause = tracking.outerjoin(of_period, _same_row(of_period))
        is_active: ColumnElement[bool] = of_period.c.registration_id.is_not(None)
        time: ColumnElement[int] = func.coalesce(of_period.c.time_spent, 0)
    else:
        rows, is_active = tracking, _of_last_access(span)
        time = case((is_active, tracking.c.time_spent), else_=0)
    others = [tracking.c[name] for name in (*KEY, *VALUES, "run_id") if name != "time_spent"]
    return select(*others, time.label("time_spent"), is_active.label("is_active")).select_from(rows).subquery("tracked")


def _same_row(other: FromClause) -> ColumnElement[bool]:
    return and_(*(other.c[name] == tracking.c[name] for name in KEY))


def _of_last_access(span: Span) -> ColumnElement[bool]:
    last = tracking.c.last_access_at
    return _between(last, span.start, span.end) & last.is_not(None)


def _between(column: ColumnElement[int], first: int | None, last: int | None) -> ColumnElement[bool]:
    bounds = [column >= first] if first is not None else []
    bounds += [column <= last] if last is not None else []
    return and_(true(), *bounds)
