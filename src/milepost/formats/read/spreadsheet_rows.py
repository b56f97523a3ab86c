"""The rows of a spreadsheet: XLSX, XLS and ODS by calamine, cells as text with their types.

`spreadsheet_reader` runs this in a process of its own, so nothing here imports Polars.
"""

from __future__ import annotations

import datetime as dt
import itertools
import marshal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import python_calamine

from milepost.formats.read import cell_formats, spreadsheet_errors
from milepost.formats.read.own_process import limit
from milepost.model.columns import CellType
from milepost.model.exceptions import FileError, MilepostError, is_panic
from milepost.model.wording import quoted, setting

Cell: TypeAlias = tuple[str, str]
"""The text of a cell, and the value of its `CellType`."""
Row: TypeAlias = tuple[int, list[Cell]]
"""The number of a row, from 1, and its cells without the empty ones at the end."""

ROWS = 5_000
"""The most rows in a message."""
_LENGTH = 4_000_000
"""The characters of text after which a message is complete."""
MEMORY = 320 * 1024 * 1024
MEMORY_OF_A_BYTE = 60
"""The most memory for reading, in bytes: the first number, plus the second for each byte of the file."""
SECONDS = 5
SECONDS_OF_A_MEGABYTE = 3
"""The most processor time for reading, likewise."""

_Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
# The attribute `value` of a member is slow.
_TEXT, _NUMBER, _BOOLEAN, _ERROR = (
    kind.value for kind in (CellType.TEXT, CellType.NUMBER, CellType.BOOLEAN, CellType.ERROR)
)
_DATE, _DATETIME, _DURATION = (kind.value for kind in (CellType.DATE, CellType.DATETIME, CellType.DURATION))
_KINDS = {cell_formats.PERCENT: CellType.PERCENTAGE.value, cell_formats.DURATION: _DURATION}
"""The types of numbers with those formats."""
NOTHING: Cell = ("", CellType.EMPTY.value)


