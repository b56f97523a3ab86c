"""The list of changes that an import makes, or would make: CSV, JSON Lines or XLSX, one line for each value."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

import polars as pl

from milepost.formats.sheets import Sheets
from milepost.formats.spreadsheet_safety import defused
from milepost.formats.writing import FileWriter, Form
from milepost.model.exceptions import UsageError

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


class ChangesWriter(FileWriter):
    """Writes the list, in frames whose columns are COLUMNS."""

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
        forms: dict[str, Callable[[BinaryIO], Form]] = {
            ".csv": partial(_Csv, raw=raw),
            ".jsonl": _JsonLines,
            ".xlsx": _Xlsx,
        }
        super().__init__(target, forms[ending])


class _Csv:
    def __init__(self, stream: BinaryIO, *, raw: bool) -> None:
        self._stream = stream
        self._raw = raw
        stream.write((",".join(COLUMNS) + "\n").encode())

    def write(self, rows: pl.DataFrame) -> None:
        self._stream.write((rows if self._raw else defused(rows)).write_csv(include_header=False).encode())

    def finish(self) -> None:
        pass

    def close(self) -> None:
        pass


class _JsonLines:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, rows: pl.DataFrame) -> None:
        self._stream.write(rows.write_ndjson().encode())

    def finish(self) -> None:
        pass

    def close(self) -> None:
        pass


class _Xlsx:
    def __init__(self, stream: BinaryIO) -> None:
        self._sheets = Sheets(stream, COLUMNS, header=COLUMNS)
        self.finish = self._sheets.finish
        self.close = self._sheets.close

    def write(self, rows: pl.DataFrame) -> None:
        self._sheets.write(rows.iter_rows())
