"""Typed cells of a spreadsheet or a table as the text that the same job reads as the same value."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from milepost.model.batch import Batch, CellType
from milepost.model.columns import Column, Kind
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.job import Parameters, TimeFormat
from milepost.model.time_zones import AFTER_LATEST, EARLIEST, instants, local_times

_DECIMAL_KINDS = (Kind.INTEGER, Kind.NUMBER, Kind.DURATION)

_GROUPS = {"YYYY": "${year}", "MM": "${month}", "DD": "${day}", "HH": "${hour}", "II": "${minute}", "SS": "${second}"}
_DATE = r"^(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})"
_DATETIME = _DATE + r" (?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})$"


def as_text(batch: Batch, rows: pl.Series, positions: Mapping[Column, int], parameters: Parameters) -> pl.DataFrame:
    """The records for which `rows` (Boolean) is true: `line` and the cells, as in `Batch.cells`.

    Dates stand in the job's date format, durations as its time format reads them, numbers with its decimal sign.
    A date and time that the format has no room for stands as YYYY-MM-DD HH:MM:SS: it would not come back whole.
    """
    cells = batch.cells.filter(rows)
    if batch.types is None:
        return cells
    types = batch.types.filter(rows).select(pl.all().name.suffix("?"))
    both = pl.concat([cells, types], how="horizontal")
    rendered = [_rendered(str(place), column.kind, parameters).alias(str(place)) for column, place in positions.items()]
    return both.with_columns(rendered).select(cells.columns)


def _rendered(name: str, kind: Kind, parameters: Parameters) -> pl.Expr:
    text, type_ = pl.col(name), pl.col(f"{name}?")
    if kind is Kind.DATETIME:
        return (
            pl.when(type_ == CellType.DATE)
            .then(_date(text, parameters))
            .when(type_ == CellType.DATETIME)
            .then(_datetime(text, parameters))
            .when(type_ == CellType.INSTANT)
            .then(_instant(text, parameters))
            .otherwise(text)
        )
    if kind is Kind.DURATION and parameters.time_global_format is not TimeFormat.RAW_SECONDS:
        iso = pl.concat_str(pl.lit("PT"), text, pl.lit("S"))
        text = pl.when(type_ == CellType.DURATION).then(iso).otherwise(text)
    if kind in _DECIMAL_KINDS:
        comma = text.str.replace(".", parameters.decimal, literal=True)
        return pl.when(type_.is_in([CellType.NUMBER, CellType.DURATION])).then(comma).otherwise(text)
    return text


def _date(text: pl.Expr, parameters: Parameters) -> pl.Expr:
    date_only = parameters.date_time_format.date_only
    if date_only is not None:
        return text.str.replace(_DATE + "$", _replacement(date_only))
    # The format has no room for a date alone: the time that completes it is written out.
    return _datetime(text + parameters.default_time.strftime(" %H:%M:%S"), parameters)


def _datetime(text: pl.Expr, parameters: Parameters) -> pl.Expr:
    date_format = parameters.date_time_format
    lacking = [token for token in ("HH", "II", "SS") if token not in date_format.tokens]
    # What the format leaves out must be what is put there when the text is read again.
    needed = {"HH": parameters.default_time.strftime(" %H:%M:%S"), "II": ":00:00", "SS": ":00"}
    written = text.str.replace(_DATETIME, _replacement(date_format))
    return pl.when(text.str.ends_with(needed[lacking[0]])).then(written).otherwise(text) if lacking else written


def _instant(text: pl.Expr, parameters: Parameters) -> pl.Expr:
    """In local time; as it is where a local time would be read as another instant, or as none."""
    instant = text.str.to_datetime("%Y-%m-%d %H:%M:%SZ", strict=False).dt.epoch("s")
    instant = pl.when(instant.is_between(EARLIEST, AFTER_LATEST, closed="left")).then(instant)
    local = local_times(instant, parameters.time_zone)
    back = local.map_batches(lambda times: instants(times, parameters.time_zone)["value"], return_dtype=pl.Int64)
    written = _datetime(pl.from_epoch(local, time_unit="s").dt.strftime("%Y-%m-%d %H:%M:%S"), parameters)
    return pl.when(back == instant).then(written).otherwise(text)


def _replacement(date_format: DateTimeFormat) -> str:
    parts = date_format.parts
    return "".join(_GROUPS[part] if place % 2 == 0 else part for place, part in enumerate(parts))
