"""`--rejects OUT.xlsx`: the rejected rows of any file as a spreadsheet that people mend and import as it is."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlsxwriter  # type: ignore[import-untyped]

from functional.workbench import DIRTY, run_here

pytestmark = pytest.mark.usefixtures("read_by_server")

HEADER = ["candidateLogin", "lovCode", "sessionGuid", "lastAccessDate", "timeSpent", "score", "trackingStatus"]


ROWS: list[list[Any]] = [
    ["ada", "intro", "guid-2024", date(2024, 5, 1), timedelta(hours=1), 120.5, "passed"],
    ["bob", "intro", "guid-2024", datetime.fromisoformat("2024-05-01 08:30"), timedelta(minutes=5), "=1+1", "done"],
    ["bob", "outro", "guid-2024", date(2024, 5, 2), timedelta(0), 50.0, "passed"],
]


def _book(path: Path, header: list[str], rows: list[list[Any]]) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        formats = {date: "dd.mm.yyyy", datetime: "dd.mm.yyyy hh:mm", timedelta: "[h]:mm:ss"}
        made = {kind: book.add_format({"num_format": text}) for kind, text in formats.items()}
        for line, row in enumerate([header, *rows]):
            for place, cell in enumerate(row):
                sheet.write(line, place, cell, made.get(type(cell)))


def _cells(path: Path) -> list[list[Any]]:
    return python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def test_cells_keep_their_types_and_wrong_ones_are_marked(store: Path) -> None:
    folder = store.parent
    _book(folder / "hr.xlsx", HEADER, ROWS)
    outcome = run_here("import", "hr.xlsx", "--rejects", "rejects.xlsx")
    assert outcome.status == 1
    assert "Mend the values in rejects.xlsx, then import that file:" in outcome.stdout
    header, *rows = _cells(folder / "rejects.xlsx")
    assert header == [*HEADER, "_line", "_codes", "_messages"]
    assert [row[:7] for row in rows] == ROWS[:2]
    assert [row[7:9] for row in rows] == [["2", "score-above-maximum"], ["3", "invalid-number invalid-status"]]
    with zipfile.ZipFile(folder / "rejects.xlsx") as archive:
        comments = archive.read("xl/comments1.xml").decode()
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "at most 100" in comments or "120.5" in comments
    assert [f'ref="{cell}"' in comments for cell in ("F2", "F3", "G3", "A2", "D3")] == [True, True, True, False, False]
    assert "<f>" not in sheet


def test_a_mended_spreadsheet_imports_as_it_is(store: Path) -> None:
    folder = store.parent
    _book(folder / "hr.xlsx", HEADER, ROWS)
    run_here("import", "hr.xlsx", "--rejects", "rejects.xlsx")
    again = run_here("import", "rejects.xlsx", "--json").document
    assert again["findings"] == {"invalid-number": 1, "invalid-status": 1, "score-above-maximum": 1}
    header, *rows = _cells(folder / "rejects.xlsx")
    for row in rows:
        row[5:7] = [10.0, "passed"]
    _book(folder / "mended.xlsx", [str(name) for name in header], rows)
    mended = run_here("import", "mended.xlsx", "--json").document
    assert (mended["created"], mended["rejected"]) == (2, 0)
    assert run_here("runs", "7", "--json").document["mended"] == 2


def test_the_rejects_of_a_text_are_the_same_texts(store: Path) -> None:
    (store.parent / "dirty.csv").write_text(DIRTY + 'ada,"=cmd",2024,maths,,\n"<r>a</r>",007,2024,maths,,,,1e5\n')
    run_here("check", "dirty.csv", "--rejects", "text.csv", "--set", "rawText=yes")
    run_here("check", "dirty.csv", "--rejects", "sheet.xlsx", "--set", "rawText=yes")
    texts = list(csv.reader(io.StringIO((store.parent / "text.csv").read_text())))
    assert _cells(store.parent / "sheet.xlsx") == texts
    assert len(texts) == 6


@pytest.mark.parametrize("name", ["r.xls", "r.ods", "r.xlsx.gz", "r.csv.gz", "r.pdf", "r.txt"])
def test_other_endings_are_refused(store: Path, name: str) -> None:
    (store.parent / "dirty.csv").write_text(DIRTY)
    for option, what in (("--rejects", "rejected rows are"), ("--changes", "changes are")):
        outcome = run_here("import", "dirty.csv", option, name)
        assert outcome.status == 2
        assert outcome.stderr.startswith(f"{name} has no ending that says how {what} to be written; end it in .csv, ")
    assert not Path(name).exists()


def test_the_ending_of_the_source_is_one_for_its_rejects(store: Path) -> None:
    (store.parent / "dirty.txt").write_text(DIRTY)
    assert run_here("check", "dirty.txt", "--rejects", "rejects.txt").status == 1
    assert run_here("check", "dirty.txt", "--rejects", "/dev/null").status == 1


def test_a_spreadsheet_is_proposed_for_a_spreadsheet(store: Path) -> None:
    _book(store.parent / "hr.xlsx", HEADER, ROWS)
    assert "check hr.xlsx --rejects rejects.xlsx" in run_here("import", "hr.xlsx").stdout
    (store.parent / "dirty.csv").write_text(DIRTY)
    assert "check dirty.csv --rejects rejects.csv" in run_here("import", "dirty.csv").stdout


def test_a_value_that_no_cell_holds_is_refused(store: Path) -> None:
    (store.parent / "long.csv").write_text(DIRTY + f"ada,{'x' * 40_000},2024,maths,,,,\n")
    outcome = run_here("import", "long.csv", "--rejects", "rejects.xlsx")
    assert outcome.status == 2
    assert outcome.stderr.startswith("Line 7 has a value that a cell of XLSX cannot hold")
    assert sorted(path.name for path in store.parent.iterdir() if "rejects" in path.name) == []
