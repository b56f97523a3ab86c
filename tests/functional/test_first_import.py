"""docs/first-import.md: somebody who has never seen the program gets a workbook into a store, by its messages alone."""

from __future__ import annotations

import csv
import io
import re
import shlex
from datetime import datetime
from pathlib import Path

import python_calamine
import xlsxwriter  # type: ignore[import-untyped]

from functional.workbench import run_here

PAGE = (Path(__file__).parents[2] / "docs" / "first-import.md").read_text("utf-8")
REFERENCE = {
    "learners": "candidateLogin\njdoe\nasmith\nbmüller\nbmayer\n",
    "learning-objects": "lovGuid,lovCode\ng1,FIRE-01\n",
    "trainings": "trainingPathCode\nFIRE\n",
    "contents": "trainingPathCode,lovCode\nFIRE,FIRE-01\n",
    "sessions": "sessionGuid,sessionTitle,trainingPathCode\nfire-2024,Fire 2024,FIRE\n",
    "registrations": "candidateLogin,sessionGuid\njdoe,fire-2024\nasmith,fire-2024\nbmüller,fire-2024\n",
}


def _table() -> list[list[str]]:
    """The header and the rows of the table that the page shows, each with its line."""
    rows = re.findall(r"^\| (?!---)(.*) \|$", PAGE.replace("| |", "|  |"), re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in rows if not set(row) <= set("-| ")]


def _write_workbook(path: Path) -> None:
    header, *rows = _table()
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Auswertung")
        percent, day = book.add_format({"num_format": "0.0%"}), book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write(0, 0, "Auswertung Pflichtschulungen")
        sheet.write_row(3, 0, header[1:])
        for place, (_, *cells) in enumerate(rows, start=4):
            for column, cell in enumerate(cells):
                if re.fullmatch(r"\d\d\.\d\d\.\d{4}", cell):
                    at = datetime.strptime(cell, "%d.%m.%Y")  # noqa: DTZ007 - a spreadsheet knows no zone
                    sheet.write_datetime(place, column, at, day)
                elif cell.endswith("%"):
                    sheet.write_number(place, column, float(cell[:-1]) / 100, percent)
                elif cell.isdigit():
                    sheet.write_number(place, column, int(cell))
                elif cell:
                    sheet.write_string(place, column, cell)


def test_the_page_holds(folder: Path) -> None:
    for kind, text in REFERENCE.items():
        assert run_here("load", kind, "-", stdin=text).status == 0
    _write_workbook(folder / "Schulungen 2024.xlsx")
    outcome = None
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        command, *shown = (line.removeprefix("   ") for line in block.rstrip().splitlines())
        outcome = run_here(*shlex.split(command.removeprefix("$ "))[1:])
        printed = (outcome.stdout + outcome.stderr).splitlines()
        assert [line for line in shown if line.strip() not in map(str.strip, printed)] == [], printed
    assert outcome is not None
    proposed = re.search(r"Mend the values in rejects.xlsx, then import that file:\n\s+milepost (.*)", outcome.stdout)
    assert proposed is not None
    header, row = python_calamine.CalamineWorkbook.from_path("rejects.xlsx").get_sheet_by_index(0).to_python()
    row[0] = "bmüller"
    with xlsxwriter.Workbook("rejects.xlsx") as book:
        sheet = book.add_worksheet()
        formats = {2: book.add_format({"num_format": "dd.mm.yyyy"}), 3: book.add_format({"num_format": "0%"})}
        for line, cells in enumerate((header, row)):
            for column, cell in enumerate(cells):
                sheet.write(line, column, cell, formats.get(column))
    assert run_here(*shlex.split(proposed[1])).status == 0
    rows = csv.DictReader(io.StringIO(run_here("export", "tracking").stdout))
    assert [(row["candidateLogin"], row["progression"], row["trackingStatus"], row["score"]) for row in rows] == [
        ("asmith", "28.5", "incomplete", ""),
        ("bmüller", "100", "completed", "92"),
        ("jdoe", "100", "completed", "87"),
    ]
