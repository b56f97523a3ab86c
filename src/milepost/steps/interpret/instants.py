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
from milepost.model.likeness import WHITE_SPACE, fold
from milepost.model.text import sentence, utc_text
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
    "DD/MM/YY",
    "MM/DD/YY",
    "DD.MM.YY",
    "DD MMM YYYY",
    "DD. MMM YYYY",
    "DD-MMM-YYYY",
    "DD-MMM-YY",
    "MMM DD, YYYY",
)
_TIMES = (" HH:II:SS", " HH:II", "", " HH:II:SS AM", " HH:II AM")
_SERIAL = DateTimeFormat.parse("serial")
_LIKELY_SERIAL = "^[2-7][0-9]{4}(?:[.,][0-9]+)?$"
"""Day numbers of the years 1954 to 2118: other numbers are rarely dates."""
_LONGEST_LOOK = 50
_MOST_SUGGESTIONS = 2
_MOST_LOOKS = 100
_SAMPLE = 10_000
"""How many values of a column the format is judged by."""

_FIRST_SERIAL, _LAST_SERIAL = 61, 2_958_465
"""1900-03-01 and 9999-12-31. Before, spreadsheets count a day that never was."""
_SERIAL_EPOCH = 25_569
"""The number of 1970-01-01."""
_FRACTION_DIGITS = 12
"""Further digits of the fraction of a day are less than a microsecond."""
_LANGUAGES = ("en", "de", "de_AT", "fr", "fr_CA", "es", "it", "pt", "nl")

_STRPTIME = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH": "%H", "II": "%M", "SS": "%S"}
# Polars rejects impossible months and days, but rolls a second 60 over.
_DIGITS = {"MM": "[0-9]{2}", "DD": "[0-9]{2}", "HH": "(?:[01][0-9]|2[0-3])", "II": "[0-5][0-9]", "SS": "[0-5][0-9]"}
_DAY = 86_400
_OFFSET_AT_END = re.compile(r"\s*(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)$")
_ANY_YEAR = "[0-9]{4}"
_USUAL_YEAR = "(?:19[1-9]|[2-8][0-9]{2})[0-9]"
"""The years that are in range in every zone."""


def usual(cell: pl.Expr, _column: Column, parameters: Parameters) -> pl.Expr:
    """Dates and times with all their digits, which fit one format only, on days without a transition of the zone."""
    forms = parameters.date_time_format.alternatives
    found: list[pl.Expr] = []
    for one in forms:
        if one.is_plain:
            local = _padded(cell, one, _default_seconds(parameters), _USUAL_YEAR)
            patterns = [each.pattern for other in forms if other is not one for each in _with_date_only(other)]
            fits_others = [cell.str.contains(pattern) for pattern in patterns]
            found.append(pl.when(~pl.any_horizontal(fits_others)).then(local) if fits_others else local)
    local = pl.coalesce(found) if found else pl.when(cell.is_null()).then(pl.lit(None, pl.Int64))
    return time_zones.usual_instants(local, parameters.time_zone)


def exact(text: pl.Series, _column: Column, parameters: Parameters) -> pl.DataFrame:
    """Seconds since 1970-01-01T00:00:00Z; `warning` for local times that were skipped or repeated, `ambiguity` for
    values that a later format reads as another instant."""
    distinct = text.drop_nulls().unique().alias("text")
    read = _read(distinct, parameters).with_columns(distinct)
    return text.alias("text").to_frame().join(read, on="text", how="left", maintain_order="left").drop("text")


