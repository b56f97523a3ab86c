"""Files as attackers make them: each ends in findings or in a sentence, in bounded memory and time."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from functional import hostile
from functional.hostile import GOOD, HEADER, ODS_GOOD, ROW, sheet, xlsx
from functional.workbench import Outcome, environment

MEMORY = 512 * 1024 * 1024
SECONDS = 10
"""The bytes and the processor time that the reading of one of the files may take."""
PATIENCE = 300

_RUN = f"""
import json, resource, sys, time
from functional.workbench import run_here
# The memory that a process takes, without what it merely maps.
resource.setrlimit(resource.RLIMIT_DATA, ({MEMORY}, {MEMORY}))
for words in json.loads(sys.argv[1]):
    end = int(time.process_time()) + {SECONDS} + 1
    resource.setrlimit(resource.RLIMIT_CPU, (end, resource.RLIM_INFINITY))
    outcome = run_here(*words)
    print(json.dumps([outcome.status, outcome.stdout, outcome.stderr]))
"""

Make = Callable[[Path], object]


@dataclass(frozen=True)
class Hostile:
    """A file, how its check ends, and what is said: a part of the message, or the findings with their counts."""

    make: Make
    status: int
    said: str | Mapping[str, int]


def run_limited(folder: Path, commands: list[list[str]]) -> list[Outcome]:
    """What comes of commands in one process with limits, which must print nothing of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps(commands)],
        cwd=folder,
        # Arrow would reserve memory beforehand that it does not use.
        env=environment(PYTHONPATH=":".join(sys.path), POLARS_MAX_THREADS="1", ARROW_DEFAULT_MEMORY_POOL="system"),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    outcomes = [Outcome(*json.loads(line)) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, ""), f"{commands[len(outcomes) :][:1]}: {done.stderr}"
    return outcomes


TOO_MUCH = "takes more memory or time than a file of its size should"
NO_CELL = "which no sheet has"
BROKEN = "cannot be read as the spreadsheet that it seems to be"
UNPACKED = "which is too much for a file of its size"
REJECTED = {"learning-object-missing": 1, "context-missing": 1}
ERRORS_ALONE = {"learner-missing": 1, "learning-object-missing": 1, "context-missing": 1, "invalid-number": 1}


def _cell(reference: str, row: str = "") -> Make:
    return lambda path: xlsx(path, sheet(f'{GOOD}<row {row}><c r="{reference}"><v>1</v></c></row>'))


def _last_row(cells: str, *more: bytes, types: str = "worksheet") -> Make:
    return lambda path: xlsx(path, sheet(f'{GOOD}<row r="3">{cells}</row>'), *more, types=types)


def _without_references(*cells: str) -> str:
    return "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells)


MEGABYTE = f"<sst><si><t>{'x' * 1_000_000}</t></si></sst>".encode()
USES = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(3, 10_003))
ATTRIBUTES = " ".join(f'a{number}=""' for number in range(300_000))
HEAD, TAIL = sheet(GOOD)[: -len(b"</sheetData></worksheet>")], b"</sheetData></worksheet>"


def _bomb(part: str, before: bytes, middle: bytes, after: bytes, megabytes: int) -> Make:
    def make(path: Path) -> None:
        xlsx(path, sheet(GOOD), strings=b"<sst/>", styles=b"<styleSheet/>")
        hostile.bomb(path, part, before, middle, after, megabytes)

    return make


