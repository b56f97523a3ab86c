"""Good files with random damage: each ends in findings or a sentence, and its rows add up. `make fuzz` tries 20,000."""

from __future__ import annotations

import datetime as dt
import io
import random
import secrets
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]
import xlwt

from functional import hostile
from functional.workbench import DIRTY, run_here
from generative.effort import MULTIPLIER

MUTANTS = {"csv": 40, "xlsx": 24, "xls": 20, "ods": 20}
"""How many are tried of each kind of file."""
CAMPAIGN = 10
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
        name = chance.choice([*parts, *[one for one in parts if "sheet1" in one or one == "content.xml"] * len(parts)])
        packed = io.BytesIO()
        hostile.packed(packed, parts | {name: _changed(parts[name], chance)})
        return packed.getvalue()
    return _changed(data, chance)


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


@pytest.mark.parametrize("ending", GOOD)
def test_mutants(store: Path, ending: str) -> None:
    good, path = GOOD[ending](), store.parent / f"file.{ending}"
    count, first = MUTANTS[ending], 0
    if MULTIPLIER:
        count, first = round(count * CAMPAIGN * MULTIPLIER), secrets.randbelow(10**9)
    for seed in range(first, first + count):
        path.write_bytes(damaged(good, random.Random(seed)))
        outcome = run_here("check", path, "--json", "--rejects", "rejects.csv")
        document = outcome.document
        if outcome.status == 2:
            assert document["error"]["code"] != "bug", (seed, document)
            continue
        assert outcome.status in {0, 1, 3}, (seed, outcome)
        outcomes = ("created", "updated", "unchanged", "deleted", "superseded", "skipped", "rejected")
        assert document["rows"] == sum(document.get(name, 0) for name in outcomes), (seed, document)
        assert "Traceback" not in outcome.stderr, (seed, outcome.stderr)
