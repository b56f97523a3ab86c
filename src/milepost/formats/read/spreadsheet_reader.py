"""Spreadsheets: XLSX, XLS and ODS by calamine, cells as text with what type each is."""

from __future__ import annotations

import datetime as dt
import itertools
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, cast

import polars as pl
import python_calamine

from milepost.formats import registry
from milepost.formats.read import spreadsheet_errors
from milepost.formats.read.byte_stream import BLOCK, ByteStream
from milepost.formats.source import Expected, First, rejects_form
from milepost.model.batch import Batch, CellType, Ragged
from milepost.model.exceptions import FileError, MilepostError
from milepost.model.job import Reading
from milepost.model.temporary import no_room
from milepost.model.text import WHITE_SPACE
from milepost.model.wording import quoted, setting

ROWS = 5_000
"""How many rows of a sheet are turned into text at a time."""

_Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
_Cell = tuple[str, CellType]
_Row = tuple[int, list[_Cell]]
_NOTHING: _Cell = ("", CellType.EMPTY)
_NO_ERRORS: Mapping[int, str] = MappingProxyType({})


def open_spreadsheet(content: ByteStream, expected: Expected, stack: ExitStack) -> SpreadsheetSource:
    """A spreadsheet; that of a stream is kept in a temporary file. Raises FileError."""
    if content.path is not None:
        return SpreadsheetSource(content.path, content.name, _digest(content, None), expected.reading)
    ending = registry.by_content(content.peek()).endings[0]
    try:
        kept = stack.enter_context(tempfile.NamedTemporaryFile(prefix="milepost-", suffix=ending))  # noqa: SIM115 - the stack does
        sha256 = _digest(content, cast("BinaryIO", kept))
        kept.flush()
    except OSError as error:
        raise no_room(error) from error
    return SpreadsheetSource(Path(kept.name), content.name, sha256, expected.reading)


class SpreadsheetSource:
    """One sheet of a spreadsheet file."""

    padded = True
    notes: tuple[str, ...] = ()

    def __init__(self, path: Path, name: str, sha256: str, reading: Reading) -> None:
        """The sheet that `reading` names, or the first. Raises FileError."""
        self.name = name
        self.delimiter, self.encoding = rejects_form(reading)
        sheet = reading.sheet
        self._sha256 = sha256
        with _damage_said(name):
            spreadsheet_errors.examine(path)
            workbook = python_calamine.load_workbook(str(path))
            names = [found.name for found in workbook.sheets_metadata if _has_cells(found)]
            if not names:
                raise FileError(f"{name} has no sheet with cells.")
            if sheet is not None and sheet not in names:
                remedy = f"Name one with {setting('sheet')}."
                raise FileError(f'{name} has no sheet "{sheet}"; it has {quoted(names)}. {remedy}')
            chosen = names[0] if sheet is None else sheet
            # First: calamine does not survive all that this refuses.
            self._errors = spreadsheet_errors.find(path, name, chosen)
            self._sheet = workbook.get_sheet_by_name(chosen)
        self._rows = self._read()
        self._waiting: _Row | None = None
        if sheet is None and len(names) > 1:
            self.notes = (f"Of the sheets {quoted(names)} the first is read; {setting('sheet')} names another.",)

    def first(self, *, past_empty: bool) -> First | None:
        """See `Source.first`; cells after the last that is not empty are left out."""
        while self._waiting is None or (past_empty and not self._waiting[1]):
            self._waiting = next(self._rows, None)
            if self._waiting is None:
                return None
        line, row = self._waiting
        return First(line, tuple(text for text, _ in row))

    def skip_first(self) -> None:
        """See `Source.skip_first`."""
        self._waiting = None

    def batches(self, width: int) -> Iterator[Batch]:
        """See `Source.batches`."""
        waiting = [] if self._waiting is None else [self._waiting]
        rows = itertools.chain(waiting, self._rows)
        while part := list(itertools.islice(rows, ROWS)):
            yield _batch(part, width)

    def sha256(self) -> str:
        """See `Source.sha256`."""
        return self._sha256

    def _read(self) -> Iterator[_Row]:
        """Every row of the sheet with its number, cells after the last that is not empty left out."""
        # Rows above the first used one are given, cells left of the first used one are not.
        left = [""] * (self._sheet.start or (0, 0))[1]
        for number, values in enumerate(self._sheet.iter_rows(), start=1):
            errors = self._errors.get(number, _NO_ERRORS)
            row = [_cell(value) for value in itertools.chain(left, values)]
            for place, text in errors.items():
                row.extend([_NOTHING] * (place + 1 - len(row)))
                row[place] = (text, CellType.ERROR)
            while row and not row[-1][0].strip(WHITE_SPACE):
                row.pop()
            yield number, row