XLSX = {
    "far": Hostile(_cell("XFD99999"), 2, TOO_MUCH),
    "far and small letters": Hostile(_cell("xfd99999"), 2, TOO_MUCH),
    "far, and told so": Hostile(_cell("XFD99999", 'r="99999"'), 2, "reaches over 99,999 rows and 16,384 columns"),
    "letters beyond": Hostile(_cell("ZZZZZZZ2"), 2, f'"ZZZZZZZ2", {NO_CELL}'),
    "20 digits": Hostile(_cell("A12345678901234567890"), 2, NO_CELL),
    "over the header": Hostile(_cell("A4294967297"), 2, f'"A4294967297", {NO_CELL}'),
    "row over the header": Hostile(_cell("A3", "r = '4294967297'"), 2, f'"4294967297", {NO_CELL}'),
    "row 0": Hostile(_cell("A0"), 2, BROKEN),
    "no row": Hostile(_cell("A"), 2, NO_CELL),
    "no references": Hostile(
        lambda path: xlsx(
            path, sheet(f"<row>{_without_references(*HEADER)}</row><row>{_without_references(*ROW)}</row>")
        ),
        0,
        {},
    ),
    "no references, far": Hostile(
        lambda path: xlsx(path, sheet(f'{GOOD}<row r="1048576">{"<c><v>1</v></c>" * 20_000}</row>')), 2, TOO_MUCH
    ),
    "text like a reference": Hostile(
        _last_row('<c r="A3" t="inlineStr"><is><t>c r="ZZZZ1" r="x"</t></is></c>'), 1, REJECTED
    ),
    "a dimension": Hostile(lambda path: xlsx(path, sheet(GOOD, '<dimension ref="A1:XFD1048576"/>')), 0, {}),
    "an error without a value": Hostile(_last_row('<c r="D3" t="e"/>'), 1, ERRORS_ALONE),
    "an error with an empty value": Hostile(_last_row('<c r="D3" t="e"><v/></c>'), 1, ERRORS_ALONE),
    "an unknown error": Hostile(_last_row('<c r="D3" t="e"><v>#SPILL!</v></c>'), 1, ERRORS_ALONE),
    "a macro sheet": Hostile(lambda path: xlsx(path, sheet("<row/>"), sheet(GOOD), types="xlMacrosheet"), 0, {}),
    "a broken second sheet": Hostile(lambda path: xlsx(path, sheet(GOOD), b"<worksheet><sheetData><row"), 0, {}),
    "a broken first sheet": Hostile(
        lambda path: xlsx(path, b"<worksheet><sheetData><row", sheet(GOOD)), 2, "--sheet names another sheet"
    ),
    "a megabyte everywhere": Hostile(lambda path: xlsx(path, sheet(GOOD + USES), strings=MEGABYTE), 2, TOO_MUCH),
    "strings announced": Hostile(
        lambda path: xlsx(path, sheet(GOOD), strings=b'<sst uniqueCount="4000000000"><si><t>x</t></si></sst>'),
        2,
        TOO_MUCH,
    ),
    "many attributes": Hostile(
        lambda path: xlsx(
            path,
            sheet(f'{GOOD}<row r="3" {ATTRIBUTES}><c r="A3" t="e"/></row>'),
        ),
        1,
        REJECTED | {"invalid-character": 1},
    ),
    "deep": Hostile(_last_row("<x>" * 100_000 + '<c r="A3" t="e"/>'), 2, BROKEN),
    "a size that lies": Hostile(hostile.lying_zip, 2, BROKEN),
    "a bomb in the sheet": Hostile(_bomb("xl/worksheets/sheet1.xml", HEAD, b" " * 64, TAIL, 120), 2, UNPACKED),
    "a small bomb in the sheet": Hostile(
        _bomb("xl/worksheets/sheet1.xml", HEAD, b'<row><c t="e"/></row>', TAIL, 50), 2, TOO_MUCH
    ),
    "a small bomb of rows": Hostile(
        _bomb("xl/worksheets/sheet1.xml", HEAD, b"<row><c><v>1</v></c></row>", TAIL, 60), 2, TOO_MUCH
    ),
    "a small bomb in the styles": Hostile(
        _bomb("xl/styles.xml", b"<styleSheet><cellXfs>", b'<xf numFmtId="14"/>', b"</cellXfs></styleSheet>", 40), 0, {}
    ),
    "a small bomb in the strings": Hostile(
        _bomb("xl/sharedStrings.xml", b"<sst>", b"<si><t>x</t></si>", b"</sst>", 60), 0, {}
    ),
    "a small bomb in the workbook": Hostile(
        _bomb("xl/workbook.xml", b"<workbook><sheets>", b'<sheet name="x"/>', b"</sheets></workbook>", 50),
        2,
        "cannot be",
    ),
    "a small bomb in the relations": Hostile(
        _bomb("xl/_rels/workbook.xml.rels", b"<Relationships>", b"<Relationship/>", b"</Relationships>", 50),
        2,
        "cannot be",
    ),
}


