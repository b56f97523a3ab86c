"""The rows of exports from frames: the twin of `sql.export_queries` and `sql.rollup`, with the same results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import polars as pl

from milepost.model.columns import COMPLETED_STATUSES, KEY, Status
from milepost.model.export import BY_POINTS, COLUMNS, DECIMALS, ORDER, PeriodMode, Provider, Selection, Span
from milepost.model.tracked import DAYS, SECONDS_A_DAY
from milepost.stores.port import Schema

Frames: TypeAlias = Callable[[str], pl.DataFrame]
"""Gives all rows of a table."""


def exported(frames: Frames, selection: Selection, schema: Schema) -> pl.DataFrame:
    """See `port.Tables.export`."""
    provider = selection.provider
    sources = {column.name: column.source for column in COLUMNS[provider]}
    return (
        _ROWS[provider](frames, selection)
        .filter(pl.lit(value=True), *_conditions(selection))
        .sort(ORDER[provider])
        .select(pl.col(sources[name]).cast(kind).alias(name) for name, kind in schema.items())
        .collect()
    )


def _conditions(selection: Selection) -> Iterator[pl.Expr]:
    """What must be true of the learner, the session, the training and the status of a row."""
    ids = {"training": selection.trainings, "session": selection.sessions, "learner": selection.learners}
    for table, wanted in ids.items():
        if wanted is not None:
            yield pl.col(f"{table}.id").is_in(wanted)
    if selection.modalities is not None:
        yield pl.col("training.modality").is_in(selection.modalities)
    if selection.statuses is not None:
        table = "rollup" if selection.provider is Provider.REGISTRATIONS else "tracking"
        yield pl.col(f"{table}.status").is_in(selection.statuses)


def _tracking(frames: Frames, selection: Selection) -> pl.LazyFrame:
    rows = _within(frames, selection).filter("is_active")
    return _described(frames, _prefixed(rows, "tracking"))


def _registrations(frames: Frames, selection: Selection) -> pl.LazyFrame:
    rows = _within(frames, selection)
    with_undated = selection.span is None or selection.mode is PeriodMode.LAST_ACTIVITY_CUMULATIVE
    found = _prefixed(_rollup(frames, rows, with_undated=with_undated), "rollup")
    whose = _with_whose(frames, _prefixed(frames("registration"), "registration"))
    if selection.span is not None:
        active = _prefixed(rows.filter("is_active"), "active")
        whose = whose.join(active, left_on="registration.id", right_on="active.registration_id", how="semi")
    return whose.join(found, left_on="registration.id", right_on="rollup.registration_id", coalesce=False)


def _tracking_log(frames: Frames, selection: Selection) -> pl.LazyFrame:
    span = selection.span
    tracking, log = _prefixed(frames("tracking"), "tracking"), _prefixed(_every_day(frames), "log")
    keys = {table: [f"{table}.{name}" for name in KEY] for table in ("log", "tracking")}
    rows = log.join(tracking, left_on=keys["log"], right_on=keys["tracking"], coalesce=False)
    if span is not None and selection.mode is PeriodMode.TIME_SPENT:
        rows = rows.filter(_between("log.day", span.first_day, span.last_day))
    elif span is not None:
        rows = rows.filter(_between("tracking.last_access_at", span.start, span.end))
    return _described(frames, rows)


_ROWS = {
    Provider.TRACKING: _tracking,
    Provider.REGISTRATIONS: _registrations,
    Provider.TRACKING_LOG: _tracking_log,
}


def _prefixed(rows: pl.DataFrame | pl.LazyFrame, table: str) -> pl.LazyFrame:
    """The rows with columns named as sources are."""
    return rows.lazy().select(pl.all().name.prefix(f"{table}."))


def _joined(frames: Frames, rows: pl.LazyFrame, table: str, by: str) -> pl.LazyFrame:
    """`rows` with the columns of the rows of `table` whose ids are in the column `by`."""
    return rows.join(_prefixed(frames(table), table), left_on=by, right_on=f"{table}.id", coalesce=False)


def _with_whose(frames: Frames, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Registrations with their learners, sessions and trainings."""
    for table, by in (("learner", "registration"), ("session", "registration"), ("training", "session")):
        rows = _joined(frames, rows, table, f"{by}.{table}_id")
    return rows


