"""Spreadsheets: row numbers, typed cells, errors, and files that are none."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from milepost.model.exceptions import FileError
from milepost.model.job import Reading
from unit.formats.reading import Result, read, write

Book = Any
Sheet = Any
Chart = Any
HEADER = ["candidateLogin", "lovCode", "score"]


def xlsx(folder: Path, fill: Callable[[Book, Sheet], None], name: str = "book.xlsx", **options: bool) -> Path:
    """A workbook whose first sheet is filled by `fill(workbook, sheet)`."""
    path = folder / name
    with xlsxwriter.Workbook(path, options) as book:
        fill(book, book.add_worksheet("Tracking"))
    return path


def xls(folder: Path) -> Path:
    """A table from the third row and the second column on, with an error."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Tracking")
    for place, name in enumerate(HEADER, start=1):
        sheet.write(2, place, name)
    sheet.write(3, 1, "a")
    sheet.write(3, 3, 85.5)
    sheet.row(5).set_cell_text(1, "b")
    sheet.row(5).set_cell_error(3, 0x2A)
    book.save(str(folder / "book.xls"))
    return folder / "book.xls"


def ods(folder: Path) -> Path:
    """The same as an OpenDocument file, as LibreOffice writes errors."""
    book = OpenDocumentSpreadsheet()
    table = Table(name="Tracking")
    book.spreadsheet.addElement(table)

    def add(*cells: dict[str, str], **repeated: int) -> None:
        row = TableRow(**repeated)
        for attributes in cells:
            text = attributes.pop("text", None)
            cell = TableCell(**attributes)
            if text is not None:
                cell.addElement(P(text=text))
            row.addElement(cell)
        table.addElement(row)

    add({}, numberrowsrepeated=2)
    add({}, *({"valuetype": "string", "text": name} for name in HEADER))
    add({}, {"valuetype": "string", "text": "a"}, {}, {"valuetype": "float", "value": "85.5"})
    add({})
    add({}, {"valuetype": "string", "text": "b"}, {}, {"valuetype": "string", "stringvalue": "", "text": "#N/A"})
    path = folder / "book.ods"
    book.save(str(path))
    return _marked(path)