def _errors_in_ods(rows: str, columns: str) -> Make:
    cell = f'<table:table-cell table:number-columns-repeated="{columns}" calcext:value-type="error"/>'
    row = f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'
    return lambda path: hostile.ods(path, ODS_GOOD + row)


def _ods(*values: str, repeated: int) -> Make:
    return lambda path: hostile.ods(path, ODS_GOOD + hostile.ods_row(*values, repeated=repeated))


def _ods_bomb(part: str, middle: bytes, megabytes: int) -> Make:
    def make(path: Path) -> None:
        hostile.ods(path, ODS_GOOD)
        hostile.bomb(path, part, b"<a>", middle, b"</a>", megabytes)

    return make


ODS = {
    "good": Hostile(lambda path: hostile.ods(path, ODS_GOOD), 0, {}),
    "a row repeated": Hostile(_ods(*ROW, repeated=1_048_570), 2, TOO_MUCH),
    "a row repeated for ever": Hostile(_ods(*ROW, repeated=10**18), 2, TOO_MUCH),
    "a long text repeated": Hostile(_ods("x" * 100_000, repeated=100_000), 2, TOO_MUCH),
    "errors repeated": Hostile(_errors_in_ods("100000000", "100000000"), 2, "cannot be"),
    "errors repeated wrongly": Hostile(_errors_in_ods("-5", "x"), 2, BROKEN),
    "a small bomb of rows": Hostile(_ods_bomb("content.xml", b"<table:table-row/>", 60), 2, "has no sheet"),
    "a small bomb in the manifest": Hostile(_ods_bomb("META-INF/manifest.xml", b" " * 64, 120), 2, UNPACKED),
}

XLS = {
    "good": Hostile(hostile.xls, 0, {}),
    **{
        f"a cycle in the {chain}": Hostile(partial(hostile.cyclic_xls, chain=chain), 2, BROKEN)
        for chain in ("stream", "directory", "DIFAT")
    },
    "a macro sheet": Hostile(partial(hostile.damaged_xls, place=9, value=1), 0, {}),
    "a second sheet beyond the end": Hostile(partial(hostile.damaged_xls, sheet=1, place=7, value=127), 0, {}),
    "a first sheet beyond the end": Hostile(partial(hostile.damaged_xls, place=7, value=127), 2, BROKEN),
}


@pytest.mark.parametrize(("ending", "files"), [("xlsx", XLSX), ("ods", ODS), ("xls", XLS)])
def test_spreadsheets(store: Path, ending: str, files: Mapping[str, Hostile]) -> None:
    for name, file in files.items():
        file.make(store.parent / f"{name}.{ending}")
        assert (store.parent / f"{name}.{ending}").stat().st_size < 1_000_000
    outcomes = run_limited(store.parent, [["check", f"{name}.{ending}", "--json"] for name in files])
    told = {name: _told(outcome) for name, outcome in zip(files, outcomes, strict=True)}
    wanted = {name: (file.status, file.said) for name, file in files.items()}
    assert {name: told[name] for name in files if not _fits(told[name], wanted[name])} == {}


HEAD_LINE, ROW_LINE = (",".join(values).encode() + b"\n" for values in (HEADER, ROW))
TEXTS = {
    "empty lines": (b"\n" * 900_000 + HEAD_LINE + ROW_LINE + b"\n" * 50_000, 0, {}),
    "empty records": (b",,,\n" * 200_000 + HEAD_LINE + ROW_LINE + b"\r" * 50_000, 0, {}),
    "a long number": (HEAD_LINE + b"ada,intro,guid-2024," + b"9" * 900_000, 1, {"out-of-range": 1}),
    "quotes": (HEAD_LINE + b'"' * 900_000, 1, {"wrong-column-count": 1}),
    "commas": (HEAD_LINE + ROW_LINE + b"," * 900_000, 0, {}),
    "an open quote": (HEAD_LINE + b'"' + b"x\n" * 400_000, 2, "is never closed"),
    "a wide header": (b"candidateLogin," * 60_000, 2, "4,096"),
}
"""Delimited text, how it ends, and what is said."""