@contextmanager
def _damage_said(name: str) -> Iterator[None]:
    try:
        yield
    except (MilepostError, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except python_calamine.PasswordError as error:
        raise FileError(f"{name} is protected by a password. Save it without one.") from error
    # For damage the readers raise anything, panics too, which are no Exception.
    except BaseException as error:
        raise FileError(
            f"{name} cannot be read as the spreadsheet its ending says it is ({error}). "
            "Is it damaged, protected by a password, or another format? Save it again as .xlsx or CSV."
        ) from error


def _has_cells(sheet: python_calamine.SheetMetadata) -> bool:
    return sheet.typ == python_calamine.SheetTypeEnum.WorkSheet


def _digest(content: ByteStream, copy: BinaryIO | None) -> str:
    """Reads all of a file, into `copy` too if there is one."""
    empty = True
    while block := content.read(BLOCK):
        empty = False
        if copy is not None:
            copy.write(block)
    if empty:
        raise FileError(f"{content.name} is empty: there is not a single byte in it. Was it written completely?")
    return content.sha256()


def _batch(rows: list[_Row], width: int) -> Batch:
    regular = [(line, row + [_NOTHING] * (width - len(row))) for line, row in rows if len(row) <= width]
    ragged = tuple(Ragged(line, tuple(text for text, _ in row)) for line, row in rows if len(row) > width)
    lines = pl.Series("line", [line for line, _ in regular], dtype=pl.Int64)
    places = range(width)
    texts = [pl.Series(str(place), [row[place][0] for _, row in regular], dtype=pl.String) for place in places]
    types = [pl.Series(str(place), [row[place][1].value for _, row in regular], dtype=pl.String) for place in places]
    return Batch(pl.DataFrame([lines, *texts]), pl.DataFrame(types), ragged)


def _cell(value: _Value) -> _Cell:
    """The text and type of a cell, as `CellType` documents them."""
    if isinstance(value, str):
        return (value, CellType.TEXT) if value else _NOTHING
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), CellType.BOOLEAN
    if isinstance(value, int | float):
        return _number(value), CellType.NUMBER
    return _time(value)


def _number(value: float) -> str:
    text = repr(value)
    return f"{Decimal(text):f}" if "e" in text else text.removesuffix(".0")


def _time(value: dt.time | dt.date | dt.datetime | dt.timedelta) -> _Cell:
    if isinstance(value, dt.timedelta):
        return _number(round(value.total_seconds(), 3)), CellType.DURATION
    if isinstance(value, dt.time):
        # A time of day without a day is a number below 1 in the format of a time: what people use for short times.
        since_midnight = dt.timedelta(
            hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond
        )
        return _number(round(since_midnight.total_seconds(), 3)), CellType.DURATION
    if isinstance(value, dt.datetime):
        # Days are binary fractions in a sheet, so that a whole second may come a little short.
        nearest = value + dt.timedelta(microseconds=500_000)
        if nearest.time().replace(microsecond=0) != dt.time():
            return nearest.strftime("%Y-%m-%d %H:%M:%S").zfill(19), CellType.DATETIME
        value = nearest.date()
    return value.isoformat(), CellType.DATE