def _read(text: pl.Series, parameters: Parameters) -> pl.DataFrame:
    """As `exact`, of texts without null."""
    form = parameters.date_time_format
    first, *others = form.alternatives
    taken = _placed(text, first, parameters).with_columns(ambiguity_hint=pl.lit(None, pl.String))
    for one in others:
        later = _placed(text, one, parameters).rename(lambda name: f"later.{name}")
        both = pl.concat([taken, later], how="horizontal")
        differs = pl.col("value") != pl.col("later.value")
        hint = sentence("{} reads it as {} UTC, {} as {} UTC", "form", utc_text("value"), "later.form", _LATER_TEXT)
        both = both.with_columns(ambiguity_hint=pl.coalesce("ambiguity_hint", pl.when(differs).then(hint)))
        names = [name for name in taken.columns if name != "ambiguity_hint"]
        chosen = (
            pl.when(pl.col("local").is_null()).then(f"later.{name}").otherwise(name).alias(name) for name in names
        )
        taken = both.with_columns(chosen).select(taken.columns)
    invalid, value = pl.col("local").is_null(), pl.col("value")
    return taken.select(
        value,
        code=pl.when(invalid).then(pl.lit("invalid-datetime")).when(value.is_null()).then(pl.lit("out-of-range")),
        hint=pl.when(~invalid & value.is_null())
        .then(sentence('"{}" is not within the years 1900 to 9998', pl.lit(text)))
        .otherwise(pl.lit(_hints(text.set(taken["local"].is_not_null(), None), form))),
        warning=pl.col("warning"),
        warning_hint=pl.col("warning_hint"),
        ambiguity=pl.when(pl.col("ambiguity_hint").is_not_null()).then(pl.lit("ambiguous-datetime")),
        ambiguity_hint=pl.col("ambiguity_hint"),
    )


_LATER_TEXT = utc_text("later.value")


def _placed(text: pl.Series, form: DateTimeFormat, parameters: Parameters) -> pl.DataFrame:
    """What one format makes of texts: `local`, null where it does not fit; `value`, the instant, null where it does not
    fit or is out of range; `warning` and `warning_hint`; `form`, as written."""
    read = _local(text, form, _default_seconds(parameters))
    local, is_instant = read["local"], read["is_instant"]
    placed = time_zones.instants(local.set(is_instant, None), parameters.time_zone)
    value = pl.when(pl.lit(is_instant)).then(pl.lit(local)).otherwise("value")
    inside = value.is_between(EARLIEST, AFTER_LATEST, closed="left")
    return placed.select(
        value=pl.when(inside).then(value),
        local=pl.lit(local),
        warning=pl.when(inside).then("warning"),
        warning_hint=pl.when(inside).then("warning_hint"),
        form=pl.lit(form.text),
    )


@cache
def candidates() -> tuple[DateTimeFormat, ...]:
    """The formats that are suggested when the configured one does not fit."""
    return (*(DateTimeFormat.parse(date + time) for time in _TIMES for date in _DATES), _SERIAL)


def _default_seconds(parameters: Parameters) -> int:
    time = parameters.default_time
    return time.hour * 3600 + time.minute * 60 + time.second


def _with_date_only(form: DateTimeFormat) -> tuple[DateTimeFormat, ...]:
    """A format, and the one of its date alone if that is another one."""
    return (form,) if form.date_only in (None, form) else (form, form.date_only)


def _local(text: pl.Series, form: DateTimeFormat, default_seconds: int) -> pl.DataFrame:
    """What one format makes of texts: `local`, the time as seconds since 1970-01-01T00:00:00 on the local clock, or in
    UTC where `is_instant` says that the value has an offset; null where the format does not fit."""
    if form.is_serial:
        return _serial(text, default_seconds)
    forms = _with_date_only(form)
    read = pl.DataFrame({"local": pl.Series([None], dtype=pl.Int64).new_from_index(0, len(text))})
    if form.is_plain:
        padded = (_padded(pl.col("text"), one, default_seconds) for one in forms)
        read = text.alias("text").to_frame().select(local=pl.coalesce(padded))
    read = read.with_columns(is_instant=pl.lit(value=False))
    for one in forms:
        if read["local"].null_count() == text.null_count():
            break
        missing = read["local"].is_null() & text.is_not_null()
        matched = _matched(text.set(~missing, None), one, default_seconds)
        read = read.select(
            pl.when(pl.lit(missing)).then(pl.lit(matched[name])).otherwise(name).alias(name) for name in read.columns
        )
    return read


