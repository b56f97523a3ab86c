"""Spreadsheets: XLSX, XLS and ODS by calamine, cells as text with their types."""

from __future__ import annotations

import datetime as dt
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl
import python_calamine

from milepost.formats import registry
from milepost.formats.read import spreadsheet_errors
from milepost.formats.read.byte_stream import BLOCK, ByteStream
from milepost.formats.registry import Expected, rejects_form
from milepost.model.batch import Batch, CellType, Record
from milepost.model.exceptions import FileError, MilepostError, no_room
from milepost.model.job import Reading
from milepost.model.text import WHITE_SPACE
from milepost.model.wording import quoted, setting

ROWS = 5_000
"""Rows per batch."""

_Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
_Cell = tuple[str, CellType]
_Row = tuple[int, list[_Cell]]
_NOTHING: _Cell = ("", CellType.EMPTY)


def open_spreadsheet(content: ByteStream, expected: Expected, stack: ExitStack) -> SpreadsheetSource:
    """A spreadsheet; a stream is copied to a temporary file. Raises FileError."""
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
    """One sheet of a spreadsheet file, as a `Source`."""

    padded = True
    notes: tuple[str, ...] = ()

    def __init__(self, path: Path, name: str, sha256: str, reading: Reading) -> None:
        """Open the sheet that `reading` names, or the first. Raises FileError."""
        self.name = name
        self.delimiter, self.encoding = rejects_form(reading)
        sheet = reading.sheet
        self.sha256 = lambda: sha256
        with _damage(name):
            spreadsheet_errors.examine(path)
            workbook = python_calamine.load_workbook(str(path))
            is_sheet = python_calamine.SheetTypeEnum.WorkSheet
            names = [found.name for found in workbook.sheets_metadata if found.typ == is_sheet]
            if not names:
                raise FileError(f"{name} has no sheet with cells.")
            if sheet is not None and sheet not in names:
                remedy = f"Name one with {setting('sheet')}."
                raise FileError(f'{name} has no sheet "{sheet}"; it has {quoted(names)}. {remedy}')
            chosen = names[0] if sheet is None else sheet
            # Before calamine, which some of the sheets that this refuses would crash.
            self._errors = spreadsheet_errors.find(path, name, chosen)
            self._sheet = workbook.get_sheet_by_name(chosen)
        self._rows = self._read()
        self._waiting: _Row | None = None
        if sheet is None and len(names) > 1:
            self.notes = (f"Of the sheets {quoted(names)} the first is read; {setting('sheet')} names another.",)

    def first(self, *, past_empty: bool) -> Record | None:
        """The first row, without the empty cells at its end."""
        while self._waiting is None or (past_empty and not self._waiting[1]):
            self._waiting = next(self._rows, None)
            if self._waiting is None:
                return None
        line, row = self._waiting
        return Record(line, tuple(text for text, _ in row))

    def batches(self, width: int, *, after_first: bool) -> Iterator[Batch]:
        waiting = [] if after_first or self._waiting is None else [self._waiting]
        rows = itertools.chain(waiting, self._rows)
        while part := list(itertools.islice(rows, ROWS)):
            yield _batch(part, width)

    def _read(self) -> Iterator[_Row]:
        """Every row of the sheet with its number, without the empty cells at its end."""
        # calamine returns the rows above the used range, but not the cells left of it.
        left = [""] * (self._sheet.start or (0, 0))[1]
        for number, values in enumerate(self._sheet.iter_rows(), start=1):
            row = [_cell(value) for value in itertools.chain(left, values)]
            if number in self._errors:
                for place, text in self._errors[number].items():
                    row.extend([_NOTHING] * (place + 1 - len(row)))
                    row[place] = (text, CellType.ERROR)
            while row and not row[-1][0].strip(WHITE_SPACE):
                row.pop()
            yield number, row


@contextmanager
def _damage(name: str) -> Iterator[None]:
    """Raise FileError for any exception that reading a damaged file raises."""
    try:
        yield
    except (MilepostError, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except python_calamine.PasswordError as error:
        raise FileError(f"{name} is protected by a password. Save it without one.") from error
    # Damage can raise any exception, and panics, which are not an Exception.
    except BaseException as error:
        raise FileError(
            f"{name} cannot be read as the spreadsheet its ending says it is ({error}). "
            "Is it damaged, protected by a password, or another format? Save it again as .xlsx or CSV."
        ) from error


def _digest(content: ByteStream, copy: BinaryIO | None) -> str:
    """Read a whole file, and write it to `copy` if given."""
    if not content.peek():
        raise FileError(f"{content.name} is empty (0 bytes). Was it written completely?")
    while block := content.read(BLOCK):
        if copy is not None:
            copy.write(block)
    return content.sha256()


def _batch(rows: list[_Row], width: int) -> Batch:
    regular = [(line, row + [_NOTHING] * (width - len(row))) for line, row in rows if len(row) <= width]
    ragged = tuple(Record(line, tuple(text for text, _ in row)) for line, row in rows if len(row) > width)
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
    if isinstance(value, dt.time):
        # A number below 1 with a time format: this is how people enter short durations.
        value = dt.datetime.combine(dt.date.min, value) - dt.datetime.min  # noqa: DTZ901
    if isinstance(value, dt.timedelta):
        return _number(round(value.total_seconds(), 3)), CellType.DURATION
    if isinstance(value, dt.datetime):
        # A sheet stores days as binary fractions, so a whole second may be slightly short.
        nearest = value + dt.timedelta(microseconds=500_000)
        if nearest.time().replace(microsecond=0) != dt.time():
            return nearest.strftime("%Y-%m-%d %H:%M:%S").zfill(19), CellType.DATETIME
        value = nearest.date()
    return value.isoformat(), CellType.DATE


def _number(value: float) -> str:
    text = repr(value)
    return f"{Decimal(text):f}" if "e" in text else text.removesuffix(".0")