def send(path: str, name: str, sheet: str | None) -> None:
    """Write what `read` gives to standard output, as messages, within limits: the process ends beyond them.

    A message is the length of its bytes, in 8 bytes, and what `marshal` makes of: the names of the sheets; rows, any
    number of times; None at the end. In place of each may stand the text of a FileError.
    """
    out, sys.stdout = sys.stdout.buffer, sys.stderr

    def put(message: Any) -> None:  # noqa: ANN401 - any that marshal knows
        data = marshal.dumps(message)
        out.write(len(data).to_bytes(8) + data)
        out.flush()

    size = Path(path).stat().st_size
    limit(MEMORY + MEMORY_OF_A_BYTE * size, SECONDS + SECONDS_OF_A_MEGABYTE * size // 1_000_000)
    with suppress(BrokenPipeError):
        try:
            names, rows = read(Path(path), name, sheet)
            put(names)
            for part in _parts(rows):
                put(part)
            put(None)
        except MilepostError as error:
            put(str(error))


def read(path: Path, name: str, sheet: str | None) -> tuple[list[str], Iterator[Row]]:
    """The names of the sheets of a file, and all rows of `sheet`, or of the first. Raises FileError.

    `name` is the name of the file in messages.
    """
    with _damage(name):
        spreadsheet_errors.examine(path, name)
        workbook = _loaded(path, sheet)
        is_sheet = python_calamine.SheetTypeEnum.WorkSheet
        names = [found.name for found in workbook.sheets_metadata if found.typ == is_sheet]
        if not names:
            raise FileError(f"{name} has no sheet with cells.")
        if sheet is not None and sheet not in names:
            remedy = f"Name one with {setting('sheet')}."
            raise FileError(f'{name} has no sheet "{sheet}"; it has {quoted(names)}. {remedy}')
        chosen = names[0] if sheet is None else sheet
    other = f"; {setting('sheet')} names another sheet" if len(names) > 1 else ""
    with _damage(f'The sheet "{chosen}" of {name}' if other else name, other):
        errors = spreadsheet_errors.find(path, name, chosen)
        formats = cell_formats.find(path, chosen)
        try:
            table = workbook.get_sheet_by_name(chosen)
        except python_calamine.CalamineError:
            table = _loaded(path, sheet, mended=True).get_sheet_by_name(chosen)
        return names, _rows(table, errors, formats, name, lambda: _with_long_durations(path, chosen))


def _with_long_durations(path: Path, sheet: str) -> Iterator[list[Cell]]:
    """All rows of a sheet that has durations which calamine cannot read."""
    content = spreadsheet_errors.mended(path, sheet, with_durations=False)
    table = python_calamine.load_workbook(content).get_sheet_by_name(sheet)
    durations = cell_formats.durations(path, sheet)
    for number, found in enumerate(_cells(table), start=1):
        row = found or []
        _put_formats(row, durations.get(number, {}))
        yield row


def _loaded(path: Path, sheet: str | None, *, mended: bool = False) -> python_calamine.CalamineWorkbook:
    """The workbook; if `mended`, or if calamine refuses it, a copy without what calamine refuses in it."""
    can_mend = path.suffix.lower() != ".ods"
    try:
        content = spreadsheet_errors.mended(path, sheet) if mended and can_mend else str(path)
        return python_calamine.load_workbook(content)
    except BaseException as error:  # a panic is no Exception
        if mended or not can_mend or isinstance(error, python_calamine.PasswordError | MemoryError):
            raise
        return _loaded(path, sheet, mended=True)


def _cells(sheet: python_calamine.CalamineSheet) -> Iterator[list[Cell] | None]:
    """The rows of a sheet; None for a row that calamine cannot read."""
    # calamine returns the rows above the used range, but not the cells left of it.
    left = [""] * (sheet.start or (0, 0))[1]
    rows = iter(sheet.iter_rows()) if sheet.start else iter(())
    while True:
        try:
            yield [_cell(value) for value in itertools.chain(left, next(rows))]
        except StopIteration:
            return
        except BaseException as error:
            # For a very long duration. A panic is no Exception.
            if not isinstance(error, OverflowError) and not is_panic(error):
                raise
            yield None


def _rows(
    sheet: python_calamine.CalamineSheet,
    errors: spreadsheet_errors.Marks,
    formats: spreadsheet_errors.Marks,
    name: str,
    others: Callable[[], Iterator[list[Cell]]],
) -> Iterator[Row]:
    """The rows of a sheet; `others` gives them all again, for those that calamine cannot read."""
    number, spare = 0, None
    with _damage(name):
        for number, found in enumerate(_cells(sheet), start=1):
            if found is None:
                spare = spare or enumerate(others(), start=1)
                row = next(cells for place, cells in spare if place == number)
            else:
                row = found
            if number in formats:
                _put_formats(row, formats[number])
            if number in errors:
                _put_errors(row, errors[number])
            while row and not row[-1][0]:
                row.pop()
            yield number, row
    # Nor does calamine return rows that hold errors alone.
    for beyond in range(number + 1, max(errors, default=0) + 1):
        row = []
        _put_errors(row, errors.get(beyond, {}))
        yield beyond, row


def _put_formats(row: list[Cell], formats: Mapping[int, str]) -> None:
    for place, form in formats.items():
        if place < len(row) and row[place][1] == _NUMBER:
            row[place] = (cell_formats.shown(row[place][0], form), _KINDS.get(form, _NUMBER))


def _put_errors(row: list[Cell], errors: Mapping[int, str]) -> None:
    for place, text in errors.items():
        row.extend([NOTHING] * (place + 1 - len(row)))
        row[place] = (text, _ERROR)


def _parts(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """The rows, cut into messages."""
    part: list[Row] = []
    size = 0
    for row in rows:
        part.append(row)
        size += sum(len(text) for text, _ in row[1])
        if len(part) == ROWS or size > _LENGTH:
            yield part
            part, size = [], 0
    if part:
        yield part


@contextmanager
def _damage(name: str, more: str = "") -> Iterator[None]:
    """Raise FileError for any exception that reading a damaged file, or a sheet called `name`, raises."""
    try:
        yield
    except (MilepostError, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except python_calamine.PasswordError as error:
        raise FileError(f"{name} is protected by a password. Save it without one.") from error
    # Damage can raise any exception, and panics, which are not an Exception.
    except BaseException as error:
        raise FileError(
            f"{name} cannot be read as the spreadsheet that it seems to be ({error}). "
            f"Is it damaged, protected by a password, or another format? Save it again as .xlsx or CSV{more}."
        ) from error


def _cell(value: _Value) -> Cell:
    """The text and type of a cell, as `CellType` documents them."""
    if isinstance(value, str):
        return (value, _TEXT) if value else NOTHING
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), _BOOLEAN
    if isinstance(value, int | float):
        return _number(value), _NUMBER
    if isinstance(value, dt.time):
        # A number below 1 with a time format: this is how people enter short durations.
        value = dt.datetime.combine(dt.date.min, value) - dt.datetime.min  # noqa: DTZ901
    if isinstance(value, dt.timedelta):
        return _number(round(value.total_seconds(), 3)), _DURATION
    if isinstance(value, dt.datetime):
        # A sheet stores days as binary fractions, so a whole second may be slightly short.
        nearest = value + dt.timedelta(microseconds=500_000)
        if nearest.time().replace(microsecond=0) != dt.time():
            return nearest.strftime("%Y-%m-%d %H:%M:%S").zfill(19), _DATETIME
        value = nearest.date()
    return value.isoformat(), _DATE


def _number(value: float) -> str:
    text = repr(value)
    return f"{Decimal(text):f}" if "e" in text else text.removesuffix(".0")
