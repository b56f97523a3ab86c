"""The list of changes that an import makes, or would make: CSV, JSON Lines or XLSX, one line for each value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self

import polars as pl

from milepost.formats.output import Output
from milepost.formats.spreadsheet_safety import defused
from milepost.model.exceptions import FileError, UsageError

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

COLUMNS = (
    "line",
    "candidateLogin",
    "trainingPathCode",
    "sessionTitle",
    "lovCode",
    "field",
    "before",
    "after",
    "kind",
)
"""What is said of each change: all text but for the line, empty where there is nothing."""

ENDINGS = (".csv", ".jsonl", ".xlsx")
_LARGEST_SHEET = 1_048_575


class _Form(Protocol):
    def write(self, rows: pl.DataFrame) -> None: ...

    def finish(self) -> None: ...


class ChangesWriter:
    """Writes the list; a context manager. A file takes its place at `commit`, whole or not at all."""

    def __init__(self, target: Path | BinaryIO, *, raw: bool = False) -> None:
        """`target` is a file whose ending says its format, or an open stream, which gets CSV.

        `raw` leaves texts as they are in CSV that a spreadsheet would take for formulas.

        Raises UsageError for another ending and FileError when the file cannot be opened.
        """
        ending = target.suffix.casefold() if isinstance(target, Path) else ".csv"
        if ending not in ENDINGS:
            raise UsageError(
                f"{target} has no ending that says how changes are to be written; end it in {', '.join(ENDINGS[:-1])} "
                f"or {ENDINGS[-1]}."
            )
        self._name = str(target) if isinstance(target, Path) else "standard output"
        with self._translated():
            self._output = Output(target)
        forms: dict[str, Callable[[BinaryIO], _Form]] = {
            ".csv": partial(_Csv, raw=raw),
            ".jsonl": _JsonLines,
            ".xlsx": _Xlsx,
        }
        self._form = forms[ending](self._output.stream)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._output.discard()

    def write(self, changes: pl.DataFrame) -> None:
        """Adds changes, whose columns are COLUMNS. Raises FileError."""
        with self._translated():
            self._form.write(changes)

    def commit(self) -> None:
        """All changes are written: the file takes its place. Raises FileError."""
        with self._translated():
            self._form.finish()
            self._output.commit()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FileError(f"{self._name} cannot be written: {error.strerror or error}. Name another file.") from error


class _Csv:
    def __init__(self, stream: BinaryIO, *, raw: bool) -> None:
        self._stream = stream
        self._raw = raw
        stream.write((",".join(COLUMNS) + "\n").encode())

    def write(self, rows: pl.DataFrame) -> None:
        self._stream.write((rows if self._raw else defused(rows)).write_csv(include_header=False).encode())

    def finish(self) -> None:
        pass


class _JsonLines:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, rows: pl.DataFrame) -> None:
        self._stream.write(rows.write_ndjson().encode())

    def finish(self) -> None:
        pass


class _Xlsx:
    """Rows go to a temporary file one after the other; a full sheet is followed by another one."""

    def __init__(self, stream: BinaryIO) -> None:
        # It takes a tenth of a second to import.
        import xlsxwriter  # type: ignore[import-untyped]

        self._book = xlsxwriter.Workbook(stream, {"constant_memory": True, "strings_to_formulas": False})
        self._bold = self._book.add_format({"bold": True})
        self._sheet = self._new_sheet()
        self._next = 1

    def write(self, rows: pl.DataFrame) -> None:
        for row in rows.iter_rows():
            if self._next > _LARGEST_SHEET:
                self._sheet = self._new_sheet()
                self._next = 1
            for place, value in enumerate(row):
                if isinstance(value, str):
                    self._sheet.write_string(self._next, place, value)
                elif value is not None:
                    self._sheet.write_number(self._next, place, value)
            self._next += 1

    def finish(self) -> None:
        self._book.close()

    def _new_sheet(self) -> Worksheet:
        sheet = self._book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS, self._bold)
        sheet.freeze_panes(1, 0)
        return sheet
