"""Rejects as a spreadsheet: cells have the types that they had, and wrong ones a colour and a comment."""

from __future__ import annotations

import heapq
import re
from datetime import UTC, datetime
from decimal import Decimal
from operator import itemgetter
from typing import BinaryIO

import polars as pl

from milepost.formats.headers import REJECTS_COLUMNS
from milepost.formats.write.spreadsheet_writer import (
    DAY,
    DAY_OF_1970,
    FIRST_TIME,
    LONGEST_TEXT,
    ROWS_OF_A_SHEET,
    Exact,
    WorkbookFile,
    escaped,
)
from milepost.model.batch import Batch
from milepost.model.columns import CellType
from milepost.model.exceptions import FileError
from milepost.model.job import Layout

_COMMENTS = 10_000
"""The most comments in a file: the library holds them in memory. Every reason is in the column _messages too."""
_COLOUR = "#FFC7CE"
_FORMATS = {
    CellType.DATE: "yyyy-mm-dd",
    CellType.DATETIME: "yyyy-mm-dd hh:mm:ss",
    CellType.DURATION: "[h]:mm:ss",
    CellType.PERCENTAGE: "0.00%",
}


class RejectsSheet(WorkbookFile):
    """An XLSX file of rejects."""

    def __init__(self, stream: BinaryIO, layout: Layout) -> None:
        """Begin the file with a header. Raises OSError."""
        super().__init__(stream)
        self._layout = layout
        kinds = [None, *_FORMATS]
        self._formats = {
            (kind, wrong): self.book.add_format(
                ({"num_format": _FORMATS[kind]} if kind else {}) | ({"bg_color": _COLOUR} if wrong else {})
            )
            for kind in kinds
            for wrong in (False, True)
        }
        self.begin_sheet((*layout.header, *REJECTS_COLUMNS))
        self._comments = 0

    def write(self, rejected: Batch, remarks: pl.DataFrame, findings: pl.DataFrame) -> None:
        """Write the records in `remarks`: `line`, and a column for each of REJECTS_COLUMNS."""
        wrong = self._wrong(findings)
        whole = rejected.cells.join(remarks, on="line", how="left", maintain_order="left")
        kinds = [()] * whole.height if rejected.types is None else rejected.types.rows()
        regular = ((row[0], (row[1:], kind)) for row, kind in zip(whole.iter_rows(), kinds, strict=True))
        ragged = ((line, (row, ())) for line, row in ragged_rows(rejected, remarks, self._layout.width).iter_rows())
        for line, (row, kind) in heapq.merge(regular, ragged, key=itemgetter(0)):
            if self.row == ROWS_OF_A_SHEET:
                raise FileError(
                    f"There are more rejected rows than the {ROWS_OF_A_SHEET:,} of a sheet. Write them to a .csv file."
                )
            for place, text in enumerate(row):
                if text or (line, place) in wrong:
                    self._put(line, place, text, kind[place] if place < len(kind) else "", wrong.get((line, place)))
            self.row += 1

    def _wrong(self, findings: pl.DataFrame) -> dict[tuple[int, int], str]:
        """The reasons of wrong cells by line and place."""
        places = {column.name: place for column, place in self._layout.positions.items()}
        said = pl.concat_str("message", "hint", separator="\n", ignore_nulls=True)
        found = findings.filter(pl.col("column").is_in(list(places))).select("line", "column", said)
        return {(line, places[column]): words for line, column, words in found.iter_rows()}

    def _put(self, line: int, place: int, text: str, kind: str, reason: str | None) -> None:
        is_wrong = reason is not None
        number = _number(text, kind)
        if number is None:
            if place < self._layout.width and _fitting(text) != text:
                raise FileError(
                    f"Line {line} has a value that a cell of XLSX cannot hold: it has more than {LONGEST_TEXT:,} "
                    "characters, or one that is none. Write the rejected rows to a .csv file."
                )
            self.sheet.write_string(self.row, place, escaped(_fitting(text)), self._formats[None, is_wrong])
        elif kind == CellType.BOOLEAN:
            self.sheet.write_boolean(self.row, place, bool(number), self._formats[None, is_wrong])
        else:
            shape = CellType(kind) if kind in _FORMATS else None
            self.sheet.write_number(self.row, place, number, self._formats[shape, is_wrong])
        if reason is not None and self._comments < _COMMENTS:
            self.sheet.write_comment(self.row, place, _fitting(reason), {"x_scale": 3, "y_scale": 1.5})
            self._comments += 1


def ragged_rows(batch: Batch, remarks: pl.DataFrame, width: int) -> pl.DataFrame:
    """The ragged records in `remarks`: `line`, and a list of the cells, padded to `width`, and the remarks."""
    cells = pl.col("cells")
    lacking = (width - cells.list.len().cast(pl.Int64)).clip(0)
    padded = cells.list.concat(pl.lit("").repeat_by(lacking)).list.concat(pl.concat_list(REJECTS_COLUMNS))
    return batch.ragged.join(remarks, on="line", maintain_order="left").select("line", padded)


def _number(text: str, kind: str) -> float | None:
    """The number in a cell of that type; None for a text, and for what no such cell can hold."""
    match kind:
        case CellType.NUMBER:
            # Leading zeros come from a format.
            return None if re.match("-?0[0-9]", text) else Exact(text)
        case CellType.PERCENTAGE:
            return Exact(Decimal(text.removesuffix("%")).scaleb(-2))
        case CellType.BOOLEAN:
            return float(text == "TRUE")
        case CellType.DURATION:
            return float(text) / DAY
        case CellType.DATE | CellType.DATETIME:
            seconds = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
            return seconds / DAY + DAY_OF_1970 if seconds >= FIRST_TIME else None
        case _:
            return None


_FORBIDDEN = str.maketrans({"\ufffe": "\ufffd", "\uffff": "\ufffd"})


def _fitting(text: str) -> str:
    """`text` as a cell can hold it."""
    return text.translate(_FORBIDDEN)[:LONGEST_TEXT]
