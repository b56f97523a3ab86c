"""Typed values as the texts of an export's appearance, and what these texts cannot preserve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from milepost.model.columns import Kind, Status
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.exceptions import FileError
from milepost.model.export import Appearance, ExportColumn, of_three
from milepost.model.file_formats import Keeps
from milepost.model.job import TimeFormat
from milepost.model.likeness import bare, words
from milepost.model.text import plain_decimal
from milepost.model.time_zones import LAST_RULED_YEAR, last_repeated, local_times
from milepost.model.wording import listed

_STRFTIME = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH": "%H", "II": "%M", "SS": "%S"}
_STRFTIME |= {"YY": "%y", "MMM": "%b", "AM": "%p"}
_HOUR_DIGITS = {TimeFormat.PADDED: 3, TimeFormat.PADDED_HH: 2}
_DAY = DateTimeFormat.parse("YYYY-MM-DD")
_CUT_OFF = {
    "HH": ("time", "that of {} is"),
    "II": ("minutes and seconds", "those of {} are"),
    "SS": ("seconds", "those of {} are"),
}


def rendered(frame: pl.DataFrame, columns: Sequence[ExportColumn], appearance: Appearance) -> pl.DataFrame:
    """The columns of `frame`, which have the types of their kinds, as texts; null stays null."""
    return frame.select(text_of(column, appearance).alias(column.name) for column in columns)


def text_of(column: ExportColumn, appearance: Appearance) -> pl.Expr:
    """The values of a column, which has the type of its kind, as texts."""
    value = pl.col(column.name)
    match column.kind:
        case Kind.TEXT:
            return value
        case Kind.INTEGER:
            return value.cast(pl.String)
        case Kind.NUMBER:
            text = value.map_batches(plain_decimal, return_dtype=pl.String)
            return text if appearance.decimal == "." else text.str.replace(".", appearance.decimal, literal=True)
        case Kind.DATETIME:
            local = pl.from_epoch(local_times(value, appearance.time_zone), time_unit="s")
            return local.dt.strftime(strftime_pattern(appearance.date_time_format))
        case Kind.DURATION:
            return _duration(value, appearance)
        case Kind.STATUS:
            words = {status: word for status, word in status_words(column, appearance).items() if word != status}
            return value.replace(list(words), list(words.values())) if words else value
        case Kind.FLAG:
            return value.replace_strict([True, False], ["Y", "N"], return_dtype=pl.String)
        case Kind.DAY:
            return value.dt.strftime(strftime_pattern(day_format(appearance)))


def status_words(column: ExportColumn, appearance: Appearance) -> dict[Status, str]:
    """The word for each status in a column, the first of several."""
    given = {status: words(word) for status, word in appearance.status_words.items()}
    if column.has_three_words:
        given |= {status: words(word) for status, word in appearance.status_format.items()}
    meant = {status: of_three(status) if column.has_three_words else status for status in Status}
    return {status: (*given.get(one, ()), column.words.get(one) or one.value)[0] for status, one in meant.items()}


def day_format(appearance: Appearance) -> DateTimeFormat:
    """The format of a day without a time."""
    return appearance.date_format or appearance.date_time_format.date_only or _DAY


def hundredths_of_minutes(seconds: pl.Expr) -> pl.Expr:
    """Hundredths of a minute, rounded; the seconds can be computed from them again."""
    return (seconds * 5 + 1) // 3


def losses(columns: Sequence[ExportColumn], appearance: Appearance) -> tuple[str, ...]:
    """What an import of the file cannot read back as stored, a sentence each."""
    return tuple(_losses(columns, appearance))


def _losses(columns: Sequence[ExportColumn], appearance: Appearance) -> Iterator[str]:
    keeps, date_format = appearance.file_format.entry.keeps, appearance.date_time_format
    instants, durations = (
        listed(column.name for column in columns if column.kind is kind) for kind in (Kind.DATETIME, Kind.DURATION)
    )
    lacking = [token for token in _CUT_OFF if token not in date_format.tokens]
    if instants and lacking and keeps is Keeps.SHOWN:
        what, dropped = _CUT_OFF[lacking[0]]
        yield f"{date_format} has no {what}: {dropped.format(instants)} dropped."
    writes_local_times = keeps is Keeps.LOCAL_TIMES or (keeps is Keeps.SHOWN and date_format.has_time)
    if instants and writes_local_times and (year := last_repeated(appearance.time_zone)):
        when = "are put back" if year == LAST_RULED_YEAR else f"were put back, last in {year}"
        yield (
            f"Where the clocks of {appearance.time_zone} {when}, a local time occurs twice; {instants} cannot "
            "show which of the two it is, and an import uses the first."
        )
    if durations and keeps is not Keeps.INSTANTS and appearance.time_global_format in _HOUR_DIGITS:
        yield f"{appearance.time_global_format} has no seconds: those of {durations} are dropped."
    for column in columns:
        if column.kind is Kind.STATUS and not column.has_three_words:
            yield from _ambiguous(column, appearance)


def _ambiguous(column: ExportColumn, appearance: Appearance) -> Iterator[str]:
    words = status_words(column, appearance)
    for one in dict.fromkeys(map(bare, words.values())):
        statuses = [status for status, word in words.items() if bare(word) == one]
        if len(statuses) > 1:
            yield f'In {column.name} the word "{words[statuses[0]]}" means {listed(statuses)}.'


def _duration(seconds: pl.Expr, appearance: Appearance) -> pl.Expr:
    """Durations in one of the five formats; they are never negative."""
    time_format = appearance.time_global_format
    if time_format is TimeFormat.RAW_SECONDS:
        return seconds.cast(pl.String)
    if time_format is TimeFormat.RAW_MINUTES:
        hundredths = hundredths_of_minutes(seconds)
        return pl.concat_str(
            (hundredths // 100).cast(pl.String), pl.lit(appearance.decimal), _digits(hundredths % 100, 2)
        )
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if time_format is TimeFormat.ISO_8601:
        parts = ((hours, "H"), (minutes, "M"), (seconds % 60, "S"))
        written = (pl.when(part > 0).then(part.cast(pl.String) + unit).otherwise(pl.lit("")) for part, unit in parts)
        return (
            pl.when(seconds == 0)
            .then(pl.lit("PT0S"))
            .when(seconds.is_not_null())
            .then(pl.concat_str(pl.lit("PT"), *written))
        )
    # Seconds are dropped, not rounded, so that no export increases a time.
    return pl.concat_str(_digits(hours, _HOUR_DIGITS[time_format]), pl.lit(":"), _digits(minutes, 2))


def _digits(number: pl.Expr, width: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(width)


def strftime_pattern(date_format: DateTimeFormat) -> str:
    """The same format for `strftime`."""
    known = _STRFTIME | {"HH": "%I"} if "AM" in date_format.tokens else _STRFTIME
    return "".join(known[part] if place % 2 == 0 else part for place, part in enumerate(date_format.parts))


def refuse(texts: pl.DataFrame, pattern: str, rows_before: int, why: str, *, is_header: bool = False) -> None:
    """Raise FileError if a cell has a character that `pattern`, one bracketed class, matches."""
    found = [
        (hits[0], place)
        for place, column in enumerate(texts)
        if (hits := column.str.contains(pattern).fill_null(value=False).arg_true()).len()
    ]
    if not found:
        return
    row, place = min(found)
    character = texts.to_series(place).slice(row, 1).str.extract(f"({pattern})").item()
    code_point = f"U+{ord(character):04X}"
    sign = f'"{character}" ({code_point})' if character.isprintable() else code_point
    where = "the header" if is_header else f"row {rows_before + row + 1:,} of the data"
    raise FileError(f"{texts.columns[place]} has {sign} in {where}, {why}", code="file-unwritable")
