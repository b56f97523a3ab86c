"""All stores give the same, to the last value: what is said of each line, and what is stored afterwards."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

import milepost
from databases.stores import MemoryStores, PostgreSQLStores, SQLiteStores
from databases.transactions import reading
from generative import pools, strategies, workbench
from generative.effort import examples
from generative.strategies import Case
from generative.workbench import Bench
from milepost import reference as catalogue
from milepost.model.reports import Report
from milepost.stores.tables import TABLES

Load = tuple[str, bytes]
"""A kind of reference data, and a file of it."""

_LOGINS = ("ada", "Ada", "straße", "STRASSE", "𝒷ob", 'o"hara, p', "back\\slash", "")
_GUIDS = ("g-1", "G-1", "g-2", "gü-3", "")
_CODES = ("A", "a", "Å", "A ", "\\.", "")
_IDS = ("1", "2", "7.0", "2147483647", "-3", "x", "")
_DATES = ("2024-02-01 10:00:00", "1900-01-01", "2024-02-30", "")
_TIMES = ("60", "1:00", "PT1H", "-1", "")
_CELLS = {
    "candidateLogin": _LOGINS,
    "candidateEmail": ("a@x.example", "A@X.example", ""),
    "candidateGuid": _GUIDS,
    "lovGuid": _GUIDS,
    "lovCode": _CODES,
    "trainingPathCode": _CODES,
    "trainingId": _IDS,
    "trainingGuid": _GUIDS,
    "sessionGuid": _GUIDS,
    "sessionId": _IDS,
    "registrationGuid": _GUIDS,
    "startDate": _DATES,
    "endDate": _DATES,
    "registrationDate": _DATES,
    "timeSpentCBT": _TIMES,
    "timeSpentDigital": _TIMES,
    "mandatory": ("Y", "n", "maybe", ""),
    "points": ("1", "2.50", "1e-7", "0.1", "1e300", "-1", ""),
    "position": ("1", "-2", "1.5", ""),
}
_TEXTS = (*pools.SESSION_TITLES, "two\nlines", "a\0b", "")
_MADE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""GUIDs that are made are others each time."""


@pytest.fixture(scope="module")
def benches(
    tmp_path_factory: pytest.TempPathFactory,
    memory_stores: MemoryStores,
    sqlite_stores: SQLiteStores,
    postgresql_stores: PostgreSQLStores,
) -> Iterator[list[Bench]]:
    """A bench on each store."""
    made = [Bench(tmp_path_factory.mktemp(one.kind), one) for one in (memory_stores, sqlite_stores, postgresql_stores)]
    yield made
    for bench in made:
        bench.clear()


@examples(5)
@given(case=strategies.cases(), batch_rows=st.sampled_from([50_000, 2]))
def test_an_import_and_its_undo_come_to_the_same(benches: list[Bench], case: Case, batch_rows: int) -> None:
    on_memory, *on_databases = (imported(bench, case, batch_rows) for bench in benches)
    assert on_databases == [on_memory] * 2


def imported(bench: Bench, case: Case, batch_rows: int) -> dict[str, object]:
    """All that can be known of an import, and of its undo."""
    bench.clear()
    content, _ = workbench.render(case)
    store, rejects, exported = bench.store(case.store), bench.path(".csv"), io.BytesIO()
    file = bench.folder / "tracking.csv"
    file.write_bytes(content)
    report = workbench.run(case, file, store, batch_rows=batch_rows, rejects=rejects)
    milepost.export_tracking(store, exported)
    known = told(store, report) | {
        "stored": stored(store),
        "rejects": rejects.read_bytes(),
        "exported": exported.getvalue(),
    }
    if report.run is not None and report.created + report.updated + report.deleted:
        undo = milepost.undo_run(store, report.run)
        known |= {"undo": asdict(undo) | {"seconds": None, "started_at": None}, "undone": stored(store)}
    return known


@st.composite
def loads(draw: DrawFn) -> list[Load]:
    """Files of reference data, each kind after those that it builds on, some of them twice."""
    kinds = [kind for kind in catalogue.KINDS for _ in range(draw(st.sampled_from([1, 1, 2])))]
    return [(kind, draw_file(draw, kind)) for kind in kinds]


def draw_file(draw: DrawFn, kind: str) -> bytes:
    """A file with a few lines, which lacks some of the columns that need not be there."""
    known = catalogue.KINDS[kind]
    needed = {field.column.name for field in known.fields if field.required}
    needed |= {reference.columns[0] for reference in known.references}
    names = [one.name for one in known.vocabulary.columns if one.name in needed or draw(st.booleans())]
    count = draw(st.sampled_from([8, 1, 4, 6, 10, 12]))
    lines = [[draw(st.sampled_from(_CELLS.get(name, _TEXTS))) for name in names] for _ in range(count)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, *lines])
    return text.getvalue().encode()


@examples(3)
@given(files=loads(), batch_rows=st.sampled_from([50_000, 2]))
def test_loads_come_to_the_same(benches: list[Bench], files: list[Load], batch_rows: int) -> None:
    on_memory, *on_databases = (loaded(bench, files, batch_rows) for bench in benches)
    assert on_databases == [on_memory] * 2


def loaded(bench: Bench, files: list[Load], batch_rows: int) -> list[object]:
    """All that can be known of loads, one after another."""
    bench.clear()
    store = bench.stores.empty()
    known: list[object] = []
    for kind, content in files:
        file, rejects = bench.folder / "reference.csv", bench.path(".csv")
        file.write_bytes(content)
        try:
            report = milepost.load_file(kind, file, store, rejects=rejects, batch_rows=batch_rows)
        except milepost.MilepostError as error:
            known.append(str(error))
        else:
            known += [told(store, report), without_made(rejects.read_text("utf-8"))]
    return [*known, stored(store)]


def told(store: str, report: Report) -> dict[str, object]:
    """What is said of a run, but for when it was."""
    assert report.run is not None
    said = asdict(report) | {"seconds": None, "started_at": None}
    said["findings"] = list(report.findings.items())
    said["examples"] = [without_made(str(one)) for one in report.examples.items()]
    found = milepost.read_findings(store, report.run)
    return said | {"lines": [[without_made(cell) for cell in row] for row in found.rows()]}


def stored(store: str) -> dict[str, list[list[object]]]:
    """The rows of all tables but the runs, which know when they were."""
    found = {}
    with reading(store) as tables:
        for name, table in TABLES.items():
            if name != "import_run":
                rows = tables.rows(name, table.schema, order=table.key)
                found[name] = [[without_made(cell) for cell in row] for row in rows.rows()]
    return found


def without_made(cell: object) -> object:
    """The cell, with a word in place of GUIDs that were made."""
    return _MADE.sub("made", cell) if isinstance(cell, str) else cell
