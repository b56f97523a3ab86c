"""The formats of a spreadsheet's numbers that change what a cell says: percentages, and leading zeros."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import IO

import xlrd  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]

from milepost.formats.read.spreadsheet_errors import (
    ELAPSED,
    SAFELY,
    STANDARD,
    STYLES,
    TABLE,
    Found,
    Marks,
    blocks,
    by_row,
    forget,
    ods_cells,
    ods_rows,
    opened_xls,
    place_of,
    sheet_part,
    xlsx_cells,
)

PERCENT, DURATION = "%", "[h]"
"""Formats of cells; a third one is two or more zeros."""
_OTHER_SIGNS = re.compile(r'"[^"]*"|[\\_*].|\[[^\]]*\]', re.DOTALL)
"""Matches the parts of a format that are text, width, filling, colours and conditions."""
_IN_ODS = re.compile(rb"""value-type\s*=\s*["']percentage|min-integer-digits\s*=\s*["'](?!["01]["'])""")
_CELL_OF_STYLE = (
    rb"""<(?:\w+:)?c\s(?=[^<>]*?\bs\s*=\s*["'](%b)["'])[^<>]*?\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']"""
)
"""Matches cells of a sheet of XLSX with one of some styles."""
_WITHOUT_REFERENCE = re.compile(rb"<(?:\w+:)?c(?:\s(?:(?!\br\s*=)[^<>])*)?>")
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_NUMBER = "{urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_SECONDS_OF_A_DAY = 86_400
_MOST_DIGITS = 255
_MOST_COLUMNS = 16_384
_MOST_STYLES = 65_536
"""A workbook that programs write has no more."""

_FormOf = Callable[[str], str]
"""From the code of a format to the format, empty for those that are not wanted."""


def find(path: Path, sheet: str) -> Marks:
    """The formats in the sheet `sheet`. Its cells are looked at only if the file has such a format."""
    return by_row(_FINDERS[path.suffix.lower()](path, sheet, _format))


def durations(path: Path, sheet: str) -> Marks:
    """The cells with a format of durations, which is `DURATION`, in an XLSX or XLS file."""
    return by_row(_FINDERS[path.suffix.lower()](path, sheet, lambda code: DURATION if ELAPSED.search(code) else ""))


def shown(number: str, form: str) -> str:
    """What a cell shows of a number (a plain decimal) in that format, unrounded; a duration's seconds."""
    if form == DURATION:
        return f"{Decimal(number) * _SECONDS_OF_A_DAY:f}"
    if form != PERCENT:
        return number if "." in number else number.zfill(len(form) + number.startswith("-"))
    return f"{Decimal(number).scaleb(2).normalize():f}{PERCENT}"


def _format(code: str) -> str:
    """The format of positive numbers if it is a percentage or zeros, else nothing."""
    signs = _OTHER_SIGNS.sub("", code).partition(";")[0]
    if PERCENT in signs:
        return PERCENT
    return code if re.fullmatch("00+", code) else ""


def _in_xlsx(path: Path, sheet: str, form_of: _FormOf) -> Found:
    with zipfile.ZipFile(path) as archive:
        styles = _xlsx_styles(archive, form_of)
        if not styles:
            return
        part = sheet_part(archive, sheet)
        marked = re.compile(_CELL_OF_STYLE % "|".join(styles).encode())
        for block in blocks(archive, part):
            if "0" in styles or _WITHOUT_REFERENCE.search(block):
                break
            for style, column, row in marked.findall(block):
                yield int(row), place_of(column.decode()), styles[style.decode()]
        else:
            return
        # Many times slower.
        with archive.open(part) as content:
            for number, place, cell in xlsx_cells(content):
                if form := styles.get(cell.get("s") or "0"):
                    yield number, place, form


def _xlsx_styles(archive: zipfile.ZipFile, form_of: _FormOf) -> dict[str, str]:
    """The styles of cells with one of the formats, by their numbers."""
    name = next((name for name in archive.namelist() if name.casefold() == STYLES), None)
    if name is None:
        return {}
    codes, styles = {number: form_of(code) for number, code in STANDARD.items()}, []
    with archive.open(name) as content:
        for _, element in etree.iterparse(content, tag=("{*}numFmt", "{*}xf"), **SAFELY):
            if etree.QName(element).localname == "numFmt":
                codes[element.get("numFmtId", "")] = form_of(element.get("formatCode", ""))
            elif etree.QName(element.getparent()).localname == "cellXfs":
                styles.append(codes.get(element.get("numFmtId", "0"), ""))
                if len(styles) == _MOST_STYLES:
                    break
            forget(element)
    return {str(number): form for number, form in enumerate(styles) if form}


def _in_xls(path: Path, sheet: str, form_of: _FormOf) -> Found:
    if not any(_xls_styles(opened_xls(path), form_of)):
        return
    book = opened_xls(path, with_formats=True)
    styles, table = _xls_styles(book, form_of), book.sheet_by_name(sheet)
    for row in range(table.nrows):
        for place, kind in enumerate(table.row_types(row)):
            if kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE) and (form := styles[table.cell_xf_index(row, place)]):
                yield row + 1, place, form