def _described(frames: Frames, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of tracking with everything that says whose and of what they are."""
    rows = _with_whose(frames, _joined(frames, rows, "registration", "tracking.registration_id"))
    return _joined(frames, rows, "learning_object_version", "tracking.learning_object_version_id")


def _every_day(frames: Frames) -> pl.LazyFrame:
    """All days of all logs, columns DAYS; see `stores.tracked_rows` for which day is the newest."""
    started = frames("import_run").lazy().select("started_at", run_id="id")
    instant = pl.coalesce("last_access_at", "started_at")
    newest = (
        frames("tracking")
        .lazy()
        .join(started, on="run_id")
        .select(
            *KEY,
            day=pl.coalesce("logged_on", instant.floordiv(SECONDS_A_DAY)),
            time_spent=pl.coalesce("logged_time", "time_spent"),
            progression="progression",
        )
    )
    return pl.concat([part.select(*DAYS) for part in (frames("tracking_log_day").lazy(), newest)])


def _within(frames: Frames, selection: Selection) -> pl.LazyFrame:
    """The tracking with `is_active`, whether a row has to do with the period, and the time that counts for it.

    Other rows are among the result, without time: what a registration has reached does not go by periods.
    """
    rows, span = frames("tracking").lazy(), selection.span
    if span is None:
        return rows.with_columns(is_active=pl.lit(value=True))
    if selection.mode is PeriodMode.TIME_SPENT:
        return _with_time(rows, _every_day(frames), span)
    rows = rows.with_columns(is_active=_between("last_access_at", span.start, span.end))
    return rows.with_columns(time_spent=pl.when("is_active").then("time_spent").otherwise(0))


def _with_time(rows: pl.LazyFrame, days: pl.LazyFrame, span: Span) -> pl.LazyFrame:
    of_period = (
        days.filter(_between("day", span.first_day, span.last_day))
        .group_by(KEY)
        .agg(pl.col("time_spent").sum().alias("of_period"))
    )
    rows = rows.join(of_period, on=list(KEY), how="left")
    return rows.with_columns(is_active=pl.col("of_period").is_not_null(), time_spent=pl.col("of_period").fill_null(0))


def _between(name: str, first: int | None, last: int | None) -> pl.Expr:
    column = pl.col(name)
    bounds = [column.is_not_null()]
    bounds += [column >= first] if first is not None else []
    bounds += [column <= last] if last is not None else []
    return pl.all_horizontal(bounds).fill_null(value=False)


def _rollup(frames: Frames, rows: pl.LazyFrame, *, with_undated: bool) -> pl.LazyFrame:
    """The roll-up of every registration; see `sql.rollup`."""
    places = (
        frames("registration")
        .lazy()
        .select("session_id", "time_spent_cbt", "time_spent_digital", registration_id="id")
        .join(frames("session").lazy().select("training_id", session_id="id"), on="session_id")
        .join(frames("training").lazy().select("modality", training_id="id"), on="training_id")
        .join(_content(frames), on="training_id", how="left")
    )
    gained = _gained(frames, rows, places)
    found = places.join(gained, on="registration_id", how="left").with_columns(
        pl.col("count", "mandatory", "started", "finished", "finished_mandatory", "time_global").fill_null(0),
        *(pl.col(name) * int(with_undated) for name in ("time_spent_cbt", "time_spent_digital")),
    )
    is_completed = (
        pl.when(pl.col("mandatory") > 0)
        .then(pl.col("finished_mandatory") == pl.col("mandatory"))
        .otherwise((pl.col("count") > 0) & (pl.col("finished") == pl.col("count")))
    )
    return found.select(
        "registration_id",
        *("time_global", "time_spent_cbt", "time_spent_digital", "started", "finished"),
        *("first_access_at", "last_access_at"),
        pl.sum_horizontal("time_global", "time_spent_cbt", "time_spent_digital").alias("time_spent"),
        _progression("").alias("progression"),
        pl.when(pl.col("mandatory") > 0).then(_progression("_mandatory")).alias("progression_mandatory"),
        pl.col("count").alias("learning_objects"),
        pl.when(pl.col("is_started").is_null())
        .then(pl.lit(Status.NOT_ATTEMPTED.value))
        .when(is_completed)
        .then(pl.lit(Status.COMPLETED.value))
        .otherwise(pl.lit(Status.INCOMPLETE.value))
        .alias("status"),
        _rounded(pl.col("score")).alias("score"),
    )


def _content(frames: Frames) -> pl.LazyFrame:
    """What the content of each training amounts to."""
    points = pl.col("points")
    return (
        frames("training_content")
        .lazy()
        .group_by("training_id")
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            pl.col("mandatory").sum().cast(pl.Int64).alias("mandatory"),
            points.sum().alias("points"),
            points.filter("mandatory").sum().alias("points_mandatory"),
        )
    )


def _gained(frames: Frames, rows: pl.LazyFrame, places: pl.LazyFrame) -> pl.LazyFrame:
    """What the tracking of each registration amounts to; progression counts for content of its training alone."""
    content = frames("training_content").lazy().select("training_id", KEY[1], "mandatory", "points", is_content=True)
    joined = (
        rows.join(places.select("registration_id", "training_id"), on="registration_id")
        .join(content, on=["training_id", KEY[1]], how="left")
        .with_columns(pl.col("is_content", "mandatory").fill_null(value=False))
    )
    is_finished = pl.col("status").is_in([status.value for status in COMPLETED_STATUSES])
    percent = 100.0 * pl.col("score") / pl.col("score_max").fill_null(100)
    progression, points = pl.col("progression"), pl.col("progression") * pl.col("points")
    return joined.group_by("registration_id").agg(
        pl.lit(value=True).alias("is_started"),
        pl.col("time_spent").sum().alias("time_global"),
        pl.col("is_content").sum().alias("started"),
        (pl.col("is_content") & is_finished).sum().alias("finished"),
        (pl.col("mandatory") & is_finished).sum().alias("finished_mandatory"),
        progression.filter("is_content").sum().alias("progression"),
        progression.filter("mandatory").sum().alias("progression_mandatory"),
        points.filter("is_content").sum().alias("gained"),
        points.filter("mandatory").sum().alias("gained_mandatory"),
        pl.col("first_access_at").min(),
        pl.col("last_access_at").max(),
        percent.mean().alias("score"),
    )


def _progression(suffix: str) -> pl.Expr:
    """In percent; 0 where there is nothing that could be gained."""
    number, points = pl.col("mandatory" if suffix else "count"), pl.col(f"points{suffix}")
    by_points = pl.when(points > 0).then(pl.col(f"gained{suffix}") / points)
    mean = pl.when(number > 0).then(pl.col(f"progression{suffix}") / number)
    is_by_points = pl.col("modality").fill_null("").str.to_lowercase() == BY_POINTS
    return _rounded(pl.when(is_by_points).then(by_points).otherwise(mean).fill_null(0.0))


def _rounded(value: pl.Expr) -> pl.Expr:
    return value.round(DECIMALS, mode="half_away_from_zero")
