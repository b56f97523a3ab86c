"""Good files with random damage: each ends in findings or a sentence, and its rows add up. `make fuzz` tries 20,000."""

from __future__ import annotations

import datetime as dt
import io
import random
import re
import secrets
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import xlsxwriter  # type: ignore[import-untyped]
import xlwt

from functional import hostile
from functional.workbench import DIRTY, run_here
from generative.effort import MULTIPLIER

MUTANTS = {"csv": 16, "xlsx": 12, "xls": 12, "ods": 12}
"""How many are tried of each kind of file."""
CAMPAIGN = 20
"""How many times as many a campaign tries, for each of its examples."""

TABLE = [line.split(",") for line in DIRTY.splitlines()]
TOKENS = [
    *(
        b'"',
        b"'",
        b",",
        b";",
        b"\t",
        b"\n",
        b"\r",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"=1+1",
        b"%",
        b"-",
        b"e",
        b"sep=;\n",
    ),
    *(
        b"<",
        b">",
        b"/>",
        b"&",
        b"&#0;",
        b"<!--",
        b"<![CDATA[",
        b't="e"',
        b't="s"',
        b'r="A0"',
        b"1048577",
        b"4294967296",
    ),
    *(b"99999999999999999999", b"1e308", b"NaN", b"2024-02-30", b"\xe2\x80\xae", b"\xcc\x81", b"\x85\x00", b"\xfc\x00"),
]


def _csv() -> bytes:
    return DIRTY.encode()


def _xlsx() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        date, percent = book.add_format({"num_format": "yyyy-mm-dd hh:mm"}), book.add_format({"num_format": "0%"})
        for number, row in enumerate(TABLE):
            sheet.write_row(number, 0, row)
        sheet.write_datetime(1, 4, dt.datetime(2024, 2, 1, 10, 0), date)  # noqa: DTZ001
        sheet.write_number(2, 5, 0.5, percent)
        sheet.write_formula(3, 7, "=NA()", None, "#N/A")
    return content.getvalue()


