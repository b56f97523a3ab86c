"""Which rows an export has: by what somebody calls trainings, sessions and learners, and by a period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl
from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    and_,
    case,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.engine import Connection

from milepost.database import dialect, tracking_log
from milepost.database.tables import learner, session, tracking, training
from milepost.database.tracked import KEY, VALUES
from milepost.exports.named import nearest
from milepost.exports.periods import Span
from milepost.model.exceptions import UsageError
from milepost.model.export import Filters, PeriodMode
from milepost.model.text import fold


def conditions(connection: Connection, filters: Filters) -> list[ColumnElement[bool]]:
    """What must be true of the learner, the session and the training of a row.

    Raises UsageError for a name that nothing has, with the nearest ones.
    """
    return [*_conditions(connection, filters)]


def _conditions(connection: Connection, filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.trainings:
        columns = training.c
        yield _named(
            connection,
            filters.trainings,
            "training has the path code or GUID",
            exact=(columns.path_code,),
            folded=(columns.guid_key,),
            shown=(columns.path_code,),
        )
    if filters.sessions:
        yield _named(
            connection,
            filters.sessions,
            "session has the title or GUID",
            exact=(session.c.title,),
            folded=(session.c.guid_key,),
            shown=(session.c.title,),
        )
    if filters.learners:
        columns = learner.c
        yield _named(
            connection,
            filters.learners,
            "learner has the log-in name, e-mail, reference number or GUID",
            exact=(columns.reference_number,),
            folded=(columns.login_key, columns.email_key, columns.guid_key),
            shown=(columns.login, columns.reference_number, columns.email),
        )
    if filters.modalities:
        yield func.lower(training.c.modality).in_([one.lower() for one in filters.modalities])


def _named(
    connection: Connection,
    names: Sequence[str],
    what: str,
    *,
    exact: tuple[Column[str], ...],
    folded: tuple[Column[str], ...],
    shown: tuple[Column[str], ...],
) -> ColumnElement[bool]:
    """Whether a row has one of the names; several rows may have the same one."""
    table = exact[0].table
    found: set[int] = set()
    for name in names:
        is_it = or_(*(column == name for column in exact), *(column == fold(name) for column in folded))
        ids = set(connection.scalars(select(table.c.id).where(is_it)))
        if not ids:
            raise UsageError(f'No {what} "{name}".{nearest(connection, fold(name), shown)}')
        found |= ids
    return dialect.of(connection).among(table.c.id, pl.Series(sorted(found), dtype=pl.Int64))


def within(span: Span, mode: PeriodMode) -> FromClause:
    """The tracking with `is_active`, whether a row has to do with the period, and the time that counts for it.

    Rows that have not are there all the same, with no time: what a registration has reached does not go by periods.
    """
    if mode is PeriodMode.TIME_SPENT:
        log = tracking_log.every_day().subquery("log")
        of_period = (
            select(*(log.c[name] for name in KEY), func.sum(log.c.time_spent).label("time_spent"))
            .where(_between(log.c.day, span.first_day, span.last_day))
            .group_by(*(log.c[name] for name in KEY))
            .subquery("period")
        )
        same = and_(*(of_period.c[name] == tracking.c[name] for name in KEY))
        rows: FromClause = tracking.outerjoin(of_period, same)
        is_active: ColumnElement[bool] = of_period.c.registration_id.is_not(None)
        time: ColumnElement[int] = func.coalesce(of_period.c.time_spent, 0)
    else:
        rows = tracking
        is_active = _between(tracking.c.last_access_at, span.start, span.end) & tracking.c.last_access_at.is_not(None)
        time = case((is_active, tracking.c.time_spent), else_=0)
    others = [tracking.c[name] for name in (*KEY, *VALUES) if name != "time_spent"]
    return select(*others, time.label("time_spent"), is_active.label("is_active")).select_from(rows).subquery("tracked")


def of_days(days: FromClause, span: Span, mode: PeriodMode) -> ColumnElement[bool]:
    """Whether a day of the log has to do with the period; needs `tracking` in the query."""
    if mode is PeriodMode.TIME_SPENT:
        return _between(days.c.day, span.first_day, span.last_day)
    last = tracking.c.last_access_at
    return _between(last, span.start, span.end) & last.is_not(None)


def _between(column: ColumnElement[int], first: int | None, last: int | None) -> ColumnElement[bool]:
    bounds = [column >= first] if first is not None else []
    bounds += [column <= last] if last is not None else []
    return and_(true(), *bounds)