def _xls_styles(book: xlrd.Book, form_of: _FormOf) -> list[str]:
    """The formats of all styles of cells, by their numbers."""
    return ["" if one.is_style else form_of(book.format_map[one.format_key].format_str) for one in book.xf_list]


def _in_ods(path: Path, sheet: str, form_of: _FormOf) -> Found:
    with zipfile.ZipFile(path) as archive:
        if not any(_IN_ODS.search(block) for block in blocks(archive, "content.xml")):
            return
        with archive.open("content.xml") as content:
            styles, columns = _ods_styles(content, sheet, form_of)
        with archive.open("content.xml") as content:
            for rows, row in ods_rows(content, sheet):
                for places, cell in ods_cells(row):
                    kind, style = cell.get(f"{_OFFICE}value-type"), cell.get(f"{TABLE}style-name")
                    for place in places if kind in ("percentage", "float") else ():
                        form = PERCENT if kind == "percentage" else styles.get(style or columns.get(place, ""), "")
                        yield from ((number, place, form) for number in rows if form)


def _ods_styles(content: IO[bytes], sheet: str, form_of: _FormOf) -> tuple[dict[str, str], dict[int, str]]:
    """The styles of cells with a format of zeros, by their names; the style of each column of a sheet."""
    zeros, styles, columns = {}, {}, {}
    tags = (f"{_NUMBER}number-style", f"{_STYLE}style", f"{TABLE}table", f"{TABLE}table-column", f"{TABLE}table-row")
    wanted, place = False, 0
    for event, element in etree.iterparse(content, ("start", "end"), tag=tags, huge_tree=True, **SAFELY):
        if element.tag == f"{TABLE}table":
            wanted = event == "start" and element.get(f"{TABLE}name") == sheet
        elif element.tag == f"{TABLE}table-row" and wanted:
            break
        elif event == "end" and element.tag == f"{_NUMBER}number-style":
            zeros[element.get(f"{_STYLE}name")] = form_of(_ods_zeros(element))
        elif event == "end" and element.tag == f"{_STYLE}style":
            styles[element.get(f"{_STYLE}name")] = element.get(f"{_STYLE}data-style-name")
        elif event == "end" and element.tag == f"{TABLE}table-column" and wanted:
            after = place + min(int(element.get(f"{TABLE}number-columns-repeated", "1")), _MOST_COLUMNS)
            columns.update(dict.fromkeys(range(place, after), element.get(f"{TABLE}default-cell-style-name", "")))
            place = after
    return {name: zeros[data] for name, data in styles.items() if zeros.get(data)}, columns


def _ods_zeros(style: etree._Element) -> str:
    """As many zeros as the digits of a data style that shows only a whole number; empty for other styles."""
    digits = [dict(part.items()) for part in style if part.tag == f"{_NUMBER}number"]
    if len(digits) != 1 or len(style) > 1 or digits[0].get(f"{_NUMBER}decimal-places", "0") != "0":
        return ""
    if digits[0].get(f"{_NUMBER}grouping") == "true":
        return ""
    return "0" * min(int(digits[0].get(f"{_NUMBER}min-integer-digits", "1")), _MOST_DIGITS)


_FINDERS = {".xlsx": _in_xlsx, ".xlsm": _in_xlsx, ".xls": _in_xls, ".ods": _in_ods}
