"""Book: the days of a row's log to which a plan adds time, and from which it takes time."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from milepost.model.columns import KEY
from milepost.model.time_zones import local_times
from milepost.model.tracked import DAY, DAY_CHANGES, LOGGED, SECONDS_A_DAY, before


def book(planned: pl.DataFrame, earlier: pl.DataFrame, zone: str, now: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A plan with the new values of the columns LOGGED, and the changes of earlier days (columns DAY_CHANGES).

    `planned` is as `plan.plan` returns it, with the stored LOGGED. `earlier` has the earlier days (columns DAYS) of the
    rows that `concerned` names. The difference in time spent belongs to the day, in the time zone `zone`, of a row's
    last access, or of `now` if it has none. Time that a row loses is taken from its newest days. A day also begins if
    only the progression has changed.
    """
    if not _changes_any(planned):
        rows = planned.drop(LOGGED).with_columns(_day(zone, now).alias("logged_on"), logged_time="time_spent")
        return rows, pl.DataFrame(schema=DAY_CHANGES)
    rows = _judged(planned, zone, now)
    names = {"day": "logged_on", "time_spent": "logged_time", "progression": "progression"}
    ended = rows.filter("begins").select(*KEY, *(pl.col(before(name)).alias(other) for other, name in names.items()))
    ended = ended.match_to_schema(DAY_CHANGES, missing_columns="insert")
    changes = pl.concat([ended, _of_earlier(rows, earlier)])
    extra = ["day", "difference", "begins", "is_earlier", "left_over", *(before(name) for name in LOGGED)]
    return rows.drop(extra), changes


def concerned(planned: pl.DataFrame, zone: str, now: datetime) -> pl.DataFrame:
    """The KEY of the rows of a plan whose earlier days are needed."""
    if not _changes_any(planned):
        return planned.clear().select(KEY)
    return _judged(planned, zone, now).filter(_touches_earlier()).select(KEY)


def _changes_any(planned: pl.DataFrame) -> bool:
    return any((planned["outcome"] == outcome).any() for outcome in ("updated", "deleted"))


def _day(zone: str, now: datetime) -> pl.Expr:
    return local_times(pl.col("last_access_at").fill_null(int(now.timestamp())), zone) // SECONDS_A_DAY


def _touches_earlier() -> pl.Expr:
    return (pl.col("outcome") == "deleted") | pl.col("is_earlier") | (pl.col("left_over") > 0)


def _judged(planned: pl.DataFrame, zone: str, now: datetime) -> pl.DataFrame:
    """Adds the new LOGGED, `day`, `difference`, and how earlier days change: `begins`, `is_earlier`, `left_over`."""
    rows = planned.rename({name: before(name) for name in LOGGED}).with_columns(day=_day(zone, now))
    old_day, old_time = pl.col(before("logged_on")), pl.col(before("logged_time"))
    rows = rows.with_columns(difference=pl.col("time_spent") - pl.col(before("time_spent")))
    difference = pl.col("difference")
    is_updated = pl.col("outcome") == "updated"
    is_moved = pl.col("progression").ne_missing(pl.col(before("progression")))
    rows = rows.with_columns(
        begins=is_updated & (pl.col("day") > old_day) & ((difference > 0) | ((difference == 0) & is_moved)),
        is_earlier=is_updated & (pl.col("day") < old_day) & (difference > 0),
        # The time to take from earlier days once the newest one has none left.
        left_over=pl.when(is_updated).then((-difference - old_time).clip(lower_bound=0)).otherwise(0),
    )
    return rows.with_columns(
        logged_on=pl.when(is_updated & ~pl.col("begins")).then(old_day).otherwise("day"),
        logged_time=pl.when(~is_updated)
        .then("time_spent")
        .when("begins")
        .then(difference)
        .when("is_earlier")
        .then(old_time)
        .otherwise((old_time + difference).clip(lower_bound=0)),
    )


def _of_earlier(rows: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    concerned = rows.filter(_touches_earlier())
    if concerned.is_empty():
        return pl.DataFrame(schema=DAY_CHANGES)
    was = days.rename({"time_spent": "was_time_spent", "progression": "was_progression"})
    added = concerned.filter("is_earlier").select(*DAY, "difference", "progression")
    added = added.join(was, on=list(DAY), how="left")
    added = added.with_columns(time_spent=pl.col("was_time_spent").fill_null(0) + pl.col("difference"))
    gone = was.join(concerned.filter(pl.col("outcome") == "deleted"), on=KEY, how="semi")
    gone = gone.match_to_schema(DAY_CHANGES, missing_columns="insert")
    return pl.concat([added.select(*DAY_CHANGES), gone, _lowered(was, concerned.filter(pl.col("left_over") > 0))])


def _lowered(was: pl.DataFrame, concerned: pl.DataFrame) -> pl.DataFrame:
    """The days that lose time, the newest first."""
    days = was.join(concerned.select(*KEY, "left_over"), on=KEY).sort(*KEY, "day", descending=[False, False, True])
    newer = pl.col("was_time_spent").cum_sum().over(*KEY) - pl.col("was_time_spent")
    taken = pl.min_horizontal("was_time_spent", (pl.col("left_over") - newer).clip(lower_bound=0))
    return (
        days.with_columns(time_spent=pl.col("was_time_spent") - taken, progression="was_progression")
        .filter(pl.col("time_spent") != pl.col("was_time_spent"))
        .select(*DAY_CHANGES)
    )
