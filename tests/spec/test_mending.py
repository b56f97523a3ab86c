"""A rejects file that is imported again is linked to the run that rejected its rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]

import milepost
from databases.transactions import reading
from milepost.stores import run_lines
from spec.tables import Tables

JOB = milepost.configure(None, settings={"delimiter": "semicolon"})
HEADER = "candidateLogin;sessionGuid;lovCode;progression;trackingStatus\n"
Rows = list[list[str]]


class Desk:
    """Imports files, and mends their rejects."""

    def __init__(self, school: Tables) -> None:
        self.school = school
        self.rejects = school.folder / "rejects.csv"

    def imports(self, content: str | Path | pl.DataFrame, *, dry_run: bool = False) -> milepost.Report:
        """Imports a file by its content or its path, or a table; its rejects are then at hand."""
        file = content
        if isinstance(content, str):
            file = self.school.folder / "file.csv"
            file.write_text(content, "utf-8")
        return milepost.import_file(file, self.school.database, JOB, dry_run=dry_run, rejects=self.rejects)

    def rows(self) -> Rows:
        """The records of the rejects file, its header first."""
        return list(csv.reader(io.StringIO(self.rejects.read_text("utf-8"), newline=""), delimiter=";"))

    def again(self, change: Callable[[Rows], Rows], **how: bool) -> milepost.Report:
        """Imports the rejects file with its records, but for the header, changed."""
        header, *rows = self.rows()
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";", lineterminator="\n").writerows([header, *change(rows)])
        return self.imports(text.getvalue(), **how)

    def mended(self, report: milepost.Report) -> dict[int, int]:
        """How many rejected lines of a run each later run has mended."""
        assert report.run is not None
        with reading(self.school.database) as tables:
            return run_lines.mended(tables, report.run)


@pytest.fixture
def desk(school: Tables) -> Desk:
    """Where files are imported."""
    return Desk(school)


DIRTY = HEADER + "".join(
    f"line-{line};spring;intro;{progression};incomplete\n"
    for line, progression in enumerate(("50", "x", "60", "101", "y"), start=2)
)
"""Lines 3, 5 and 6 are rejected."""


def mend(*places: int) -> Callable[[Rows], Rows]:
    """Gives records at those places a progression that can be read."""
    return lambda rows: [[*row[:3], "70", *row[4:]] if place in places else row for place, row in enumerate(rows)]


def test_rejected_rows_say_which_run_rejected_them(desk: Desk) -> None:
    report = desk.imports(DIRTY)
    header, *rows = desk.rows()
    assert header[-3:] == ["_line", "_codes", "_messages"]
    assert [(row[-3], row[-2]) for row in rows] == [
        ("3", "invalid-number"),
        ("5", "out-of-range"),
        ("6", "invalid-number"),
    ]
    assert all(row[-1].endswith(f" [run {report.run}]") for row in rows)


def test_those_of_a_check_name_no_run(desk: Desk) -> None:
    desk.imports(DIRTY, dry_run=True)
    assert not any("[run" in row[-1] for row in desk.rows())
    again = desk.again(mend(0, 1, 2))
    assert (again.mends, again.rejected) == (None, 0)
    assert not any("mended" in note for note in again.notes)


def test_what_is_accepted_the_second_time_is_mended(desk: Desk) -> None:
    first = desk.imports(DIRTY)
    second = desk.again(mend(0, 2))
    assert (second.mends, second.rejected) == (first.run, 1)
    assert f"The rows were rejected by run {first.run}: what is accepted of them now counts as mended." in second.notes
    assert desk.mended(first) == {second.run: 2}
    third = desk.again(mend(0))
    assert third.mends == second.run
    assert desk.mended(first) == {second.run: 2, third.run: 1}
    assert desk.mended(second) == {third.run: 1}
    assert desk.mended(third) == {}


def test_a_check_says_what_an_import_does_and_keeps_nothing(desk: Desk) -> None:
    first = desk.imports(DIRTY)
    content = desk.rejects.read_bytes()
    checked = desk.again(mend(0), dry_run=True)
    desk.rejects.write_bytes(content)
    assert desk.mended(first) == {}
    imported = desk.again(mend(0))
    assert (checked.mends, checked.notes, checked.digest) == (first.run, imported.notes, imported.digest)
    assert desk.mended(first) == {imported.run: 1}


def test_a_line_counts_once_and_for_the_first_run_that_took_it(desk: Desk) -> None:
    first = desk.imports(DIRTY)
    content = desk.rejects.read_bytes()
    one = desk.again(mend(0))
    desk.rejects.write_bytes(content)
    # The same row twice, and all in another order.
    two = desk.again(lambda rows: [*mend(0, 1)(rows)[::-1], mend(0)(rows)[0]])
    assert two.mends == first.run
    assert desk.mended(first) == {one.run: 1, two.run: 1}


def test_runs_that_are_undone_mend_nothing(desk: Desk) -> None:
    first = desk.imports(DIRTY)
    second = desk.again(mend(0))
    third = desk.again(mend(0))
    assert second.run is not None
    undone = milepost.undo_run(desk.school.database, second.run)
    assert desk.mended(first) == {third.run: 1}
    assert undone.run is not None
    milepost.undo_run(desk.school.database, undone.run)
    assert desk.mended(first) == {second.run: 1, third.run: 1}


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [[*row[:-3], "2", *row[-2:]] for row in rows],
        lambda rows: [[*row[:-2], "invalid-status", row[-1]] for row in rows],
        lambda rows: [[*row[:-1], "x [run 999]"] for row in rows],
        lambda rows: [[*row[:-1], "x [run 1]"] for row in rows],
    ],
    ids=["other line", "other code", "no such run", "a load"],
)
def test_a_run_that_did_not_reject_the_rows_is_not_linked(desk: Desk, change: Callable[[Rows], Rows]) -> None:
    first = desk.imports(DIRTY)
    again = desk.again(lambda rows: mend(0, 1, 2)(change(rows)))
    assert (again.mends, again.rejected, desk.mended(first)) == (None, 0, {})
    assert any(note.endswith("So nothing counts as mended.") for note in again.notes)


def test_rejects_of_two_runs_in_one_file_count_for_neither(desk: Desk) -> None:
    first = desk.imports(DIRTY)
    _, *rows = desk.rows()
    second = desk.imports(DIRTY)
    again = desk.again(lambda others: [*mend(0, 1, 2)(rows), *others])
    assert again.mends is None
    assert (desk.mended(first), desk.mended(second)) == ({}, {})
    assert any("by more than one run" in note for note in again.notes)


def test_rows_without_an_origin_do_no_harm(desk: Desk) -> None:
    first = desk.imports(DIRTY)
    again = desk.again(lambda rows: [*mend(0)(rows), ["line-9", "spring", "intro", "1", "incomplete", "", "", ""]])
    assert (again.mends, again.rejected) == (first.run, 2)
    assert desk.mended(first) == {again.run: 1}


def test_records_with_too_many_cells_are_followed_too(desk: Desk) -> None:
    first = desk.imports(HEADER + "line-2;spring;intro;50;incomplete;more\nline-3;spring;intro;50\n")
    again = desk.again(lambda rows: rows)
    # The short one was filled up, and its empty cell means something.
    assert (again.mends, again.rejected) == (first.run, 1)
    last = desk.again(lambda rows: [[*row[:5], *row[-3:]] for row in rows])
    assert (last.mends, last.rejected) == (again.run, 0)
    assert desk.mended(first) == {again.run: 1, last.run: 1}


def test_a_spreadsheet_keeps_the_origin(desk: Desk) -> None:
    first = desk.imports(DIRTY)
    header, *rows = desk.rows()
    path = desk.school.folder / "rejects.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([header, *mend(0, 1, 2)(rows)]):
            for place, text in enumerate(row):
                # As a spreadsheet does that opens a CSV file: what looks like a number is one.
                sheet.write(number, place, int(text) if text.isdecimal() else text)
    again = desk.imports(path)
    assert (again.mends, again.rejected) == (first.run, 0)
    assert desk.mended(first) == {again.run: 3}


def test_a_table_keeps_the_origin(desk: Desk) -> None:
    first = desk.imports(DIRTY)
    header, *rows = desk.rows()
    table = pl.DataFrame(mend(0, 1, 2)(rows), schema=header, orient="row").with_columns(pl.col("_line").cast(pl.Int64))
    again = desk.imports(table)
    assert (again.mends, desk.mended(first)) == (first.run, {again.run: 3})


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 100])
def test_where_batches_end_makes_no_difference(desk: Desk, batch_rows: int) -> None:
    lines = "".join(
        f"line-{line};spring;intro;{'x' if line % 2 else 50};a{';' * (line % 3 == 0)}\n" for line in range(2, 30)
    )
    first = desk.imports(HEADER + lines)
    text = desk.rejects.read_text("utf-8").replace(";x;", ";7;").replace(";a;", ";incomplete;")
    path = desk.school.folder / "again.csv"
    path.write_text(text, "utf-8")
    again = milepost.import_file(path, desk.school.database, JOB, batch_rows=batch_rows)
    assert again.mends == first.run
    assert sum(desk.mended(first).values()) == again.rows - again.rejected > 0
