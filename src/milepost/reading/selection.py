"""Which rows an export has: by what somebody calls trainings, sessions and learners, and by a period."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    case,
    func,
    select,
    true,
)
from sqlalchemy.engine import Connection

from milepost.model.columns import KEY, VALUES
from milepost.model.export import Filters, PeriodMode
from milepost.reading.named import LEARNER, SESSION, TRAINING, every
from milepost.reading.periods import Span
from milepost.stores.sql.joins import every_day
from milepost.stores.sql.tables import tracking, training


def conditions(connection: Connection, filters: Filters) -> Iterator[ColumnElement[bool]]:
    """What must be true of the learner, the session and the training of a row.

    Raises UsageError for a name that nothing has, with the nearest ones.
    """
    for called, names in (
        (TRAINING, filters.trainings),
        (SESSION, filters.sessions),
        (LEARNER, filters.learners),
    ):
        if names:
            yield every(connection, called, names)
    if filters.modalities:
        yield func.lower(training.c.modality).in_([one.lower() for one in filters.modalities])


def within(span: Span, mode: PeriodMode) -> FromClause:
    """The tracking with `is_active`, whether a row has to do with the period, and the time that counts for it.

    Rows that have not are there all the same, with no time: what a registration has reached does not go by periods.
    """
    if mode is PeriodMode.TIME_SPENT:
        log = every_day().subquery("log")
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
