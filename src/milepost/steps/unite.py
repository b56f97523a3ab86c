"""Unite: rows of tracking whose learners, sessions or learning objects are merged become one row.

Values go by fixed rules: the furthest status, the highest progression and score, the earliest first dates, the latest
last access. The time spent is added, or the highest is taken. The days of the log come along.
"""

from __future__ import annotations

import polars as pl

from milepost.model.columns import KEY, LARGEST_INTEGER, STORED, VALUES, Kind, Loss
from milepost.model.job import STATUS_ORDER
from milepost.model.people import TimeRule
from milepost.model.tracked import DAY, DAY_CHANGES, DAYS, LOGGED, TARGET, before

_PLACES = {status.value: place for place, status in enumerate(STATUS_ORDER)}
_SCORE, _MAXIMUM, _TIME = "score", "score_max", "time_spent"


def unite(rows: pl.DataFrame, days: pl.DataFrame, rule: TimeRule) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What becomes of `rows`, and the changes of earlier days (columns `tracked.DAY_CHANGES`).

    `rows` has all rows that get one of the keys TARGET: the columns KEY, TARGET, `line`, VALUES and LOGGED; a row that
    keeps its key is there too. `days` has the earlier days of their logs (columns DAYS). The result has KEY, `line`,
    `outcome` (created, updated, unchanged or deleted), VALUES, `before` each of them, and LOGGED: rows that lose their
    key are deleted, and each target has one row.
    """
    is_own = pl.all_horizontal(pl.col(own) == pl.col(target) for own, target in zip(KEY, TARGET, strict=True))
    rows = rows.with_columns(is_own=is_own).sort(*TARGET, ~pl.col("is_own"), *KEY)
    united = rows.group_by(TARGET, maintain_order=True).agg(
        pl.col("line").max(), has_own=pl.col("is_own").any(), **{name: _value(name, rule) for name in VALUES}
    )
    united = united.rename(dict(zip(TARGET, KEY, strict=True)))
    log = _log(rows, days, rule)
    newest = log.sort("day").group_by(KEY).agg(pl.col("day", "time_spent").last())
    newest = newest.rename({"day": "logged_on", "time_spent": "logged_time"})
    united = united.join(newest, on=KEY, how="left", maintain_order="left")
    own = rows.filter("is_own").select(*KEY, *(pl.col(name).alias(before(name)) for name in (*VALUES, *LOGGED)))
    united = united.join(own, on=KEY, how="left", maintain_order="left")
    is_same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(before(name))) for name in (*VALUES, *LOGGED))
    outcome = pl.when("has_own").then(pl.when(is_same).then(pl.lit("unchanged")).otherwise(pl.lit("updated")))
    united = united.with_columns(outcome=outcome.otherwise(pl.lit("created")))
    gone = rows.filter(~pl.col("is_own")).with_columns(pl.col(VALUES).name.map(before), outcome=pl.lit("deleted"))
    columns = (*KEY, "line", "outcome", *VALUES, *map(before, VALUES), *LOGGED)
    planned = pl.concat([united.select(columns), gone.select(columns)]).sort(KEY)
    return planned, _day_changes(log, days, united.select(*KEY, "logged_on"))


def _value(name: str, rule: TimeRule) -> pl.Expr:
    value, (column, stored) = pl.col(name), STORED[name]
    if name == _TIME:
        return value.sum().clip(upper_bound=LARGEST_INTEGER) if rule is TimeRule.ADD else value.max()
    if name in (_SCORE, _MAXIMUM):
        # The maximum of the score that wins.
        return value.sort_by(_SCORE, _MAXIMUM, descending=True, nulls_last=True).first()
    if column.kind is Kind.STATUS:
        return value.sort_by(value.replace_strict(_PLACES, default=-1, return_dtype=pl.Int64)).last()
    if stored.loss is Loss.LESS:
        return value.max()
    if stored.loss is Loss.MORE or column.kind is Kind.DATETIME:
        return value.min()
    return value.drop_nulls().first()


def _log(rows: pl.DataFrame, days: pl.DataFrame, rule: TimeRule) -> pl.DataFrame:
    """The days of each target, the newest one too; columns DAYS, with the key of the target."""
    if rule is TimeRule.HIGHEST:
        # Of the row whose time is taken: the days add up to it.
        rows = rows.sort(_TIME, descending=True, maintain_order=True).unique(TARGET, keep="first", maintain_order=True)
    newest = rows.select(*KEY, *TARGET, day="logged_on", time_spent="logged_time", progression="progression")
    earlier = days.join(rows.select(*KEY, *TARGET), on=KEY).select(newest.columns)
    log = pl.concat([newest, earlier]).group_by(*TARGET, "day").agg(pl.col("time_spent").sum(), _highest())
    log = log.sort(*TARGET, "day").join(rows.group_by(TARGET).agg(is_one=pl.len() == 1), on=TARGET, how="left")
    # Of several rows, the furthest on that day counts; one row alone keeps its days.
    furthest = pl.col("progression").cum_max().over(TARGET)
    log = log.with_columns(progression=pl.when("is_one").then("progression").otherwise(furthest))
    return log.rename(dict(zip(TARGET, KEY, strict=True))).select(*DAYS)


def _highest() -> pl.Expr:
    return pl.col("progression").max()


def _day_changes(log: pl.DataFrame, days: pl.DataFrame, newest: pl.DataFrame) -> pl.DataFrame:
    wanted = log.join(newest, on=KEY).filter(pl.col("day") != pl.col("logged_on")).select(*DAYS)
    was = days.rename({"time_spent": "was_time_spent", "progression": "was_progression"})
    both = wanted.join(was, on=list(DAY), how="full", coalesce=True)
    differs = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(f"was_{name}")) for name in ("time_spent", "progression")
    )
    return both.filter(differs).select(*DAY_CHANGES).sort(*DAY)