def _serial(text: pl.Series, default_seconds: int) -> pl.DataFrame:
    parts = text.str.extract_groups(_SERIAL.pattern).struct.unnest()
    days, digits = pl.col("days").cast(pl.Int64), pl.col("fraction").str.slice(0, _FRACTION_DIGITS)
    whole = 10**_FRACTION_DIGITS
    fraction = digits.str.pad_end(_FRACTION_DIGITS, "0").cast(pl.Int64).fill_null(0)
    # Halves are rounded up.
    seconds = (fraction * (2 * _DAY) + whole) // (2 * whole)
    time = pl.when(pl.col("fraction").str.contains("[1-9]")).then(seconds).otherwise(default_seconds)
    fits = days.is_between(_FIRST_SERIAL, _LAST_SERIAL)
    return parts.select(local=pl.when(fits).then((days - _SERIAL_EPOCH) * _DAY + time), is_instant=pl.lit(value=False))


def _padded(cell: pl.Expr, form: DateTimeFormat, default_seconds: int, year: str = _ANY_YEAR) -> pl.Expr:
    """The local times of cells of a plain format whose every token has all its digits: as `_matched`, but much
    faster."""
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
    return fitting.str.to_date("".join(wanted), strict=False).cast(pl.Int64) * _DAY + default_seconds


def _matched(text: pl.Series, form: DateTimeFormat, default_seconds: int) -> pl.DataFrame:
    """As `_local`, of texts without null, by the format alone."""
    parts = text.str.extract_groups(form.pattern).struct.unnest()
    numbers = {token: pl.col(token).cast(pl.Int64) for token in ("yy", "mm", "dd", "hh", "ii", "ss") if token in parts}
    if "mmm" in parts:
        numbers["mm"] = pl.lit(_months(parts["mmm"]))
    year = pl.col("yyyy") if "yyyy" in parts else ((numbers["yy"] + 30) % 100 + 1970).cast(pl.String)
    month, day = (numbers[token].cast(pl.String).str.zfill(2) for token in ("mm", "dd"))
    # Exactly eight digits: strptime alone would accept years and days of other lengths.
    date = pl.concat_str(year, month, day).str.to_date("%Y%m%d", strict=False).cast(pl.Int32).cast(pl.Int64)
    hour = numbers.get("hh", pl.lit(0))
    if "am" in parts:
        # Noon and midnight are 12.
        half = pl.when(pl.col("am").str.to_lowercase().str.starts_with("p")).then(12).otherwise(0)
        hour = pl.when(hour.is_between(1, 12)).then(hour % 12 + half)
    seconds = pl.lit(0 if form.has_time else default_seconds, pl.Int64)
    for value, unit, limit in ((hour, 3600, 24), (numbers.get("ii"), 60, 60), (numbers.get("ss"), 1, 60)):
        if value is not None:
            seconds += pl.when(value < limit).then(value * unit)
    offset = pl.col("offset") if "offset" in parts else pl.lit(None, pl.String)
    return parts.select(local=date * _DAY + seconds - _seconds(offset).fill_null(0), is_instant=offset.is_not_null())


def _seconds(offset: pl.Expr) -> pl.Expr:
    """The seconds of an offset such as `Z`, `+02`, `-0230` or `+02:00`."""
    digits = offset.str.replace(":", "").str.replace("Z", "+00").str.pad_end(5, "0")
    size = digits.str.slice(1, 2).cast(pl.Int64) * 3600 + digits.str.slice(3, 2).cast(pl.Int64) * 60
    return pl.when(digits.str.starts_with("-")).then(-size).otherwise(size)


def _months(names: pl.Series) -> pl.Series:
    """The numbers of months by their names or abbreviations; null for other words."""
    distinct = names.drop_nulls().unique()
    numbers = pl.Series([_month(one) for one in distinct], dtype=pl.Int64)
    return names.replace_strict(distinct, numbers, default=None, return_dtype=pl.Int64)


def _month(name: str) -> int | None:
    return _names_of_months().get(fold(name.removesuffix(".")))


@cache
def _names_of_months() -> dict[str, int]:
    from babel import Locale  # slow to import, and few files have names of months

    found = {"mrz": 3}  # so abbreviated by German spreadsheets, but not by CLDR
    for language in _LANGUAGES:
        for forms in Locale.parse(language).months.values():
            names = [*forms["wide"].items(), *forms["abbreviated"].items()]
            found |= {fold(name.removesuffix(".")): number for number, name in names}
    return found


