"""The cells of a sheet with an error such as #N/A, which calamine returns as empty cells."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import xlrd  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]

from milepost.model.exceptions import FileError

Errors = Mapping[int, Mapping[int, str]]
"""Row number (from 1), then place in the row (from 0), to the text that the sheet shows."""

_Found = Iterator[tuple[int, int, str]]
"""A row number, a place and a text, as in `Errors`."""

MOST_CELLS = 32 * 1024 * 1024
"""A sheet whose range has more cells is refused: calamine allocates all of them, which can crash the process."""

_BLOCK = 1024 * 1024
_SHEET_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")
_ROW_NUMBER = re.compile(rb"""<(?:\w+:)?row\b[^<>]*?\br\s*=\s*["']([0-9]+)["']""")
_FAR_COLUMN = re.compile(rb"""\br\s*=\s*["']([A-Z]{2,3})[0-9]""")
_TABLE_ERROR = re.compile(rb"""value-type\s*=\s*["']error["']""")
_LONGEST = 256
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_SAFELY = {"resolve_entities": False, "no_network": True, "load_dtd": False}


def examine(path: Path) -> None:
    """Raise any exception for a damaged XLS file, which might crash calamine and the process."""
    if path.suffix.lower() == ".xls":
        _xls(path).release_resources()


def find(path: Path, name: str, sheet: str) -> Errors:
    """The errors in the sheet `sheet` of a file, called `name` in messages.

    Raises FileError for a sheet that is too large, and any exception for a damaged file.
    """
    rows: dict[int, dict[int, str]] = {}
    for row, place, text in _FINDERS[path.suffix.lower()](path, name, sheet):
        rows.setdefault(row, {})[place] = text
    return rows


def _in_xlsx(path: Path, name: str, sheet: str) -> _Found:
    with zipfile.ZipFile(path) as archive:
        part = _sheet_part(archive, sheet)
        has_errors, rows, width = False, 0, 26
        for block in _blocks(archive, part):
            has_errors = has_errors or _SHEET_ERROR.search(block) is not None
            rows = max(rows, max(map(int, _ROW_NUMBER.findall(block)), default=0))
            width = max(width, max((_place(cell.decode()) + 1 for cell in set(_FAR_COLUMN.findall(block))), default=0))
        if rows * width > MOST_CELLS:
            raise FileError(
                f'{name}: the sheet "{sheet}" reaches over {rows:,} rows and {width:,} columns, which is too much. '
                "Delete the cells far outside the table, or save it as CSV."
            )
        if has_errors:
            with archive.open(part) as content:
                yield from _xlsx_errors(content)


def _sheet_part(archive: zipfile.ZipFile, sheet: str) -> str:
    parser = etree.XMLParser(**_SAFELY)
    book, relations = (
        etree.fromstring(archive.read(part), parser) for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
    )
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations.iter("{*}Relationship")}
    for element in book.iter("{*}sheet"):
        if element.get("name") == sheet:
            target = targets[element.get(_RELATION) or element.get(_STRICT_RELATION)]
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            # Part names are case-insensitive.
            return next((name for name in archive.namelist() if name.casefold() == part.casefold()), part)
    raise KeyError(sheet)


def _xlsx_errors(content: IO[bytes]) -> _Found:
    row, place = 0, -1
    for event, element in etree.iterparse(content, ("start", "end"), tag=("{*}row", "{*}c"), huge_tree=True, **_SAFELY):
        name = etree.QName(element).localname
        if name == "row" and event == "start":
            row, place = int(element.get("r") or row + 1), -1
        elif name == "row":
            _forget(element)
        elif event == "end":
            place = _place(element.get("r")) if element.get("r") else place + 1
            if element.get("t") == "e":
                yield row, place, element.findtext("{*}v") or "#ERROR"


def _place(reference: str) -> int:
    """The place of a cell, from 0, by a reference such as `AB7`."""
    place = 0
    for letter in itertools.takewhile(str.isalpha, reference):
        place = place * 26 + ord(letter.upper()) - ord("A") + 1
    return place - 1


def _in_ods(path: Path, _name: str, sheet: str) -> _Found:
    with zipfile.ZipFile(path) as archive:
        if any(_TABLE_ERROR.search(block) for block in _blocks(archive, "content.xml")):
            with archive.open("content.xml") as content:
                yield from _ods_errors(content, sheet)


def _ods_errors(content: IO[bytes], sheet: str) -> _Found:
    row, wanted = 0, False
    tags = (f"{_TABLE}table", f"{_TABLE}table-row")
    for event, element in etree.iterparse(content, ("start", "end"), tag=tags, huge_tree=True, **_SAFELY):
        if element.tag == f"{_TABLE}table":
            wanted = event == "start" and element.get(f"{_TABLE}name") == sheet
        elif event == "end":
            repeated = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            if wanted:
                for place, text in _ods_row(element):
                    yield from ((number, place, text) for number in range(row + 1, row + 1 + repeated))
                row += repeated
            _forget(element)


def _ods_row(row: etree._Element) -> Iterator[tuple[int, str]]:
    place = 0
    for cell in row:
        repeated = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        if any(name.endswith("}value-type") and value == "error" for name, value in cell.items()):
            text = "".join(str(part) for part in cell.itertext(f"{_TEXT}p")) or "#ERROR"
            yield from ((place + more, text) for more in range(repeated))
        place += repeated


def _in_xls(path: Path, _name: str, sheet: str) -> _Found:
    table = _xls(path).sheet_by_name(sheet)
    for row in range(table.nrows):
        for place, kind in enumerate(table.row_types(row)):
            if kind == xlrd.XL_CELL_ERROR:
                yield row + 1, place, xlrd.error_text_from_code.get(table.cell_value(row, place), "#ERROR")


def _xls(path: Path) -> xlrd.Book:
    # Its log would go to standard output, which is for data.
    return xlrd.open_workbook(str(path), logfile=io.StringIO())


def _blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The text of a part in overlapping blocks, to search it before parsing: matches are rare, and parsing is slow."""
    with archive.open(part) as content:
        end = b""
        while block := content.read(_BLOCK):
            yield end + block
            end = block[-_LONGEST:]


def _forget(element: etree._Element) -> None:
    """Free the memory of an element and of those before it: a sheet may be long."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


_FINDERS = {".xlsx": _in_xlsx, ".xlsm": _in_xlsx, ".xls": _in_xls, ".ods": _in_ods}