def test_texts(store: Path) -> None:
    for name, (content, *_) in TEXTS.items():
        (store.parent / f"{name}.csv").write_bytes(content)
    with gzip.open(store.parent / "bomb.csv.gz", "wb") as bomb:
        bomb.writelines([HEAD_LINE, *[b"\n" * 1_000_000] * 130])
    wanted = {f"{name}.csv": (status, said) for name, (_, status, said) in TEXTS.items()}
    wanted |= {"bomb.csv.gz": (2, "unpacks to 130 MB")}
    outcomes = run_limited(
        store.parent, [["check", name, "--json", "--delimiter", "comma", "--rejects", "r.csv"] for name in wanted]
    )
    told = {name: _told(outcome) for name, outcome in zip(wanted, outcomes, strict=True)}
    assert {name: told[name] for name in wanted if not _fits(told[name], wanted[name])} == {}


_PANIC = """
import os, sys, warnings
from milepost.cli import application
from milepost.reading import runs
import polars
def fail(*_):
    os.write(2, b"thread panicked")
    warnings.warn("a library warns")
    raise polars.exceptions.PanicException("index out of bounds")
runs.read_store = fail
application.main(["runs"])
"""


def test_a_panic_of_a_library_is_a_sentence(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PANIC], cwd=folder, env=environment(), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"This is a bug in Milepost: PanicException: index out of bounds. ")
    assert done.stderr.count(b"\n") == 1


ACTION = "createOrUpdateConsolidatedTrackingAction"
NEWLINE = "\n"
CONFIGURATIONS = {
    "attributes": (f"<{ACTION} {ATTRIBUTES}/>", "more than 100 attributes in one element"),
    "elements": (f"<{ACTION}>{'<unknown/>' * 300_000}</{ACTION}>", "more than 20,000 elements"),
    "columns": (f"<{ACTION}><fields>{'<ignoredColumn/>' * 200_001}</fields></{ACTION}>", "more than 20,000 elements"),
    "a little fewer": (f"<{ACTION}>{NEWLINE.join(['<unknown/>'] * 19_000)}</{ACTION}>", "19,000 mistakes"),
    "deep": ("<a>" * 100_000, "more than 256 levels of elements"),
    "comments": (f"<{ACTION}>{'<!---->' * 500_000}</{ACTION}>", "has no mistakes"),
    "a million comments": (f"<{ACTION}>{'<!---->' * 1_000_000}</{ACTION}>", "larger than 4 MB"),
    "a long name": (f"<{ACTION}><{'x' * 3_000_000}/></{ACTION}>", "xxx…> is unknown"),
    "a long value": (f"<{ACTION}><dateTimeFormat>{'DD|' * 900_000}</dateTimeFormat></{ACTION}>", '…" '),
}
"""Configurations, and what is said of them."""


def test_configurations(store: Path) -> None:
    for name, (xml, _) in CONFIGURATIONS.items():
        (store.parent / f"{name}.xml").write_text(xml)
    outcomes = run_limited(store.parent, [["config", "check", f"{name}.xml"] for name in CONFIGURATIONS])
    for outcome, (_, said) in zip(outcomes, CONFIGURATIONS.values(), strict=True):
        assert said in outcome.stdout
        assert outcome.status == (0 if "no mistakes" in said else 2)
        assert len(outcome.stdout) < 5_000
    many = outcomes[[*CONFIGURATIONS].index("a little fewer")].stdout.splitlines()
    assert (len(many), many[-1]) == (22, "  and 18,980 more")


def _told(outcome: Outcome) -> tuple[int, object]:
    document = outcome.document
    if "error" in document:
        return outcome.status, document["error"]["message"]
    counts = [document.get(name, 0) for name in ("created", "updated", "unchanged", "deleted", "superseded", "skipped")]
    assert document["rows"] == sum(counts) + document["rejected"]
    return outcome.status, document["findings"]


def _fits(told: tuple[int, object], wanted: tuple[int, object]) -> bool:
    if isinstance(told[1], str) and isinstance(wanted[1], str):
        return told[0] == wanted[0] and wanted[1] in told[1] and "bug" not in told[1]
    return told == wanted
