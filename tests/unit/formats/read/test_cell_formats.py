"""The formats of a spreadsheet's numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
import xlwt

from milepost.formats.read import cell_formats
from unit.formats.reading import read

NUMBERS = [
    (0.285, "0%", "28.5%"),
    (1, "0.00%", "100%"),
    (0.29, "0.0%;[Red]-0.0%", "29%"),
    (1e-7, "0%", "0.00001%"),
    (1e20, "# ##0 %", "10000000000000000000000%"),
    (-0.5, "0%", "-50%"),
    (0.3, '"%"0.0', "0.3"),
    (0.4, "0\\%", "0.4"),
    (0.5, "0.0[$%]", "0.5"),
    (0.6, "0.0;0%", "0.6"),
    (42, "00000", "00042"),
    (-42, "00000", "-00042"),
    (123456, "00000", "123456"),
    (42.7, "00000", "42.7"),
    (7, "0", "7"),
    (7, "00.0", "7"),
    (7, "00-00", "7"),
    (1234567890123456, "00000000000000000000", "00001234567890123456"),
]


@pytest.mark.parametrize("ending", ["xlsx", "xls"])
def test_what_numbers_show(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"book.{ending}"
    book: Any = xlsxwriter.Workbook(path) if ending == "xlsx" else xlwt.Workbook()
    sheet = book.add_worksheet("Other") if ending == "xlsx" else book.add_sheet("Other")
    sheet.write(0, 0, "score")
    for row, (value, form, _) in enumerate(NUMBERS, start=1):
        style = book.add_format({"num_format": form}) if ending == "xlsx" else xlwt.easyxf(num_format_str=form)
        sheet.write(row, 0, value, style)
    if ending == "xlsx":
        book.close()
    else:
        book.save(str(path))
    result = read(path)
    assert [cells for _, (cells,) in result.records] == [text for *_, text in NUMBERS]
    assert [kind for (kind,) in result.types] == ["percentage" if "%" in text else "number" for *_, text in NUMBERS]


def test_a_workbook_without_such_formats_is_not_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("A").write(0, 0, 0.5, book.add_format({"num_format": "0.00"}))
    monkeypatch.setattr(cell_formats, "xlsx_cells", lambda _: pytest.fail("the cells were looked at"))
    assert cell_formats.find(path, "A") == {}
