"""Dates and times in the file's own format and zone, as instants. (Specification, section 3.)"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache, lru_cache

import polars as pl

from milepost.model.columns import Column
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.job import Parameters
from milepost.steps.interpret import zones

EARLIEST = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp())
AFTER_LATEST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())

_DATES = (
    "YYYY-MM-DD",
    "DD/MM/YYYY",
    "MM/DD/YYYY",
    "DD.MM.YYYY",
    "DD-MM-YYYY",
    "MM-DD-YYYY",
    "YYYY/MM/DD",
    "YYYY.MM.DD",
    "YYYYMMDD",
)
_TIMES = (" HH:II:SS", " HH:II", "", "THH:II:SS", "THH:II")
_MOST_SUGGESTIONS = 2

_STRPTIME = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH": "%H", "II": "%M", "SS": "%S"}
# Polars knows the months and days that there are, but rolls a second 60 over.
_DIGITS = {"MM": "[0-9]{2}", "DD": "[0-9]{2}", "HH": "(?:[01][0-9]|2[0-3])", "II": "[0-5][0-9]", "SS": "[0-5][0-9]"}
_ANY_YEAR = "[0-9]{4}"
_USUAL_YEAR = "(?:19[1-9]|[2-8][0-9]{2})[0-9]"
"""The years that are within the range in every zone."""


def usual(cell: pl.Expr, _column: Column, parameters: Parameters) -> pl.Expr:
    """Dates and times with all their digits, on days without a transition of the zone."""
    form = parameters.date_time_format
    local = _padded(cell, form, _default_seconds(parameters), _USUAL_YEAR)
    return zones.usual(local, parameters.time_zone)


def exact(text: pl.Series, _column: Column, parameters: Parameters) -> pl.DataFrame:
    """Seconds since 1970-01-01T00:00:00Z; `warning` for local times that were skipped or came twice."""
    form = parameters.date_time_format
    local = _local(text, form, _default_seconds(parameters))
    placed = zones.to_utc(local, parameters.time_zone)
    value = pl.col("value")
    frame = placed.with_columns(
        (local.is_null() & text.is_not_null()).alias("invalid"),
        value.is_between(EARLIEST, AFTER_LATEST, closed="left").not_().fill_null(value=False).alias("outside"),
    )
    frame = frame.with_columns(
        outside=pl.col("outside") | (value.is_null() & local.is_not_null()),
    )
    fine = ~(pl.col("invalid") | pl.col("outside"))
    hints = _hints(text.set(~frame["invalid"], None), form)
    return frame.select(
        value=pl.when(fine).then("value"),
        code=pl.when("invalid").then(pl.lit("invalid-datetime")).when("outside").then(pl.lit("out-of-range")),
        hint=pl.when("outside")
        .then(pl.format('"{}" is not within the years 1900 to 9998', pl.lit(text)))
        .otherwise(pl.lit(hints)),
        warning=pl.when(fine).then("warning"),
        warning_hint=pl.when(fine).then("warning_hint"),
    )


def fitting(text: pl.Series, form: DateTimeFormat) -> pl.Series:
    """Which texts the format fits: Boolean, null where the text is."""
    return _local(text, form, 0).is_not_null() & text.is_not_null()


@cache
def candidates() -> tuple[DateTimeFormat, ...]:
    """The formats that are suggested when the configured one does not fit."""
    return tuple(DateTimeFormat.parse(date + time) for time in _TIMES for date in _DATES)


def _default_seconds(parameters: Parameters) -> int:
    time = parameters.default_time
    return time.hour * 3600 + time.minute * 60 + time.second


def _local(text: pl.Series, form: DateTimeFormat, default_seconds: int) -> pl.Series:
    """Local times as seconds since 1970-01-01T00:00:00 on the local clock; null where the format does not fit."""
    local = text.clear(len(text)).cast(pl.Int64)
    forms = [form] if form.date_only in (None, form) else [form, form.date_only]
    for read in (_all_digits, _matched):
        for one in forms:
            missing = local.is_null() & text.is_not_null()
            if one is not None and missing.any():
                local = local.fill_null(read(text.set(~missing, None), one, default_seconds))
    return local


def _all_digits(text: pl.Series, form: DateTimeFormat, default_seconds: int) -> pl.Series:
    """What `_matched` gives for the texts that `_padded` reads; null for others."""
    return text.alias("text").to_frame().with_columns(local=_padded(pl.col("text"), form, default_seconds))["local"]


def _padded(cell: pl.Expr, form: DateTimeFormat, default_seconds: int, year: str = _ANY_YEAR) -> pl.Expr:
    """The local times of cells whose every token has all its digits, as `_matched` gives them, much faster."""
    pattern, wanted = ["^"], []
    for place, part in enumerate(form.parts):
        if place % 2:
            blank = re.sub(r"\s+", " ", part)
            pattern.append(re.escape(blank))
            wanted.append(blank)
        else:
            pattern.append(_DIGITS.get(part, year))
            wanted.append(_STRPTIME[part])
    fitting: pl.Expr = pl.when(cell.str.contains("".join([*pattern, "$"]))).then(cell)
    if form.has_time and "II" not in form.tokens:
        # Polars reads no hours without minutes.
        fitting += pl.lit(" 00")
        wanted.append(" %M")
    if form.has_time:
        time = fitting.str.to_datetime("".join(wanted), time_unit="ms", strict=False, cache=False)
        return time.dt.epoch("s")
    return fitting.str.to_date("".join(wanted), strict=False).cast(pl.Int64) * 86_400 + default_seconds


def _matched(text: pl.Series, form: DateTimeFormat, default_seconds: int) -> pl.Series:
    parts = text.str.extract_groups(form.pattern).struct.unnest()

    def digits(token: str) -> pl.Expr:
        return pl.col(token).str.zfill(2)

    # Eight digits and no more: strptime alone would take years and days of other lengths.
    date = pl.concat_str(pl.col("yyyy"), digits("mm"), digits("dd")).str.to_date("%Y%m%d", strict=False)
    seconds = pl.lit(0 if form.has_time else default_seconds, pl.Int64)
    for token, unit, limit in (("hh", 3600, 24), ("ii", 60, 60), ("ss", 1, 60)):
        if token in parts.columns:
            value = pl.col(token).cast(pl.Int64)
            seconds += pl.when(value < limit).then(value * unit)
    return parts.select((date.cast(pl.Int32).cast(pl.Int64) * 86_400 + seconds).alias("local")).to_series()


def _hints(invalid: pl.Series, form: DateTimeFormat) -> pl.Series:
    """For each text that did not fit, what would: `… does not fit MM/DD/YYYY; it would fit DD/MM/YYYY`."""
    distinct = invalid.drop_nulls().unique()
    if distinct.is_empty():
        return invalid
    suggested = _suggestions(distinct)
    no_such_day = distinct.str.contains(form.pattern)
    if form.date_only:
        no_such_day |= distinct.str.contains(form.date_only.pattern)
    known = pl.DataFrame({"text": distinct}).select(
        "text",
        hint=pl.concat_str(
            pl.format("{} does not fit {}", pl.col("text").str.slice(0, 40), pl.lit(form.text)),
            pl.when(suggested != "")
            .then(pl.format("; it would fit {}", pl.lit(suggested)))
            .when(no_such_day)
            .then(pl.lit("; there is no such day or time"))
            .otherwise(pl.lit("")),
        ),
    )
    joined = invalid.alias("text").to_frame().join(known, on="text", how="left", maintain_order="left")
    return joined["hint"]


def _suggestions(distinct: pl.Series) -> pl.Series:
    """The first formats that fit each text, joined by `or`; empty where none does."""
    frame = distinct.alias("text").to_frame()
    for candidate in _likely(distinct):
        fits = _matched(distinct, candidate, 0).is_not_null()
        frame = frame.with_columns(pl.when(fits).then(pl.lit(candidate.text)).alias(candidate.text))
    names = frame.select(pl.concat_list(pl.lit(None, pl.String), pl.exclude("text")).list.drop_nulls())
    return names.to_series().list.head(_MOST_SUGGESTIONS).list.join(" or ")


def _likely(distinct: pl.Series) -> list[DateTimeFormat]:
    """The candidates that fit the look of a text: nearly always few, whatever the number of texts."""
    datelike = distinct.filter(distinct.str.contains(_any_candidate()))
    looks = datelike.str.replace_all("[0-9]", "0").unique()
    likely = {candidate for look in looks for candidate in _fitting_look(look)}
    return [candidate for candidate in candidates() if candidate in likely]


@cache
def _any_candidate() -> str:
    patterns = (re.sub(r"\?P<[a-z]+>", "?:", candidate.pattern) for candidate in candidates())
    return "|".join(f"(?:{pattern})" for pattern in patterns)


@lru_cache(maxsize=1_000)
def _fitting_look(look: str) -> tuple[DateTimeFormat, ...]:
    return tuple(candidate for candidate in candidates() if re.match(candidate.pattern, look))
