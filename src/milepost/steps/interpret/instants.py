"""Dates and times in the file's own format and zone, as instants. (Specification, section 3.)"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

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


def read(text: pl.Series, _column: Column, parameters: Parameters) -> pl.DataFrame:
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


@lru_cache(maxsize=1)
def candidates() -> list[DateTimeFormat]:
    """The formats that are suggested when the configured one does not fit."""
    return [DateTimeFormat.parse(date + time) for time in _TIMES for date in _DATES]


def _default_seconds(parameters: Parameters) -> int:
    time = parameters.default_time
    return time.hour * 3600 + time.minute * 60 + time.second


def _local(text: pl.Series, form: DateTimeFormat, default_seconds: int) -> pl.Series:
    """Local times as seconds since 1970-01-01T00:00:00 on the local clock; null where the format does not fit."""
    local = _matched(text, form, default_seconds)
    missing = local.is_null() & text.is_not_null()
    if form.date_only and form.date_only != form and missing.any():
        local = local.fill_null(_matched(text.set(~missing, None), form.date_only, default_seconds))
    return local


def _matched(text: pl.Series, form: DateTimeFormat, default_seconds: int) -> pl.Series:
    """Local times of the texts that the format fits as it is; null for the others."""
    fixed = _fixed(form)
    if fixed is None:
        return _matched_flexibly(text, form, default_seconds)
    pattern, parsed = fixed
    is_fixed = text.str.contains(pattern).fill_null(value=False)
    usual = text if is_fixed.all() else text.set(~is_fixed, None)
    if form.has_time:
        instants = usual.str.to_datetime(parsed, time_unit="us", strict=False).cast(pl.Int64)
        local = (instants // 1_000_000).alias("local")
    else:
        local = (usual.str.to_date(parsed, strict=False).cast(pl.Int64) * 86_400 + default_seconds).alias("local")
    others = text.set(is_fixed, None)
    if others.null_count() == len(others) or not others.str.contains(form.pattern).any():
        return local
    return local.fill_null(_matched_flexibly(others, form, default_seconds))


@lru_cache(maxsize=100)
def _fixed(form: DateTimeFormat) -> tuple[str, str] | None:
    """A pattern of the texts that have two digits for everything but the year, and what parses them; None where
    Polars cannot. Polars' parser is fast, but alone it would take times and years that are none."""
    if form.has_time and "II" not in form.tokens:
        return None
    pattern, parsed = [], []
    for place, part in enumerate(form.parts):
        if place % 2:
            separator = " ".join(re.split(r"\s+", part))
            pattern.append(re.escape(separator))
            parsed.append(separator)
        else:
            digits, directive = _FIXED[part]
            pattern.append(digits)
            parsed.append(directive)
    return f"^{''.join(pattern)}$", "".join(parsed)


_FIXED = {
    "YYYY": ("[0-9]{4}", "%Y"),
    "MM": ("[0-9]{2}", "%m"),
    "DD": ("[0-9]{2}", "%d"),
    "HH": ("(?:[01][0-9]|2[0-3])", "%H"),
    "II": ("[0-5][0-9]", "%M"),
    "SS": ("[0-5][0-9]", "%S"),
}


def _matched_flexibly(text: pl.Series, form: DateTimeFormat, default_seconds: int) -> pl.Series:
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


@lru_cache(maxsize=1000)
def _possible(shape: str) -> frozenset[int]:
    """The places of the candidates that could fit a text of this shape: all of its digits are nines."""
    return frozenset(place for place, form in enumerate(candidates()) if re.fullmatch(form.pattern, shape))


def _suggestions(distinct: pl.Series) -> pl.Series:
    """The first formats that fit each text, joined by `or`; empty where none does."""
    shapes = distinct.str.replace_all("[0-9]", "9").unique()
    possible = frozenset[int]().union(*(_possible(shape) for shape in shapes))
    fits = [pl.repeat(None, len(distinct), dtype=pl.String, eager=True).alias("")]
    for place in sorted(possible):
        candidate = candidates()[place]
        exact = _matched(distinct, candidate, 0).is_not_null()
        fits.append(pl.select(pl.when(exact).then(pl.lit(candidate.text)).alias(candidate.text)).to_series())
    names = pl.DataFrame(fits).select(pl.concat_list(pl.all()).list.drop_nulls().list.head(_MOST_SUGGESTIONS))
    return names.to_series().list.join(" or ")
