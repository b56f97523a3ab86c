"""Rows into the sheets of an XLSX file, with a bounded part of them in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from milepost.model.exceptions import FileError

ROWS_OF_A_SHEET = 1_048_576
LONGEST_TEXT = 32_767
"""The most UTF-16 units of a cell."""

Cell = str | float | None


class Sheets:
    """Rows go to a temporary file one after the other; a full sheet is followed by another one."""

    def __init__(
        self,
        stream: BinaryIO,
        columns: Sequence[str],
        *,
        header: Sequence[str] | None,
        number_formats: Sequence[str | None] | None = None,
    ) -> None:
        """`columns` is what messages call the columns, `header` the first row of each sheet, if there is one.

        `number_formats` says in which format the numbers of each column stand.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="milepost-")
        options = {"constant_memory": True, "strings_to_formulas": False, "tmpdir": self._folder.name}
        self._book = xlsxwriter.Workbook(stream, options)
        # A sheet may have more than 4 GB before it is packed.
        self._book.use_zip64()
        self._bold = self._book.add_format({"bold": True})
        self._header = header
        number_formats = number_formats or [None] * len(columns)
        made = {text: self._book.add_format({"num_format": text}) for text in dict.fromkeys(number_formats) if text}
        self._formats: list[Format | None] = [made[text] if text else None for text in number_formats]
        self._columns = columns
        self._rows = 0
        self._sheet = self._new_sheet()

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Adds rows: texts as texts, numbers in the format of their column. Raises FileError for too long a text."""
        for row in rows:
            if self._next == ROWS_OF_A_SHEET:
                self._sheet = self._new_sheet()
            self._rows += 1
            for place, value in enumerate(row):
                if isinstance(value, str):
                    if self._sheet.write_string(self._next, place, _as_itself(value)) != 0:
                        raise FileError(
                            f"{self._columns[place]} has {len(value):,} characters in row {self._rows:,} of the data, "
                            f"and a cell of XLSX holds {LONGEST_TEXT:,}. Write another format."
                        )
                elif value is not None:
                    self._sheet.write_number(self._next, place, value, self._formats[place])
            self._next += 1

    def finish(self) -> None:
        """All rows are written. Raises OSError."""
        try:
            self._book.close()
        except FileCreateError as error:
            raise error.args[0] from error

    def close(self) -> None:
        """Removes what lies on disk."""
        for sheet in self._book.worksheets():
            # A book that is given up leaves its files open.
            sheet._opt_close()
        self._folder.cleanup()

    def _new_sheet(self) -> Worksheet:
        sheet = self._book.add_worksheet()
        self._next = 0
        if self._header is not None:
            for place, text in enumerate(self._header):
                sheet.write_string(0, place, _as_itself(text), self._bold)
            sheet.freeze_panes(1, 0)
            self._next = 1
        return sheet


def _as_itself(text: str) -> str:
    """What xlsxwriter takes for `text`: it passes on, unread, whatever looks like the runs of a formatted text."""
    if text.startswith("<r>") and text.endswith("</r>"):
        return f'<r><t xml:space="preserve">{escape(text)}</t></r>'
    return text
