"""Queries that exports and views have in common: whose a row is, and all days of all logs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, cast, func, select, union_all

from milepost.model.columns import KEY
from milepost.model.tracked import DAYS, SECONDS_A_DAY
from milepost.stores.sql.dialect import Query
from milepost.stores.sql.metadata import (
    import_run,
    learner,
    registration,
    session,
    tracking,
    tracking_log_day,
    training,
)


def with_whose(rows: FromClause) -> FromClause:
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
