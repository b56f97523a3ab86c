"""XLSX: numbers and dates as typed cells, everything else as text."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from milepost.formats.registry import Form
from milepost.formats.write.appearance import day_format, hundredths_of_minutes, refuse, text_of
from milepost.formats.write.output import Content
from milepost.model.columns import Kind
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.exceptions import FileError
from milepost.model.export import Appearance, ExportColumn
from milepost.model.job import TimeFormat
from milepost.model.time_zones import local_times

if TYPE_CHECKING:
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

_NO_CELL = r"[\x{fffe}\x{ffff}]"
"""Matches characters that a cell of XLSX cannot hold; XLSX has an escape of its own for control characters."""
ROWS_OF_A_SHEET = 1_048_576
LONGEST_TEXT = 32_767
"""The maximum UTF-16 units in a cell."""

_Cell = str | float | None

DAY = 86_400
DAY_OF_1970 = 25_569
FIRST_TIME = int(datetime(1900, 3, 1, tzinfo=UTC).timestamp())
"""Before it, the day numbers of spreadsheets are off by one: they have a 29 February 1900."""
_LARGEST_WHOLE = 10**15
"""A spreadsheet stores 15 digits."""

_NUMBER_FORMAT = {"YYYY": "yyyy", "MM": "mm", "DD": "dd", "HH": "hh", "II": "mm", "SS": "ss"}
_USUAL_FORMAT = "yyyy-mm-dd hh:mm:ss"


class WorkbookFile(Content):
    """A workbook that is written row by row to a stream, and the temporary folder that holds its rows until then."""

    def __init__(self, stream: BinaryIO) -> None:
        # The library takes a tenth of a second to import.
        import xlsxwriter  # type: ignore[import-untyped]

        self._folder = tempfile.TemporaryDirectory(prefix="milepost-")
        options = {"constant_memory": True, "strings_to_formulas": False, "tmpdir": self._folder.name}
        self.book = xlsxwriter.Workbook(stream, options)
        # A sheet may exceed 4 GB before compression.
        self.book.use_zip64()
        self._bold = self.book.add_format({"bold": True})

    def begin_sheet(self, headings: Sequence[str]) -> None:
        """Begin a sheet; its first row has `headings`, if there are any."""
        self.sheet: Worksheet = self.book.add_worksheet()
        self.row = 0
        """The row to write next."""
        if headings:
            for place, heading in enumerate(headings):
                self.sheet.write_string(0, place, escaped(heading), self._bold)
            self.sheet.freeze_panes(1, 0)
            self.row = 1

    def finish(self) -> None:
        from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

        try:
            self.book.close()
        except FileCreateError as error:
            raise error.args[0] from error

    def close(self) -> None:
        for sheet in self.book.worksheets():
            # An abandoned workbook leaves its files open.
            sheet._opt_close()
        self._folder.cleanup()


class Spreadsheet(WorkbookFile, Form):
    """Sheets of rows, one after another when full, with dates in local time; a temporary file holds what is written."""

    def __init__(self, stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        Form.__init__(self, stream, columns, appearance)
        WorkbookFile.__init__(self, stream)
        self._rows = 0
        texts = [_number_format(column, appearance) for column in columns]
        made = {text: self.book.add_format({"num_format": text}) for text in dict.fromkeys(texts) if text}
        self._formats: list[Format | None] = [made[text] if text else None for text in texts]
        self._headings = [column.heading for column in columns] if appearance.header else []
        self.begin_sheet(self._headings)

    def write(self, rows: pl.DataFrame) -> None:
        texts = rows.select(column.name for column in self.columns if column.kind is Kind.TEXT)
        refuse(texts, _NO_CELL, self._rows, "which XLSX cannot hold. Change the value, or write another format.")
        cells = [_cells(rows, column, self.appearance) for column in self.columns]
        for row in zip(*cells, strict=True):
            if self.row == ROWS_OF_A_SHEET:
                self.begin_sheet(self._headings)
            self._rows += 1
            for place, value in enumerate(row):
                if isinstance(value, str):
                    if self.sheet.write_string(self.row, place, escaped(value)) != 0:
                        raise FileError(
                            f"{self.columns[place].name} has {len(value):,} characters in row {self._rows:,} of the "
                            f"data, and a cell of XLSX holds {LONGEST_TEXT:,}. Write another format."
                        )
                elif value is not None:
                    self.sheet.write_number(self.row, place, value, self._formats[place])
            self.row += 1


def escaped(text: str) -> str:
    """`text` for xlsxwriter, which writes anything like `<r>…</r>` unescaped, as formatted text."""
    if text.startswith("<r>") and text.endswith("</r>"):
        return f'<r><t xml:space="preserve">{escape(text, quote=False)}</t></r>'
    return text


class Exact(float):
    """A number that xlsxwriter writes with all its digits; it formats others to 16."""

    def __format__(self, _: str) -> str:
        return float.__repr__(self).removesuffix(".0")


def _cells(rows: pl.DataFrame, column: ExportColumn, appearance: Appearance) -> list[_Cell]:
    number, fits = _number(column, appearance), pl.lit(value=True)
    if number is None:
        return rows.select(text_of(column, appearance)).to_series().to_list()
    if column.kind in {Kind.DATETIME, Kind.DAY}:
        fits, number = number >= FIRST_TIME, number / DAY + DAY_OF_1970
    elif column.kind is Kind.INTEGER:
        fits = number.abs() < _LARGEST_WHOLE
    here = rows.select(number=pl.when(fits).then(number), other=pl.when(~fits).then(text_of(column, appearance)))
    cells: list[_Cell] = here["number"].to_list()
    if column.kind is Kind.NUMBER:
        return [None if cell is None else Exact(cell) for cell in cells]
    if here["other"].null_count() < here.height:
        return [text if cell is None else cell for cell, text in zip(cells, here["other"], strict=True)]
    return cells


def _number(column: ExportColumn, appearance: Appearance) -> pl.Expr | None:
    """The values that become numbers, dates as seconds of local time since 1970; None for a column of texts."""
    value = pl.col(column.name)
    match column.kind:
        case Kind.INTEGER | Kind.NUMBER:
            return value
        case Kind.DATETIME:
            return local_times(value, appearance.time_zone)
        case Kind.DAY:
            return value.cast(pl.Int64) * DAY
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
    """The number format for a date format; the usual one if months and minutes would be confused."""
    # A spreadsheet writes both as `mm`, which it reads as minutes directly after hours or before seconds.
    order = " ".join(date_format.tokens)
    confused = "HH MM" in order or "MM SS" in order or ("II" in order and "HH II" not in order and "II SS" not in order)
    if confused:
        return _USUAL_FORMAT
    return "".join(
        _NUMBER_FORMAT[part] if place % 2 == 0 else f'"{part}"' * bool(part)
        for place, part in enumerate(date_format.parts)
    )
