"""The tracking log: on which days the time of a tracking row was spent.

The newest day is in the row itself, earlier ones are in `tracking_log_day`: most rows have but one, and need no other
row for it. Rows from before there was a log name no day; their time counts for that of their last access, in UTC, or
else of the run that wrote them.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Integer, cast, func, select, union_all
from sqlalchemy.engine import Connection

from milepost.model.columns import KEY
from milepost.model.tracked import DAY, DAY_CHANGES, DAYS, LOGGED, SCHEMA, SECONDS_A_DAY
from milepost.stores import tracked
from milepost.stores.sql import frames
from milepost.stores.sql.dialect import Query
from milepost.stores.sql.tables import import_run, tracking, tracking_log_change, tracking_log_day


def newest(connection: Connection, keys: pl.DataFrame) -> pl.DataFrame:
    """The newest day of the log of the rows with those keys; columns of KEY and LOGGED."""
    rows = select(*(tracking.c[name] for name in KEY), *_newest()).join_from(
        tracking, import_run, tracking.c.run_id == import_run.c.id
    )
    schema = {name: SCHEMA[name] for name in KEY} | LOGGED
    return tracked.find(connection, keys, schema, rows=rows.subquery())


def earlier(connection: Connection, keys: pl.DataFrame) -> pl.DataFrame:
    """The other days of the log of the rows with those keys; columns DAYS."""
    return tracked.find(connection, keys, DAYS, rows=tracking_log_day)


def change(connection: Connection, changes: pl.DataFrame, run: int) -> None:
    """Changes days other than the newest ones (columns DAY_CHANGES), and keeps how they were before `run`."""
    if changes.is_empty():
        return
    kept = changes.select(*DAY, time_spent="was_time_spent", progression="was_progression")
    frames.insert(connection, tracking_log_change, kept.select(pl.lit(run).alias("run_id"), *DAYS).sort(*DAY))
    is_wanted, was_there = pl.col("time_spent").is_not_null(), pl.col("was_time_spent").is_not_null()
    frames.delete(connection, tracking_log_day, changes.filter(~is_wanted & was_there).select(*DAY))
    frames.overwrite(connection, tracking_log_day, changes.filter(is_wanted & was_there).select(*DAYS))
    frames.insert(connection, tracking_log_day, changes.filter(is_wanted & ~was_there).select(*DAYS))


def reversal(connection: Connection, run: int, keys: pl.DataFrame) -> pl.DataFrame:
    """What takes back the changes of days that `run` made to the rows with those keys; columns DAY_CHANGES."""
    of_run = select(*(tracking_log_change.c[name] for name in DAYS)).where(tracking_log_change.c.run_id == run)
    before = tracked.find(connection, keys, DAYS, rows=of_run.subquery())
    now = earlier(connection, before)
    return before.join(
        now.rename({"time_spent": "was_time_spent", "progression": "was_progression"}), on=list(DAY), how="left"
    ).select(*DAY_CHANGES)


def every_day() -> Query:
    """All days of all logs, as a query with the columns DAYS."""
    newest_day, newest_time = _newest()
    of_rows = select(
        *(tracking.c[name] for name in KEY),
        newest_day.label("day"),
        newest_time.label("time_spent"),
        tracking.c.progression,
    ).join_from(tracking, import_run, tracking.c.run_id == import_run.c.id)
    every = union_all(select(*(tracking_log_day.c[name] for name in DAYS)), of_rows).subquery("log")
    return select(*every.c)


def _newest() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The newest day of a tracking row's log, and its time; needs `import_run` in the query."""
    instant = func.coalesce(tracking.c.last_access_at, import_run.c.started_at)
    day = func.coalesce(tracking.c.logged_on, _day_of(instant))
    time = func.coalesce(tracking.c.logged_time, tracking.c.time_spent)
    return day.label("logged_on"), time.label("logged_time")


def _day_of(instant: ColumnElement[Any]) -> ColumnElement[Any]:
    """The day of an instant in UTC: both databases divide towards zero, and `%` keeps the sign."""
    rest = (instant % SECONDS_A_DAY + SECONDS_A_DAY) % SECONDS_A_DAY
    return cast((instant - rest) // SECONDS_A_DAY, Integer)
