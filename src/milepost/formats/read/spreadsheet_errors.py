"""Which cells of a sheet hold an error such as #N/A: calamine gives them as empty, and empty is something else."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

import xlrd  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]

from milepost.model.exceptions import FileError

Errors = Mapping[int, Mapping[int, str]]
"""Row number (from 1), then place in the row (from 0), to what the sheet shows."""

MOST_CELLS = 32 * 1024 * 1024
"""A sheet that reaches over more cells than this is refused: calamine makes room for all, and ends the process."""

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


def examine(path: Path) -> None:
    """Raise whatever there is to raise for a damaged XLS file: over some damage calamine ends the process."""
    if path.suffix.lower() == ".xls":
        _xls(path).release_resources()


def find(path: Path, name: str, sheet: str) -> Errors:
    """The errors in the sheet called `sheet` of the file that messages call `name`.

    Raises FileError for a sheet that is too large, and whatever there is to raise for a damaged file.
    """
    return _FINDERS[path.suffix.lower()](path, name, sheet)


def _in_xlsx(path: Path, name: str, sheet: str) -> Errors:
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
        if not has_errors:
            return {}
        with archive.open(part) as content:
            return _gathered(_xlsx_errors(content))


def _sheet_part(archive: zipfile.ZipFile, sheet: str) -> str:
    book = _tree(archive, "xl/workbook.xml")
    relations = _tree(archive, "xl/_rels/workbook.xml.rels")
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations.iter("{*}Relationship")}
    for element in book.iter("{*}sheet"):
        if element.get("name") == sheet:
            target = targets[element.get(_RELATION) or element.get(_STRICT_RELATION)]
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            # Names of parts are equal without letter case.
            return next((name for name in archive.namelist() if name.casefold() == part.casefold()), part)
    raise KeyError(sheet)


def _tree(archive: zipfile.ZipFile, part: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(archive.read(part), parser)


def _xlsx_errors(content: IO[bytes]) -> Iterator[tuple[int, int, str]]:
    row, place = 0, -1
    for event, element in _elements(content, ("{*}row", "{*}c")):
        name = etree.QName(element).localname
        if name == "row" and event == "start":
            row, place = int(element.get("r") or row + 1), -1
        elif name == "row":
            _forget(element)
        elif event == "end":
            place = _place(element.get("r")) if element.get("r") else place + 1
            if element.get("t") == "e":
                yield row, place, element.findtext("{*}v") or "#ERROR"


def _place(reference: str | None) -> int:
    place = 0
    for letter in itertools.takewhile(str.isalpha, reference or ""):
        place = place * 26 + ord(letter.upper()) - ord("A") + 1
    return place - 1


def _in_ods(path: Path, _name: str, sheet: str) -> Errors:
    with zipfile.ZipFile(path) as archive:
        if not any(_TABLE_ERROR.search(block) for block in _blocks(archive, "content.xml")):
            return {}
        with archive.open("content.xml") as content:
            return _gathered(_ods_errors(content, sheet))


def _ods_errors(content: IO[bytes], sheet: str) -> Iterator[tuple[int, int, str]]:
    row, wanted = 0, False
    for event, element in _elements(content, (f"{_TABLE}table", f"{_TABLE}table-row")):
        if element.tag == f"{_TABLE}table":
            wanted = event == "start" and element.get(f"{_TABLE}name") == sheet
        elif event == "end":
            repeated = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            if wanted:
                found = list(_ods_row(element))
                yield from (
                    (row + 1 + more, place, text) for more in range(repeated if found else 0) for place, text in found
                )
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


def _in_xls(path: Path, _name: str, sheet: str) -> Errors:
    table = _xls(path).sheet_by_name(sheet)
    return _gathered(
        (row + 1, place, xlrd.error_text_from_code.get(table.cell_value(row, place), "#ERROR"))
        for row in range(table.nrows)
        for place, kind in enumerate(table.row_types(row))
        if kind == xlrd.XL_CELL_ERROR
    )


def _xls(path: Path) -> xlrd.Book:
    # Its remarks would go to standard output, where data goes.
    return xlrd.open_workbook(str(path), logfile=io.StringIO())


def _gathered(errors: Iterator[tuple[int, int, str]]) -> Errors:
    rows: dict[int, dict[int, str]] = {}
    for row, place, text in errors:
        rows.setdefault(row, {})[place] = text
    return rows


def _blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The text of a part, block by block with the end of the block before: what is sought is rare, and XML is slow."""
    with archive.open(part) as content:
        end = b""
        while block := content.read(_BLOCK):
            yield end + block
            end = block[-_LONGEST:]


def _elements(content: IO[bytes], tags: tuple[str, ...]) -> Iterator[tuple[str, etree._Element]]:
    yield from etree.iterparse(
        content,
        events=("start", "end"),
        tag=tags,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
    )


def _forget(element: etree._Element) -> None:
    """Free what was read: a sheet may be long."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


_FINDERS: Mapping[str, Callable[[Path, str, str], Errors]] = {
    ".xlsx": _in_xlsx,
    ".xlsm": _in_xlsx,
    ".xls": _in_xls,
    ".ods": _in_ods,
}
