"""XLSX: numbers and dates as typed cells, everything else as text."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from html import escape
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from milepost.formats.registry import Form
from milepost.formats.write.appearance import day_format, hundredths_of_minutes, refuse, text_of
from milepost.formats.write.output import Content
from milepost.formats.write.sheet_rows import LONGEST_TEXT, append, number_cell, numbered, text_cell
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
_ROWS_AT_A_TIME = 10_000
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
        from xlsxwriter import workbook
        from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

        # The library has no setting for it. The usual level takes three times as long, for a file a fifth smaller.
        workbook.ZipFile = partial(zipfile.ZipFile, compresslevel=1)
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
        self._formats = [index_of(made[text]) if text else 0 for text in texts]
        self._headings = [column.heading for column in columns] if appearance.header else []
        self.begin_sheet(self._headings)

    def write(self, rows: pl.DataFrame) -> None:
        texts = rows.select(column.name for column in self.columns if column.kind is Kind.TEXT)
        refuse(texts, _NO_CELL, self._rows, "which XLSX cannot hold. Change the value, or write another format.")
        values = rows.select(one for column in self.columns for one in _values(column, self.appearance))
        self._refuse_long(values)
        cells = [
            pl.coalesce(
                number_cell(pl.col(f"{column.name} number"), place, form), text_cell(pl.col(column.name), place)
            )
            for place, (column, form) in enumerate(zip(self.columns, self._formats, strict=True))
        ]
        while not values.is_empty():
            if self.row == ROWS_OF_A_SHEET:
                self.begin_sheet(self._headings)
            here = values.head(min(_ROWS_AT_A_TIME, ROWS_OF_A_SHEET - self.row))
            append(self.sheet, numbered(here, self.row), cells, self.row, len(cells))
            self.row += here.height
            self._rows += here.height
            values = values.slice(here.height)

    def _refuse_long(self, values: pl.DataFrame) -> None:
        """Raise FileError if a text is too long for a cell."""
        lengths = values.select(pl.col(column.name).str.len_chars() for column in self.columns)
        too_long = lengths.with_row_index("row").filter(pl.any_horizontal(pl.exclude("row") > LONGEST_TEXT))
        for row, *of_row in too_long.head(1).iter_rows():
            name, length = next(
                (column.name, length)
                for column, length in zip(self.columns, of_row, strict=True)
                if length is not None and length > LONGEST_TEXT
            )
            raise FileError(
                f"{name} has {length:,} characters in row {self._rows + row + 1:,} of the "
                f"data, and a cell of XLSX holds {LONGEST_TEXT:,}. Write another format."
            )


def index_of(form: Format) -> int:
    """The index by which cells name a format of their workbook."""
    index: int = form._get_xf_index()
    return index


def escaped(text: str) -> str:
    """`text` for xlsxwriter, which writes anything like `<r>…</r>` unescaped, as formatted text."""
    if text.startswith("<r>") and text.endswith("</r>"):
        return f'<r><t xml:space="preserve">{escape(text, quote=False)}</t></r>'
    return text


def _values(column: ExportColumn, appearance: Appearance) -> Iterator[pl.Expr]:
    """A column's texts, under its name, and its numbers; each cell has one of both, or none."""
    number, fits = _number(column, appearance), pl.lit(value=True)
    if number is None:
        yield text_of(column, appearance).alias(column.name)
        yield pl.lit(None, pl.Int64).alias(f"{column.name} number")
        return
    if column.kind in {Kind.DATETIME, Kind.DAY}:
        fits, number = number >= FIRST_TIME, number / DAY + DAY_OF_1970
    elif column.kind is Kind.INTEGER:
        fits = number.abs() < _LARGEST_WHOLE
    yield pl.when(~fits).then(text_of(column, appearance)).alias(column.name)
    yield pl.when(fits).then(number).alias(f"{column.name} number")


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
