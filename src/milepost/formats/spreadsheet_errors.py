"""Which cells of a sheet hold an error such as #N/A: calamine gives them as empty, and empty is something else."""

from __future__ import annotations

import itertools
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

import xlrd  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]

Errors = Mapping[int, Mapping[int, str]]
"""Row number (from 1), then place in the row (from 0), to what the sheet shows."""

DAMAGE = (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError, xlrd.XLRDError, xlrd.compdoc.CompDocError)
"""What reading a damaged file raises."""

_BLOCK = 1024 * 1024
_SHEET_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")
_TABLE_ERROR = re.compile(rb"""value-type\s*=\s*["']error["']""")
_LONGEST = 64
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def find(path: Path, sheet: str) -> Errors:
    """The errors in the sheet called `sheet`; raises one of DAMAGE for a damaged file."""
    return _FINDERS[path.suffix.lower()](path, sheet)


def _in_xlsx(path: Path, sheet: str) -> Errors:
    with zipfile.ZipFile(path) as archive:
        part = _sheet_part(archive, sheet)
        if not _holds(archive, part, _SHEET_ERROR):
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


def _in_ods(path: Path, sheet: str) -> Errors:
    with zipfile.ZipFile(path) as archive:
        if not _holds(archive, "content.xml", _TABLE_ERROR):
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


def _in_xls(path: Path, sheet: str) -> Errors:
    with xlrd.open_workbook(str(path), on_demand=True) as book:
        table = book.sheet_by_name(sheet)
        return _gathered(
            (row + 1, place, xlrd.error_text_from_code.get(table.cell_value(row, place), "#ERROR"))
            for row in range(table.nrows)
            for place, kind in enumerate(table.row_types(row))
            if kind == xlrd.XL_CELL_ERROR
        )


def _gathered(errors: Iterator[tuple[int, int, str]]) -> Errors:
    rows: dict[int, dict[int, str]] = {}
    for row, place, text in errors:
        rows.setdefault(row, {})[place] = text
    return rows


def _holds(archive: zipfile.ZipFile, part: str, pattern: re.Pattern[bytes]) -> bool:
    """Whether the text of a part matches, without reading it as XML: most sheets hold no error."""
    with archive.open(part) as content:
        end = b""
        while block := content.read(_BLOCK):
            if pattern.search(end + block):
                return True
            end = block[-_LONGEST:]
    return False


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


_FINDERS: Mapping[str, Callable[[Path, str], Errors]] = {
    ".xlsx": _in_xlsx,
    ".xlsm": _in_xlsx,
    ".xls": _in_xls,
    ".ods": _in_ods,
}

ENDINGS = tuple(_FINDERS)
"""The endings of the spreadsheets that are read."""