def _marked(path: Path) -> Path:
    """LibreOffice marks an error by an attribute that odfpy does not know."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    declared = b'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" office:version'
    content = parts["content.xml"].replace(b"office:version", declared, 1)
    parts["content.xml"] = content.replace(
        b'office:string-value=""', b'office:string-value="" calcext:value-type="error"'
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return path


def offset_xlsx(folder: Path) -> Path:
    """The same as an XLSX file."""

    def fill(_book: Book, sheet: Sheet) -> None:
        sheet.write_row(2, 1, HEADER)
        sheet.write_row(3, 1, ["a", None, 85.5])
        sheet.write(5, 1, "b")
        sheet.write_formula(5, 3, "=NA()", None, "#N/A")

    return xlsx(folder, fill)


IGNORE_FIRST = Reading(header_ignore=frozenset({""}))


@pytest.mark.parametrize("make", [offset_xlsx, xls, ods])
def test_rows_have_their_numbers_and_errors_are_not_empty_cells(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    result = read(path, IGNORE_FIRST)
    assert result.header == ("", *HEADER)
    assert result.records == [(4, ("", "a", "", "85.5")), (6, ("", "b", "", "#N/A"))]
    assert result.types == [("empty", "text", "empty", "number"), ("empty", "text", "empty", "error")]
    assert result.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert result.name == path.name


@pytest.mark.parametrize("make", [offset_xlsx, xls, ods])
def test_a_workbook_in_a_stream_is_recognised_by_its_content(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    result, whole = read(io.BytesIO(path.read_bytes()), IGNORE_FIRST), read(path, IGNORE_FIRST)
    assert (result.records, result.types, result.sha256) == (whole.records, whole.types, whole.sha256)
    assert result.name == "stream"
    with path.open("rb") as stream:
        assert read(stream, IGNORE_FIRST).name == path.name


def test_a_damaged_workbook_in_a_stream_is_told(tmp_path: Path) -> None:
    for make in (offset_xlsx, xls, ods):
        with pytest.raises(FileError, match=r"^stream cannot be read as the spreadsheet"):
            read(io.BytesIO(make(tmp_path).read_bytes()[:-1000]))
    with pytest.raises(FileError, match=r'^stream has no sheet "B"; it has "Tracking"'):
        read(io.BytesIO(offset_xlsx(tmp_path).read_bytes()), Reading(sheet="B"))


@pytest.mark.parametrize("date_1904", [False, True])
def test_typed_cells_come_through_exactly(tmp_path: Path, date_1904: bool) -> None:
    first = 1462 if date_1904 else 0
    values = [
        (45000 - first, "yyyy-mm-dd", "2023-03-15", "date"),
        (45000.5 - first, "yyyy-mm-dd hh:mm:ss", "2023-03-15 12:00:00", "datetime"),
        (45000 - first, "yyyy-mm-dd hh:mm:ss", "2023-03-15", "date"),
        (45000.99999999 - first, "yyyy-mm-dd hh:mm:ss", "2023-03-16", "date"),
        (45000.123456 - first, "yyyy-mm-dd hh:mm:ss", "2023-03-15 02:57:47", "datetime"),
        (1.25, "[h]:mm:ss", "108000", "duration"),
        (-1, "[h]:mm:ss", "-86400", "duration"),
        (0.059201388888, "hh:mm:ss", "5115", "duration"),
        (0, "[h]:mm", "0", "duration"),
        (5, "General", "5", "number"),
        (0.1, "0%", "10%", "percentage"),
        (1e20, "General", "100000000000000000000", "number"),
        (1e-7, "General", "0.0000001", "number"),
        (1234567890123456, "0", "1234567890123456", "number"),
    ]

    def fill(book: Book, sheet: Sheet) -> None:
        sheet.write_row(0, 0, ["score", "ignoredColumn"])
        for row, (number, style, _, _) in enumerate(values, start=1):
            sheet.write_number(row, 0, number, book.add_format({"num_format": style}))
        sheet.write_boolean(len(values) + 1, 0, True)
        sheet.write_string(len(values) + 2, 0, "#N/A")

    result = read(xlsx(tmp_path, fill, date_1904=date_1904))
    assert [(cells[0], types[0]) for (_, cells), types in zip(result.records, result.types, strict=True)] == [
        *((text, kind) for _, _, text, kind in values),
        ("TRUE", "boolean"),
        ("#N/A", "text"),
    ]


def test_cells_beyond_the_header_make_a_row_ragged_unless_they_are_empty(tmp_path: Path) -> None:
    def fill(_book: Book, sheet: Sheet) -> None:
        sheet.write_row(0, 0, ["candidateLogin", "lovCode", "  "])
        sheet.write_row(1, 0, ["a"])
        sheet.write_row(2, 0, ["b", "c", "", "d", " "])
        sheet.write_row(3, 0, ["e", "f", " "])

    result = read(xlsx(tmp_path, fill), batch_rows=2)
    assert result.header == ("candidateLogin", "lovCode")
    assert result.records == [(2, ("a", "")), (3, ("b", "c", "", "d")), (4, ("e", "f"))]
    assert result.ragged == [(3, ("b", "c", "", "d"))]


def test_a_mapping_may_be_wider_than_the_first_row(tmp_path: Path) -> None:
    def fill(_book: Book, sheet: Sheet) -> None:
        sheet.write_row(0, 0, ["Who"])
        sheet.write_row(1, 0, ["a", "b"])

    reading = Reading(columns=("candidateLogin", "lovCode", "ignoredColumn"))
    result = read(xlsx(tmp_path, fill), reading)
    assert result.header == ("Who", "", "")
    assert result.records == [(2, ("a", "b", ""))]


def test_the_columns_of_a_rejects_file_are_dropped(tmp_path: Path) -> None:
    def fill(_book: Book, sheet: Sheet) -> None:
        sheet.write_row(0, 0, ["candidateLogin", "lovCode", "_line", "_codes", "_messages"])
        sheet.write_row(1, 0, ["a", "b", 7, "x", "y"])
        sheet.write_row(2, 0, ["a", "b", "c", 8, "x", "y"])

    assert read(xlsx(tmp_path, fill)).records == [(2, ("a", "b")), (3, ("a", "b", "c"))]


def two_sheets(folder: Path) -> Path:
    """A chart, then two sheets with the same header and different rows."""
    path = folder / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_chartsheet("Chart").set_chart(_chart(book))
        for name in ("First & foremost", "Second"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["candidateLogin", "lovCode"])
            sheet.write_row(1, 0, [name])
            sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    return path


def _chart(book: Book) -> Chart:
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "='Second'!$A$1:$A$2"})
    return chart


def test_the_first_sheet_is_read_or_the_one_that_is_named(tmp_path: Path) -> None:
    path = two_sheets(tmp_path)
    first = read(path)
    assert first.records == [(2, ("First & foremost", "#DIV/0!"))]
    assert first.notes == ('The sheet "First & foremost" is read, and not "Second"; setting "sheet" names another.',)
    assert read(path, Reading(sheet="Second")).notes == (
        'The sheet "Second" is read, and not "First & foremost"; setting "sheet" names another.',
    )
    assert read(path, Reading(sheet="Second")).records == [(2, ("Second", "#DIV/0!"))]
    with pytest.raises(FileError, match='has no sheet "Third"; it has "First & foremost", "Second"'):
        read(path, Reading(sheet="Third"))


def test_hidden_rows_and_merged_cells(tmp_path: Path) -> None:
    def fill(_book: Book, sheet: Sheet) -> None:
        sheet.write_row(0, 0, ["candidateLogin", "lovCode", "score"])
        sheet.merge_range(1, 0, 2, 1, "a")
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
        sheet.write_row(3, 0, ["b", "c"])
        sheet.write_formula(4, 2, "=1+1", None, 2)

    assert read(xlsx(tmp_path, fill)).records == [(2, ("a", "", "")), (4, ("b", "c", "")), (5, ("", "", "2"))]


def test_rows_of_errors_alone_at_the_end_are_read(tmp_path: Path) -> None:
    def fill(_book: Book, sheet: Sheet) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write(1, 0, "a")
        sheet.write_formula(3, 2, "=NA()", None, "#N/A")

    path = xlsx(tmp_path, fill)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b"<v>#N/A</v>", b"")
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    result = read(path)
    assert result.records == [(2, ("a", "", "")), (4, ("", "", "#ERROR"))]
    assert result.types[1] == ("empty", "empty", "error")


def test_a_sheet_without_cells(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="has no header"):
        read(xlsx(tmp_path, lambda _book, _sheet: None))


def test_a_cell_far_outside_the_table(tmp_path: Path) -> None:
    def fill(_book: Book, sheet: Sheet) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write(100_000, 16_383, "x")

    with pytest.raises(FileError, match="reaches over 100,001 rows and 16,384 columns"):
        read(xlsx(tmp_path, fill))


@pytest.mark.parametrize("make", [offset_xlsx, xls, ods])
def test_damaged_files_are_refused_with_a_sentence(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    content = path.read_bytes()
    for seed in range(20):
        chance = random.Random(seed)
        path.write_bytes(content[: chance.randrange(1, len(content) - 100)])
        with pytest.raises(FileError, match="cannot be read as the spreadsheet that it seems to be"):
            read(path)


@pytest.mark.parametrize("ending", [".xlsx", ".xlsm", ".xls", ".ods"])
def test_files_that_are_no_spreadsheets(tmp_path: Path, ending: str) -> None:
    with pytest.raises(FileError, match="cannot be read as the spreadsheet that it seems to be"):
        read(write(tmp_path, "candidateLogin,lovCode\0\n", f"file{ending}"))
    # No encoding of text is proposed for what is none.
    with pytest.raises(FileError, match="cannot be read as the spreadsheet that it seems to be"):
        read(write(tmp_path, "\x02\xdc,\x0e\x1f\n", f"file{ending}"))
    with pytest.raises(FileError, match=r"is empty \(0 bytes\)"):
        read(write(tmp_path, "", f"empty{ending}"))
    with pytest.raises(FileError, match="There is no file"):
        read(tmp_path / f"missing{ending}")


def test_formats_that_are_not_read(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"files ending in \.xlsb are not read\. Save it as \.xlsx or CSV"):
        read(write(tmp_path, "x", "file.xlsb"))
    with pytest.raises(FileError, match="is a packed spreadsheet"):
        read(write(tmp_path, "x", "file.xlsx.gz"))


@pytest.mark.parametrize("make", [offset_xlsx, xls, ods])
def test_the_content_decides_what_a_spreadsheet_is(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path, reading = make(tmp_path), Reading(header_ignore=frozenset({""}))
    wanted = read(path, reading)
    for ending in {".csv", ".txt", ".xlsx", ".xls", ".ods"} - {path.suffix}:
        path = path.rename(tmp_path / f"file{ending}")
        found = read(path, reading)
        assert (found.records, found.types, found.sha256) == (wanted.records, wanted.types, wanted.sha256)
        assert any(note.endswith("whatever its ending says.") for note in found.notes)
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(FileError, match="is a packed spreadsheet"):
        read(packed)


@pytest.mark.parametrize("ending", [".xls", ".xlsx", ".xlsm", ".ods"])
def test_text_that_is_called_a_spreadsheet(tmp_path: Path, ending: str) -> None:
    text = "candidateLogin\tlovCode\nanna\tintro\n"
    for content in (text.encode(), text.encode("utf-16"), text.replace("\t", ";").encode("utf-8-sig")):
        found = read(write(tmp_path, content, f"file{ending}"), Reading(delimiter=","))
        assert found.records == [(2, ("anna", "intro"))]
        assert any(
            note.endswith("is not a spreadsheet but delimited text, and is read as that.") for note in found.notes
        )
        # The rejects file is read with the same settings.
        assert found.delimiter == ","


def batches_of(result: Result) -> list[int]:
    """How many records each batch holds."""
    return [batch.rows for batch in result.batches]


def test_the_size_of_batches_changes_nothing_else(tmp_path: Path) -> None:
    def fill(_book: Book, sheet: Sheet) -> None:
        sheet.write_row(0, 0, HEADER)
        for row in range(1, 21):
            sheet.write_row(row, 0, [f"a{row}", "b", row] if row % 3 else [f"a{row}", "b", row, "too much"])

    path = xlsx(tmp_path, fill)
    whole, parts = read(path), read(path, batch_rows=3)
    assert (batches_of(whole), batches_of(parts)) == ([20], [3] * 6 + [2])
    assert (whole.records, whole.types, whole.ragged) == (parts.records, parts.types, parts.ragged)


def test_a_header_that_stands_lower(tmp_path: Path) -> None:
    def fill(_book: Book, sheet: Sheet) -> None:
        for row, cells in enumerate([["Report", 2024], [], HEADER, [], ["anna", "intro", 5], ["TOTAL", "", 5]]):
            sheet.write_row(row, 0, cells)

    path = xlsx(tmp_path, fill)
    with pytest.raises(FileError, match="line 1 has no name of a column, but line 3 has: "):
        read(path)
    for line in (2, 3):
        result = read(path, Reading(header_row=line, skip_rows=((HEADER[0], ("total",)),)))
        assert result.records == [(5, ("anna", "intro", "5"))]
