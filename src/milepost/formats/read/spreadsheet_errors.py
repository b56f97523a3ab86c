"""The cells of a sheet with an error such as #N/A, which calamine returns as empty cells."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, cast

import xlrd  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]

from milepost.formats.read.byte_stream import refuse_bomb
from milepost.model.exceptions import FileError

Marks = Mapping[int, Mapping[int, str]]
"""Row number (from 1), then place in the row (from 0), to a text about the cell: its error, or its format."""

Found = Iterator[tuple[int, int, str]]
"""A row number, a place and a text, as in `Marks`."""

MOST_CELLS = 32 * 1024 * 1024
"""A sheet whose range has more cells is refused: calamine allocates all of them, which can crash the process."""

_BLOCK = 1024 * 1024
_BOOK = "xl/workbook.xml"
STYLES = "xl/styles.xml"
STANDARD = {"9": "0%", "10": "0.00%", "46": "[h]:mm:ss"}
"""Formats that have a number and no code in an XLSX file."""
ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
"""Matches formats of durations, whose cells calamine cannot read if they are very long."""
_BOUND_SHEET, _CELL_STYLE, _END_OF_BOOK = 0x85, 0xE0, 0x0A
_SHEETS = ("/worksheet", "/chartsheet", "/dialogsheet")
# Patterns that begin with a character of their own are found several times faster.
_SHEET_ERROR = re.compile(rb"""t\s*=\s*["']e["']""")
_ROW_NUMBER = re.compile(rb"""row\b[^<>]*?\br\s*=\s*["']([0-9]+)["']""")
_ODD_REFERENCE = re.compile(rb"""r\s*=\s*["'](?![A-Z]?[0-9]{1,7}["'])([^"'<]*)["']""")
"""Matches references beyond the column Z, wrong ones, and the values of some other attributes."""
_FAR_COLUMN = re.compile(rb"[A-Za-z]{1,3}(?=[0-9]{1,7}\Z)")
_WRONG_REFERENCE = re.compile(
    rb"""<(?:\w+:)?(?:c|row)\b[^<]*?\sr\s*=\s*["'](?![A-Za-z]{0,3}[0-9]{1,7}["'])([^"'<]*)["']"""
)
_ERROR_CELL = re.compile(rb"""(<(?:\w+:)?c\b[^<>]*?\st\s*=\s*["'])e(["'])""")
_TABLE_ERROR = re.compile(rb"""value-type\s*=\s*["']error["']""")
_LONGEST = 256
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
SAFELY = {"resolve_entities": False, "no_network": True, "load_dtd": False}


def examine(path: Path, name: str) -> None:
    """Raise FileError for a file, called `name`, that unpacks to too much, and any exception for a damaged XLS file."""
    if path.suffix.lower() == ".xls":
        opened_xls(path).release_resources()
        return
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    refuse_bomb(name, unpacked, path.stat().st_size)


def find(path: Path, name: str, sheet: str) -> Marks:
    """The errors, as a sheet shows them, in the sheet `sheet` of a file, called `name` in messages.

    Raises FileError for a sheet that is too large, and any exception for a damaged file.
    """
    return by_row(_FINDERS[path.suffix.lower()](path, name, sheet))


def by_row(found: Found) -> Marks:
    rows: dict[int, dict[int, str]] = {}
    for row, place, text in found:
        rows.setdefault(row, {})[place] = text
    return rows


def _in_xlsx(path: Path, name: str, sheet: str) -> Found:
    with zipfile.ZipFile(path) as archive:
        part = sheet_part(archive, sheet)
        has_errors, rows, width = False, 0, 26
        for block in blocks(archive, part):
            has_errors = has_errors or _SHEET_ERROR.search(block) is not None
            rows = max(rows, max(map(int, _ROW_NUMBER.findall(block)), default=0))
            odd = set(_ODD_REFERENCE.findall(block))
            far = {found[0] for found in map(_FAR_COLUMN.match, odd) if found}
            width = max(width, max((place_of(column.decode()) + 1 for column in far), default=0))
            if odd and (wrong := _WRONG_REFERENCE.search(block)):
                reference = wrong[1].decode("utf-8", "replace")[:40]
                raise FileError(
                    f'{name}: the sheet "{sheet}" has a cell or row "{reference}", which no sheet has. Save it as CSV.'
                )
        if rows * width > MOST_CELLS:
            raise FileError(
                f'{name}: the sheet "{sheet}" reaches over {rows:,} rows and {width:,} columns, which is too much. '
                "Delete the cells far outside the table, or save it as CSV."
            )
        if has_errors:
            with archive.open(part) as content:
                for row, place, cell in xlsx_cells(content):
                    if cell.get("t") == "e":
                        yield row, place, cell.findtext("{*}v") or "#ERROR"


def mended(path: Path, sheet: str | None, *, with_durations: bool = True) -> IO[bytes]:
    """A copy of an XLSX or XLS file without what calamine refuses in it.

    XLSX: macro sheets, and errors, which become texts. XLS: all sheets but `sheet`, by default the first. Without
    durations, they become numbers of days: calamine gives up rows with very long ones.
    """
    copy = io.BytesIO()
    if path.suffix.lower() == ".xls":
        copy.write(_with_one_sheet(opened_xls(path), sheet, with_durations=with_durations))
        copy.seek(0)
        return copy
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(copy, "w") as target:
        book, relations = _book(archive)
        for element in list(book.iter("{*}sheet")):
            if not _relation(element, relations).get("Type", "").endswith(_SHEETS):
                element.getparent().remove(element)
        for name in archive.namelist():
            part = etree.tostring(book) if name == _BOOK else archive.read(name)
            if name.casefold() == STYLES and not with_durations:
                part = _without_durations(part)
            target.writestr(name, _ERROR_CELL.sub(rb"\1str\2", part))
    copy.seek(0)
    return copy


def _with_one_sheet(book: xlrd.Book, sheet: str | None, *, with_durations: bool) -> bytes:
    """An XLS file whose sheets all have the content of `sheet`, maybe without the formats of durations."""
    data, place, named = bytearray(book.mem), book.base, book.sheet_names()
    position = book._sh_abs_posn[named.index(sheet) if sheet in named else 0] - book.base
    while place < len(data) and (code := int.from_bytes(data[place : place + 2], "little")) != _END_OF_BOOK:
        if code == _BOUND_SHEET:
            data[place + 4 : place + 8] = position.to_bytes(4, "little")
        elif code == _CELL_STYLE and not with_durations:
            form = book.format_map.get(int.from_bytes(data[place + 6 : place + 8], "little"))
            if form is not None and ELAPSED.search(form.format_str):
                data[place + 6 : place + 8] = bytes(2)
        place += 4 + int.from_bytes(data[place + 2 : place + 4], "little")
    return bytes(data)


def _without_durations(styles: bytes) -> bytes:
    """The styles of an XLSX file, with no format instead of those of durations."""
    book = etree.fromstring(styles, etree.XMLParser(**SAFELY))
    codes = {form.get("numFmtId"): form.get("formatCode", "") for form in book.iter("{*}numFmt")}
    for style in book.iter("{*}xf"):
        number = style.get("numFmtId")
        if ELAPSED.search((STANDARD | codes).get(number, "")):
            style.set("numFmtId", "0")
    return cast("bytes", etree.tostring(book))


def _book(archive: zipfile.ZipFile) -> tuple[etree._Element, dict[str, etree._Element]]:
    """The workbook, and its relations by their names."""
    parser = etree.XMLParser(**SAFELY)
    book, relations = (etree.fromstring(archive.read(part), parser) for part in (_BOOK, "xl/_rels/workbook.xml.rels"))
    return book, {relation.get("Id"): relation for relation in relations.iter("{*}Relationship")}


def _relation(sheet: etree._Element, relations: Mapping[str, etree._Element]) -> etree._Element:
    return relations[sheet.get(_RELATION) or sheet.get(_STRICT_RELATION)]


def sheet_part(archive: zipfile.ZipFile, sheet: str) -> str:
    book, relations = _book(archive)
    for element in book.iter("{*}sheet"):
        if element.get("name") == sheet:
            target = _relation(element, relations).get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            # Part names are case-insensitive.
            return next((name for name in archive.namelist() if name.casefold() == part.casefold()), part)
    raise KeyError(sheet)


def xlsx_cells(content: IO[bytes]) -> Iterator[tuple[int, int, etree._Element]]:
    """The cells of a sheet, each with its row number and its place."""
    row, place = 0, -1
    for event, element in etree.iterparse(content, ("start", "end"), tag=("{*}row", "{*}c"), huge_tree=True, **SAFELY):
        name = etree.QName(element).localname
        if name == "row" and event == "start":
            row, place = int(element.get("r") or row + 1), -1
        elif name == "row":
            forget(element)
        elif event == "end":
            place = place_of(element.get("r")) if element.get("r") else place + 1
            yield row, place, element


def place_of(reference: str) -> int:
    """The place of a cell, from 0, by a reference such as `AB7`."""
    place = 0
    for letter in itertools.takewhile(str.isalpha, reference):
        place = place * 26 + ord(letter.upper()) - ord("A") + 1
    return place - 1


def _in_ods(path: Path, _name: str, sheet: str) -> Found:
    with zipfile.ZipFile(path) as archive:
        if any(_TABLE_ERROR.search(block) for block in blocks(archive, "content.xml")):
            with archive.open("content.xml") as content:
                for rows, row in ods_rows(content, sheet):
                    for places, cell in ods_cells(row):
                        if any(name.endswith("}value-type") and value == "error" for name, value in cell.items()):
                            text = "".join(str(part) for part in cell.itertext(f"{_TEXT}p")) or "#ERROR"
                            yield from ((number, place, text) for number in rows for place in places)


def ods_rows(content: IO[bytes], sheet: str) -> Iterator[tuple[range, etree._Element]]:
    """The rows of a sheet, each with its row numbers: it may be repeated."""
    row, wanted = 0, False
    tags = (f"{TABLE}table", f"{TABLE}table-row")
    for event, element in etree.iterparse(content, ("start", "end"), tag=tags, huge_tree=True, **SAFELY):
        if element.tag == f"{TABLE}table":
            wanted = event == "start" and element.get(f"{TABLE}name") == sheet
        elif event == "end":
            repeated = int(element.get(f"{TABLE}number-rows-repeated", "1"))
            if wanted:
                yield range(row + 1, row + 1 + repeated), element
                row += repeated
            forget(element)


def ods_cells(row: etree._Element) -> Iterator[tuple[range, etree._Element]]:
    """The cells of a row, each with its places: it may be repeated."""
    place = 0
    for cell in row:
        repeated = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
        yield range(place, place + repeated), cell
        place += repeated


def _in_xls(path: Path, _name: str, sheet: str) -> Found:
    table = opened_xls(path).sheet_by_name(sheet)
    for row in range(table.nrows):
        for place, kind in enumerate(table.row_types(row)):
            if kind == xlrd.XL_CELL_ERROR:
                yield row + 1, place, xlrd.error_text_from_code.get(table.cell_value(row, place), "#ERROR")


def opened_xls(path: Path, *, with_formats: bool = False) -> xlrd.Book:
    """The workbook, maybe with the formats of its cells. Raises any exception for a damaged file."""
    # Its log would go to standard output, which is for data. On demand, since other sheets may be broken.
    return xlrd.open_workbook(str(path), logfile=io.StringIO(), on_demand=True, formatting_info=with_formats)


def blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The text of a part in overlapping blocks, to search it before parsing: matches are rare, and parsing is slow."""
    with archive.open(part) as content:
        end = b""
        while block := content.read(_BLOCK):
            yield end + block
            end = block[-_LONGEST:]


def forget(element: etree._Element) -> None:
    """Free the memory of an element and of those before it: a sheet may be long."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


_FINDERS = {".xlsx": _in_xlsx, ".xlsm": _in_xlsx, ".xls": _in_xls, ".ods": _in_ods}
