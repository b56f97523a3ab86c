"""Web pages with tables, which programs also write under the names of spreadsheets."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice

from lxml import etree  # type: ignore[import-untyped]

from milepost.formats.header_names import MOST_COLUMNS, known
from milepost.formats.headers import MOST_ABOVE
from milepost.formats.read.byte_stream import BLOCK, ByteStream
from milepost.formats.read.spreadsheet_reader import RowSource
from milepost.formats.read.spreadsheet_rows import NOTHING, Cell, Row
from milepost.formats.registry import Expected
from milepost.model.columns import CellType
from milepost.model.exceptions import FileError, UsageError
from milepost.model.wording import Note, in_quotes, setting

LARGEST_PAGE = 32 * 1024 * 1024
"""The most bytes of a page: all of it is held in memory, at several times its size."""
MOST_CELLS = 4_000_000
"""The most cells of a table, merged ones counted one by one."""

_ROWS = 1_000
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_SPAN = re.compile(r"[0-9]{1,9}")
_TABLE_ROWS = etree.XPath("tr | thead/tr | tbody/tr | tfoot/tr")
_HIDDEN = ("script", "style", "table")


def open_web_page(content: ByteStream, expected: Expected, _stack: ExitStack) -> RowSource:
    """The first table of a page with a known header, or the one whose number is the sheet. Raises FileError."""
    tables = _tables(content, expected)
    sheet, name = expected.reading.sheet, content.name
    if not tables:
        raise FileError(f"{name} is a web page without a table. Is it a page to log in to? Fetch the file again.")
    numbers = [str(number) for number in range(1, len(tables) + 1)]
    if sheet is not None and sheet not in numbers:
        has = f"has no table {in_quotes(sheet)}; it has {len(tables)}"
        raise FileError(f"{name} is a web page and {has}. Name one by its number with {setting('sheet')}.")
    chosen = _with_header(tables, expected, name) if sheet is None else int(sheet) - 1
    notes = [Note(f"{name} is a web page, and is read as one.", "sheet")]
    if len(tables) > 1:
        others = f"Of its {len(tables)} tables number {chosen + 1} is read"
        notes.append(Note(f"{others}; {setting('sheet')} names another by its number.", "sheet"))
    parts = _parts(_rows(tables[chosen], name))
    return RowSource(name, content.sha256, expected.reading, parts, tuple(notes), tuple(numbers))


def _tables(content: ByteStream, expected: Expected) -> list[etree._Element]:
    data = b""
    while block := content.read(BLOCK):
        data += block
        if len(data) > LARGEST_PAGE:
            most = f"longer than {LARGEST_PAGE // 1024 // 1024} MB"
            raise FileError(f"{content.name} is a web page and {most}. Save it as CSV or .xlsx.")
    named = _CHARSET.search(data[:4096])
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    of_page = named[1].decode("ascii") if named else expected.reading.encoding
    encoding = next((codec for mark, codec in marks if data.startswith(mark)), of_page)
    try:
        text = data.decode(encoding)
    except LookupError as error:
        raise UsageError(
            f"The encoding {in_quotes(encoding)} of {content.name} is unknown. Save it as UTF-8."
        ) from error
    except UnicodeError as error:
        remedy = f"Name its encoding with {setting('fileEncoding')}, or save it as CSV."
        raise FileError(f"{content.name} is a web page that is not valid {encoding}: {error}. {remedy}") from error
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, collect_ids=False
    )
    page = etree.fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser)
    return [] if page is None else [table for table in page.iter("table") if _TABLE_ROWS(table)]


def _with_header(tables: list[etree._Element], expected: Expected, name: str) -> int:
    """The place of the first table that has a known header; the first of all if none has."""
    for place, table in enumerate(tables):
        rows = [[text for text, _ in cells] for _, cells in islice(_rows(table, name), MOST_ABOVE + 1) if cells]
        if expected.columns is not None and rows and len(rows[0]) == len(expected.columns):
            return place
        if expected.columns is None and any(known(row, expected) for row in rows):
            return place
    return 0


def _rows(table: etree._Element, name: str) -> Iterator[Row]:
    """The rows with their numbers; the first of merged cells has the value."""
    below: dict[int, int] = {}
    count = 0
    for number, element in enumerate(_TABLE_ROWS(table), start=1):
        cells: list[Cell] = []
        for cell in element.iterchildren("td", "th"):
            while below.get(len(cells), 0) >= number:
                cells.append(NOTHING)
            last = number + _span(cell, "rowspan") - 1
            width = min(_span(cell, "colspan"), MOST_COLUMNS)
            if last > number:
                below |= dict.fromkeys(range(len(cells), len(cells) + width), last)
            text = _text(cell)
            cells.append((text, CellType.TEXT.value) if text else NOTHING)
            cells += [NOTHING] * (width - 1)
            if count + len(cells) > MOST_CELLS:
                raise FileError(f"{name}: the table has more than {MOST_CELLS:,} cells. Save it as CSV.")
        count += len(cells)
        yield number, cells


def _span(cell: etree._Element, name: str) -> int:
    found = _SPAN.fullmatch(cell.get(name, "").strip())
    return max(1, int(found[0])) if found else 1


def _text(cell: etree._Element) -> str:
    """The text as a page shows it, without that of tables inside."""
    parts: list[str] = []
    walk = etree.iterwalk(cell, events=("start", "end"))
    for event, element in walk:
        if event == "start" and element.tag in _HIDDEN:
            walk.skip_subtree()
        elif event == "start":
            parts += [" " if element.tag == "br" else "", element.text or ""]
        elif element is not cell:
            parts.append(element.tail or "")
    return re.sub(r"[ \t\r\n\f]+", " ", "".join(parts)).strip(" ")


def _parts(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while part := list(islice(rows, _ROWS)):
        yield part
