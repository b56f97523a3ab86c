"""XLSX: numbers and dates in cells of their own types, everything else as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import BinaryIO

import polars as pl

from milepost.formats.write.appearance import day_format, hundredths_of_minutes, text_of
from milepost.formats.write.characters import NO_CELL, refusal
from milepost.formats.write.form import Form
from milepost.formats.write.sheets import Cell, Sheets
from milepost.model.columns import Kind
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.export import Appearance, ExportColumn
from milepost.model.job import TimeFormat
from milepost.model.time_zones import local_times

_DAY = 86_400
_DAY_OF_1970 = 25_569
_FIRST_TIME = int(datetime(1900, 3, 1, tzinfo=UTC).timestamp())
"""Before it the days of a spreadsheet are not those of the calendar: it has a 29 February 1900."""
_LARGEST_WHOLE = 10**15
"""A spreadsheet keeps 15 digits."""

_NUMBER_FORMAT = {"YYYY": "yyyy", "MM": "mm", "DD": "dd", "HH": "hh", "II": "mm", "SS": "ss"}
_USUAL_FORMAT = "yyyy-mm-dd hh:mm:ss"


class Spreadsheet(Form):
    """Sheets of rows; dates stand in local time."""

    def __init__(self, stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        """Nothing is written yet."""
        self._columns = columns
        self._appearance = appearance
        self._rows = 0
        self._sheets = Sheets(
            stream,
            [column.name for column in columns],
            header=[column.heading for column in columns] if appearance.header else None,
            number_formats=[_number_format(column, appearance) for column in columns],
        )

    def write(self, rows: pl.DataFrame) -> None:
        """See `Form.write`; raises FileError for a text that no cell can hold."""
        texts = rows.select(column.name for column in self._columns if column.kind is Kind.TEXT)
        why = "which XLSX cannot hold. Change the value, or write another format."
        refused = refusal(texts, NO_CELL, self._rows, why)
        if refused is not None:
            raise refused
        cells = [_cells(rows, column, self._appearance) for column in self._columns]
        self._sheets.write(zip(*cells, strict=True))
        self._rows += rows.height

    def finish(self) -> None:
        """See `Form.finish`."""
        self._sheets.finish()

    def close(self) -> None:
        """See `Form.close`."""
        self._sheets.close()


class _Exact(float):
    """A number that xlsxwriter writes with all its digits, where it would write 16."""

    def __format__(self, _: str) -> str:
        return float.__repr__(self).removesuffix(".0")


def _cells(rows: pl.DataFrame, column: ExportColumn, appearance: Appearance) -> list[Cell]:
    """The cells of one column."""
    number, fits = _number(column, appearance), pl.lit(value=True)
    if number is None:
        return rows.select(text_of(column, appearance)).to_series().to_list()
    if column.kind in {Kind.DATETIME, Kind.DAY}:
        fits, number = number >= _FIRST_TIME, number / _DAY + _DAY_OF_1970
    elif column.kind is Kind.INTEGER:
        fits = number.abs() < _LARGEST_WHOLE
    here = rows.select(number=pl.when(fits).then(number), other=pl.when(~fits).then(text_of(column, appearance)))
    cells: list[Cell] = here["number"].to_list()
    if column.kind is Kind.NUMBER:
        return [None if cell is None else _Exact(cell) for cell in cells]
    if here["other"].null_count() < here.height:
        return [text if cell is None else cell for cell, text in zip(cells, here["other"], strict=True)]
    return cells


def _number(column: ExportColumn, appearance: Appearance) -> pl.Expr | None:
    """What stands as a number: dates as seconds of local time since 1970; None for what stands as text."""
    value = pl.col(column.name)
    match column.kind:
        case Kind.INTEGER | Kind.NUMBER:
            return value
        case Kind.DATETIME:
            return local_times(value, appearance.time_zone)
        case Kind.DAY:
            return value.cast(pl.Int64) * _DAY
        case Kind.DURATION if appearance.time_global_format is TimeFormat.RAW_SECONDS:
            return value
        case Kind.DURATION if appearance.time_global_format is TimeFormat.RAW_MINUTES:
            return hundredths_of_minutes(value) / 100
        case _:
            return None


def _number_format(column: ExportColumn, appearance: Appearance) -> str | None:
    if column.kind is Kind.DURATION and appearance.time_global_format is TimeFormat.RAW_MINUTES:
        return "0.00"
    if column.kind is Kind.DATETIME:
        return _date_format(appearance.date_time_format)
    return _date_format(day_format(appearance)) if column.kind is Kind.DAY else None


def _date_format(date_format: DateTimeFormat) -> str:
    """The same as a spreadsheet has it; the usual one where a spreadsheet would mistake months for minutes, or these.

    To it both are `mm`, and they are minutes just after the hours and just before the seconds.
    """
    order = " ".join(date_format.tokens)
    mistaken = "HH MM" in order or "MM SS" in order or ("II" in order and "HH II" not in order and "II SS" not in order)
    if mistaken:
        return _USUAL_FORMAT
    return "".join(
        _NUMBER_FORMAT[part] if place % 2 == 0 else f'"{part}"' * bool(part)
        for place, part in enumerate(date_format.parts)
    )
