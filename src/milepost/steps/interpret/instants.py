"""Dates and times in the file's format and zone, as instants; and a watch over the format. (Section 3.)"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache, lru_cache

import polars as pl

from milepost.model import time_zones
from milepost.model.batch import Batch
from milepost.model.columns import CellType, Column, Kind
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.job import Layout, Parameters
from milepost.model.text import WHITE_SPACE, sentence
from milepost.model.time_zones import AFTER_LATEST, EARLIEST
from milepost.model.wording import setting
from milepost.steps.interpret.cells import by_distinct

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
_LONGEST_LOOK = len("0000-00-00 00:00:00")
_MOST_SUGGESTIONS = 2
_SAMPLE = 10_000
"""How many values of a column the format is judged by."""

_STRPTIME = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH": "%H", "II": "%M", "SS": "%S"}
# Polars rejects impossible months and days, but rolls a second 60 over.
_DIGITS = {"MM": "[0-9]{2}", "DD": "[0-9]{2}", "HH": "(?:[01][0-9]|2[0-3])", "II": "[0-5][0-9]", "SS": "[0-5][0-9]"}
_ANY_YEAR = "[0-9]{4}"
_USUAL_YEAR = "(?:19[1-9]|[2-8][0-9]{2})[0-9]"
"""The years that are in range in every zone."""


def usual(cell: pl.Expr, _column: Column, parameters: Parameters) -> pl.Expr:
    """Dates and times with all their digits, on days without a transition of the zone."""
    form = parameters.date_time_format
    local = _padded(cell, form, _default_seconds(parameters), _USUAL_YEAR)
    return time_zones.usual_instants(local, parameters.time_zone)


def exact(text: pl.Series, _column: Column, parameters: Parameters) -> pl.DataFrame:
    """Seconds since 1970-01-01T00:00:00Z; `warning` for local times that were skipped or repeated."""
    form = parameters.date_time_format
    local = _local(text, form, _default_seconds(parameters))
    placed = time_zones.instants(local, parameters.time_zone)
    invalid = local.is_null() & text.is_not_null()
    value = pl.col("value")
    inside = value.is_between(EARLIEST, AFTER_LATEST, closed="left")
    outside = pl.lit(local.is_not_null()) & ~inside.fill_null(value=False)
    return placed.select(
        value=pl.when(inside).then(value),
        code=pl.when(pl.lit(invalid)).then(pl.lit("invalid-datetime")).when(outside).then(pl.lit("out-of-range")),
        hint=pl.when(outside)
        .then(sentence('"{}" is not within the years 1900 to 9998', pl.lit(text)))
        .otherwise(pl.lit(_hints(text.set(~invalid, None), form))),
        warning=pl.when(inside).then("warning"),
        warning_hint=pl.when(inside).then("warning_hint"),
    )


@cache
def candidates() -> tuple[DateTimeFormat, ...]:
    """The formats that are suggested when the configured one does not fit."""
    return tuple(DateTimeFormat.parse(date + time) for time in _TIMES for date in _DATES)


def _default_seconds(parameters: Parameters) -> int:
    time = parameters.default_time
    return time.hour * 3600 + time.minute * 60 + time.second


def _local(text: pl.Series, form: DateTimeFormat, default_seconds: int) -> pl.Series:
    """Local times as seconds since 1970-01-01T00:00:00 on the local clock; null where the format does not fit."""
    forms = [form] if form.date_only in (None, form) else [form, form.date_only]
    frame = text.alias("text").to_frame()
    padded = (_padded(pl.col("text"), one, default_seconds) for one in forms if one)
    local = frame.select(pl.coalesce(padded).alias("local")).to_series()
    for one in forms:
        missing = local.is_null() & text.is_not_null()
        if one and missing.any():
            local = local.fill_null(_matched(text.set(~missing, None), one, default_seconds))
    return local


def _padded(cell: pl.Expr, form: DateTimeFormat, default_seconds: int, year: str = _ANY_YEAR) -> pl.Expr:
    """The local times of cells whose every token has all its digits: as `_matched`, but much faster."""
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
        # Polars cannot read hours without minutes.
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

    # Exactly eight digits: strptime alone would accept years and days of other lengths.
    date = pl.concat_str(pl.col("yyyy"), digits("mm"), digits("dd")).str.to_date("%Y%m%d", strict=False)
    seconds = pl.lit(0 if form.has_time else default_seconds, pl.Int64)
    for token, unit, limit in (("hh", 3600, 24), ("ii", 60, 60), ("ss", 1, 60)):
        if token in parts.columns:
            value = pl.col(token).cast(pl.Int64)
            seconds += pl.when(value < limit).then(value * unit)
    return parts.select((date.cast(pl.Int32).cast(pl.Int64) * 86_400 + seconds).alias("local")).to_series()


def _hints(invalid: pl.Series, form: DateTimeFormat) -> pl.Series:
    """For each text that did not fit, formats that do: `… does not fit MM/DD/YYYY; it would fit DD/MM/YYYY`."""
    forms = [one for one in (form, form.date_only) if one]

    def hint(text: str) -> str:
        said = f"{text[:40]} does not fit {form.text}"
        if suggested := _suggested(text):
            return f"{said}; it would fit {' or '.join(suggested)}"
        no_such = any(_pattern(one).fullmatch(text) for one in forms)
        return f"{said}; there is no such day or time" if no_such else said

    return by_distinct(invalid, lambda text: (None, None, hint(text)), pl.Null())["hint"]


def _suggested(text: str) -> list[str]:
    look = re.sub("[0-9]", "0", re.sub(f"[{WHITE_SPACE}]+", " ", text))
    if len(look) > _LONGEST_LOOK:
        return []
    return [one.text for one in _of_look(look) if _fits(text, one)][:_MOST_SUGGESTIONS]


# Many texts share few looks.
@lru_cache(maxsize=1_000)
def _of_look(look: str) -> tuple[DateTimeFormat, ...]:
    """The candidates that fit texts of this look, if the day exists."""
    return tuple(one for one in candidates() if _pattern(one).fullmatch(look))


@cache
def _pattern(form: DateTimeFormat) -> re.Pattern[str]:
    # Python and Polars differ on which characters are white space.
    return re.compile(form.pattern.replace(r"\s", f"[{WHITE_SPACE}]"))


def _fits(text: str, form: DateTimeFormat) -> bool:
    """Whether `_matched` reads the text."""
    found = _pattern(form).fullmatch(text)
    if not found:
        return False
    parts = {token: int(digits) for token, digits in found.groupdict().items()}
    # Python has no year 0, which is a leap year.
    year = parts["yyyy"] or 2000
    hour, minute, second = (parts.get(token, 0) for token in ("hh", "ii", "ss"))
    try:
        datetime(year, parts["mm"], parts["dd"], hour, minute, second, tzinfo=UTC)
    except ValueError:
        return False
    return True


class FormatWatch:
    """Keeps the first values of each date column, to suggest a format that fits more of them."""

    def __init__(self, layout: Layout, form: DateTimeFormat) -> None:
        self._form = form
        self._positions = {one.name: str(at) for one, at in layout.positions.items() if one.kind is Kind.DATETIME}
        self._samples = {name: pl.Series(dtype=pl.String) for name in self._positions}

    def observe(self, batch: Batch) -> None:
        """Keeps the values of a batch, up to a number of them."""
        for name, position in self._positions.items():
            wanted = _SAMPLE - len(self._samples[name])
            if wanted > 0:
                text = batch.cells[position].str.strip_chars()
                if batch.types is not None:
                    text = text.filter(batch.types[position] == CellType.TEXT)
                self._samples[name] = self._samples[name].append(text.filter(text != "").head(wanted))

    def suggestions(self) -> list[str]:
        """A sentence for each column that another format fits better."""
        said = []
        for name, sample in self._samples.items():
            fit = _local(sample, self._form, 0).count()
            if fit == len(sample):
                continue
            counts = [(_local(sample, one, 0).count(), one.text) for one in candidates()]
            best, text = max(counts, key=lambda count: count[0])
            if best > fit and [count for count, _ in counts].count(best) == 1:
                of = "the" if len(sample) < _SAMPLE else "the first"
                said.append(
                    f"{best} of {of} {len(sample)} values of {name} fit {text}, and {fit} fit {self._form}. "
                    f"If the column is in that format: {setting('dateTimeFormat', text)}."
                )
        return said
