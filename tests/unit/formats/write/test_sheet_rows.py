"""Cells of a sheet as XML."""

from __future__ import annotations

import io

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from python_calamine import CalamineWorkbook

from milepost.formats.write.sheet_rows import append, boolean_cell, column_letters, number_cell, numbered, text_cell

TEXTS = [
    "plain",
    " blanks ",
    "a<b>&\"c'",
    "line\nbreak",
    "tab\t",
    "bell\x07",
    "_x0041_",
    "<r>rich</r>",
    "é漢😀",
    None,
    "",
]
NUMBERS = [0.1, -7.0, 1e-9, 123456789012345.0, 1e22, 1 / 3, None, 0.0, 2.5, 45000.75, 1.0]


@pytest.mark.parametrize(
    ("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_column_letters(place: int, letters: str) -> None:
    assert column_letters(place) == letters


def test_cells_read_back_as_written() -> None:
    frame = pl.DataFrame({"text": TEXTS, "number": NUMBERS, "flag": [True, False, None, *[True] * 8]})
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, "Heading")
    cells = [text_cell(pl.col("text"), 0), number_cell(pl.col("number"), 1), boolean_cell(pl.col("flag"), 2)]
    for first, part in ((1, frame.head(4)), (5, frame.slice(4))):
        append(sheet, numbered(part, first), cells, first, len(cells))
    book.close()
    heading, *rows = CalamineWorkbook.from_filelike(io.BytesIO(stream.getvalue())).get_sheet_by_index(0).to_python()
    assert heading == ["Heading", "", ""]
    assert [row[0] for row in rows] == [text or "" for text in TEXTS]
    assert [row[1] for row in rows] == ["" if number is None else number for number in NUMBERS]
    assert [row[2] for row in rows] == [True, False, "", *[True] * 8]
