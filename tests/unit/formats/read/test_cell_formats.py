"""The formats of a spreadsheet's numbers."""

from __future__ import annotations

import re
import zipfile
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


def workbook(folder: Path, ending: str, rows: list[list[tuple[Any, str]]]) -> Path:
    """A workbook with a header and rows of values with their formats."""
    path = folder / f"book.{ending}"
    book: Any = xlsxwriter.Workbook(path) if ending == "xlsx" else xlwt.Workbook()
    sheet = book.add_worksheet("Other") if ending == "xlsx" else book.add_sheet("Other")
    for row, cells in enumerate([[(name, "General") for name in ("score", "lovCode", "timeSpent")], *rows]):
        for place, (value, form) in enumerate(cells):
            style = book.add_format({"num_format": form}) if ending == "xlsx" else xlwt.easyxf(num_format_str=form)
            sheet.write(row, place, value, style)
    if ending == "xlsx":
        book.close()
    else:
        book.save(str(path))
    return path


@pytest.mark.parametrize("ending", ["xlsx", "xls"])
def test_what_numbers_show(tmp_path: Path, ending: str) -> None:
    result = read(workbook(tmp_path, ending, [[(value, form)] for value, form, _ in NUMBERS]))
    assert [cells[0] for _, cells in result.records] == [text for *_, text in NUMBERS]
    assert [kinds[0] for kinds in result.types] == ["percentage" if "%" in text else "number" for *_, text in NUMBERS]


@pytest.mark.parametrize("ending", ["xlsx", "xls"])
def test_durations_of_a_billion_days(tmp_path: Path, ending: str) -> None:
    """The other cells of their rows, and the rows between, are as they were."""
    rows: list[list[tuple[Any, str]]] = [
        [(0.5, "0%"), ("a", "General"), (1e9, "[h]:mm:ss")],
        [(45000, "yyyy-mm-dd"), ("b", "General"), (0.5, "[h]:mm:ss")],
        [(1234567890123, "General"), (45000.5, "yyyy-mm-dd hh:mm"), (-1e12, "[mm]:ss")],
        [(7, "000"), ("", "General"), (1e300, "[ss]")],
        [(8, "General"), ("c", "General"), (1e9, "h:mm:ss")],
    ]
    result = read(workbook(tmp_path, ending, rows))
    assert [cells[:2] for _, cells in result.records] == [
        ("50%", "a"),
        ("2023-03-15", "b"),
        ("1234567890123", "2023-03-15 12:00:00"),
        ("007", ""),
        ("8", "c"),
    ]
    times = ["86400000000000", "43200", "-86400000000000000", f"{86400 * 10**300}", "1000000000"]
    assert [cells[2] for _, cells in result.records] == times
    assert [kinds[2] for kinds in result.types] == ["duration"] * 4 + ["number"]


def test_a_workbook_without_such_formats_is_not_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("A").write(0, 0, 0.5, book.add_format({"num_format": "0.00"}))
    monkeypatch.setattr(cell_formats, "xlsx_cells", lambda _: pytest.fail("the cells were looked at"))
    assert cell_formats.find(path, "A") == {}


@pytest.mark.parametrize(
    ("pattern", "replaced"),
    [
        (rb'<c r="[A-Z]+[0-9]+"', b"<c"),
        (rb'<c r="([A-Z]+[0-9]+)" s="([0-9]+)"', rb"<x:c s = '\2' r = '\1'"),
        (rb'<c r="([A-Z]+[0-9]+)" s="([0-9]+)"', rb'<c s="\2"'),
    ],
)
def test_cells_as_other_programs_write_them(tmp_path: Path, pattern: bytes, replaced: bytes) -> None:
    rows: list[list[tuple[Any, str]]] = [[(0.25, "0%"), (42, "00000"), (1, "0%")]] * 3
    path = workbook(tmp_path, "xlsx", rows)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = re.sub(pattern, replaced, parts["xl/worksheets/sheet1.xml"])
    if b"x:" in replaced:
        sheet = re.sub(rb"</?(?=[a-z])", lambda tag: tag[0] + b"x:", sheet).replace(b"<x:x:", b"<x:")
        sheet = sheet.replace(b"</x:x:", b"</x:").replace(b" xmlns=", b" xmlns:x=")
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, sheet if name.endswith("sheet1.xml") else part)
    found = cell_formats.find(path, "Other")
    assert found == {row: {0: "%", 1: "00000", 2: "%"} for row in (2, 3, 4)}