def _xls() -> bytes:
    content, book = io.BytesIO(), xlwt.Workbook()
    sheet = book.add_sheet("S")
    for number, row in enumerate(TABLE):
        for place, value in enumerate(row):
            sheet.write(number, place, value)
    sheet.write(6, 4, dt.datetime(2024, 2, 1, 10, 0), xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm"))  # noqa: DTZ001
    sheet.write(6, 5, 0.5, xlwt.easyxf(num_format_str="0%"))
    sheet.row(6).set_cell_error(7, 0x2A)
    book.save(content)
    return content.getvalue()


def _ods() -> bytes:
    content = io.BytesIO()
    hostile.ods(content, "".join(hostile.ods_row(*row) for row in TABLE) + hostile.ods_row("ada", repeated=2))
    return content.getvalue()


GOOD: dict[str, Callable[[], bytes]] = {"csv": _csv, "xlsx": _xlsx, "xls": _xls, "ods": _ods}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The data with one to four changes; of an archive, mostly in one of its parts."""
    if data.startswith(b"PK") and chance.random() < 0.9:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        within = [
            one for one in parts if one.endswith(("sheet1.xml", "sharedStrings.xml", "styles.xml", "content.xml"))
        ]
        name = chance.choice([*parts, *within * len(parts)])
        packed = io.BytesIO()
        change = _changed if chance.random() < 0.2 else _changed_values
        hostile.packed(packed, parts | {name: change(parts[name], chance)})
        return packed.getvalue()
    if data.startswith(b"\xd0\xcf") and chance.random() < 0.9:
        return _changed_record(data, chance)
    return _changed(data, chance)


_TEXT, _ATTRIBUTE = re.compile(rb"(?<=>)[^<>]+(?=</)"), re.compile(rb'(?<==")[^"<>]+(?=")')


def _changed_values(part: bytes, chance: random.Random) -> bytes:
    """XML with other values in one to four of its elements and attributes, which is still XML."""
    for _ in range(chance.randint(1, 4)):
        pattern = _ATTRIBUTE if chance.random() < 0.2 else _TEXT
        found = [one.span() for one in pattern.finditer(part, part.find(b"?>") + 1)]
        if not found:
            continue
        start, end = chance.choice(found)
        value = part[start:end]
        other = part[slice(*chance.choice(found))]
        token = chance.choice(TOKENS).decode("latin-1")
        new = chance.choice([b"", other, value * chance.randint(2, 50), value[1:], b"%d" % chance.randint(-9, 10**12)])
        if chance.random() < 0.3:
            new = escape("".join(one for one in token if one >= " "), {'"': "&quot;"}).encode()
        part = part[:start] + new + part[end:]
    return part


_RECORDS = {0xFC: 40.0, 0xFD: 0.1, 0x203: 8.0, 0x27E: 8.0, 0x205: 8.0, 0x41E: 1.0, 0xE0: 0.1, 0x200: 0.3, 0x208: 0.1}
"""Records of an XLS file about texts, cells, formats and rows, by their codes, and how often each is changed."""
_WORKBOOK = 512
"""Where the records of a file of xlwt begin."""


def _changed_record(data: bytes, chance: random.Random) -> bytes:
    """An XLS file with other bytes in one to four of those records, so that it is still a file with sheets."""
    content, place, found = bytearray(data), _WORKBOOK, []
    while code := int.from_bytes(data[place : place + 2], "little"):
        length = int.from_bytes(data[place + 2 : place + 4], "little")
        if code in _RECORDS and length:
            found.append((place, length, _RECORDS[code]))
        place += 4 + length
    for place, length, _ in chance.choices(found, [weight for *_, weight in found], k=chance.randint(1, 4)):
        new = chance.choice([bytes([chance.randrange(128)]), b"\0", b"\xff", chance.randbytes(chance.randint(1, 4))])
        # Rows and columns that are far away are refused.
        at = place + 4 + (0 if chance.random() < 0.05 else min(6, length - 1))
        at = chance.randint(at, place + 3 + length)
        if not data[at : at + 1].isalnum() and length > 20 and chance.random() < 0.95:
            continue  # lengths and flags of texts
        content[at : at + len(new)] = new
    return bytes(content)


def _changed(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        place, length = chance.randint(0, len(data)), int(chance.expovariate(0.1)) + 1
        piece = data[place : place + length]
        new = chance.choice(
            [
                b"",
                piece * chance.randint(2, 50),
                chance.choice(TOKENS),
                chance.randbytes(length),
                piece + chance.choice(TOKENS),
            ]
        )
        data = data[:place] + new + data[place + chance.choice([0, length]) :]
    return data[: chance.randint(0, len(data))] if chance.random() < 0.05 else data


@pytest.mark.usefixtures("read_by_server")
@pytest.mark.parametrize("ending", GOOD)
def test_mutants(store: Path, ending: str) -> None:
    """Each is imported; all into one store, so that what is stored varies too."""
    good, path = GOOD[ending](), store.parent / f"file.{ending}"
    count, first = MUTANTS[ending], 0
    if MULTIPLIER:
        count, first = round(count * CAMPAIGN * MULTIPLIER), secrets.randbelow(10**9)
    refused = 0
    for seed in range(first, first + count):
        path.write_bytes(damaged(good, random.Random(seed)))
        outcome = run_here("import", path, "--json", "--rejects", "rejects.csv", "--max-rejected", "100%")
        document = outcome.document
        if outcome.status == 2:
            assert document["error"]["code"] != "bug", (seed, document)
            refused += 1
            continue
        assert outcome.status in {0, 1}, (seed, outcome)
        outcomes = ("created", "updated", "unchanged", "deleted", "superseded", "skipped", "rejected")
        assert document["rows"] == sum(document.get(name, 0) for name in outcomes), (seed, document)
        assert "Traceback" not in outcome.stderr, (seed, outcome.stderr)
    # Others reach the rows.
    assert refused < count * 0.8