def _hints(invalid: pl.Series, form: DateTimeFormat) -> pl.Series:
    """For each text that did not fit, formats that do: `… does not fit MM/DD/YYYY; it would fit DD/MM/YYYY`."""
    forms = [each for one in form.alternatives for each in _with_date_only(one)]

    def hint(text: str) -> str:
        said = f"{text[:40]} does not fit {form.text}"
        date = _OFFSET_AT_END.sub("", text)
        if date != text and any(_pattern(one).fullmatch(date) for one in forms if not one.has_time):
            return f"{said}; an offset needs a time"
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
    parts = found.groupdict()
    if form.is_serial:
        return re.match(_LIKELY_SERIAL, text) is not None
    # Python has no year 0, which is a leap year.
    year = int(parts.get("yyyy") or parts["yy"]) or 2000
    month = _month(parts["mmm"]) if "mmm" in parts else int(parts["mm"])
    hour, minute, second = (int(parts.get(token) or 0) for token in ("hh", "ii", "ss"))
    if "am" in parts:
        hour = hour - 1 if 1 <= hour <= 12 else 24
    try:
        datetime(year, month or 0, int(parts["dd"]), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return False
    return True


def read_by(texts: pl.Series, form: DateTimeFormat) -> pl.Series:
    """The local times that one format reads, as seconds since 1970-01-01T00:00:00; null where a text does not fit."""
    return _local(texts, form, 0)["local"]


def _fitting(sample: pl.Series, form: DateTimeFormat) -> int:
    """How many values one of the formats fits; of day numbers, only likely ones."""
    if form is _SERIAL:
        sample = sample.filter(sample.str.contains(_LIKELY_SERIAL))
    fits = pl.DataFrame([_local(sample, one, 0)["local"].alias(one.text) for one in form.alternatives])
    return int(fits.select(pl.any_horizontal(pl.all().is_not_null()).sum()).item())


def _counted(sample: pl.Series) -> list[tuple[DateTimeFormat, int]]:
    """The formats that have the look of some texts, each with how many it fits; the one that fits most first."""
    looks = sample.str.replace_all("[0-9]", "0").str.replace_all(r"\s+", " ").unique(maintain_order=True)
    forms = dict.fromkeys(one for look in looks.head(_MOST_LOOKS) for one in _of_look(look))
    return sorted(((one, _fitting(sample, one)) for one in forms), key=lambda found: found[1], reverse=True)


def forms_of(sample: pl.Series) -> list[DateTimeFormat]:
    """The formats that at least half of some texts fit, the one that most of them fit first."""
    return [one for one, count in _counted(sample) if count * 2 > len(sample)]


class FormatWatch:
    """Keeps the first values of each date column, to suggest a format that fits more of them."""

    def __init__(self, layout: Layout, form: DateTimeFormat) -> None:
        self._form = form
        dates = [one for one in layout.positions if one.kind is Kind.DATETIME and one not in layout.joined]
        self._positions = {one.name: str(layout.positions[one]) for one in dates}
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

    @property
    def wants_more(self) -> bool:
        """Whether more values would be kept."""
        return any(len(sample) < _SAMPLE for sample in self._samples.values())

    def state(self) -> pl.DataFrame:
        """The values that were kept, for `add`: `column` and `value`."""
        kept = {"column": list(self._samples), "value": list(self._samples.values())}
        return pl.DataFrame(kept, {"column": pl.String(), "value": pl.List(pl.String)}).explode("value").drop_nulls()

    def add(self, state: pl.DataFrame) -> None:
        """Adds the values that another one has kept of later lines of the file."""
        for name, sample in self._samples.items():
            more = state.filter(pl.col("column") == name)["value"]
            self._samples[name] = sample.append(more.head(max(0, _SAMPLE - len(sample))))

    def suggestions(self) -> list[str]:
        """A sentence for each column that another format fits better."""
        said = []
        for name, sample in self._samples.items():
            fit = _fitting(sample, self._form)
            if fit == len(sample):
                continue
            counted = _counted(sample)
            form, best = next(iter(counted), (self._form, 0))
            if best > fit and [count for _, count in counted].count(best) == 1:
                text, of = form.text, "the" if len(sample) < _SAMPLE else "the first"
                said.append(
                    f"{best} of {of} {len(sample)} values of {name} fit {text}, and {fit} fit {self._form}. "
                    f"If the column is in that format: {setting('dateTimeFormat', text)}."
                )
        return said
