"""The table of ratios says what was measured, and only targets that are for what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import page, report
from benchmarks.competitors.runs import AGAIN, DLT, SCRIPT
from benchmarks.history_runs import WITHOUT
from benchmarks.milepost_runs import ALL_CHANGED, FLOOR, HELP, LOAD, LOAD_FLOOR, NEW, SMALL, SPREADSHEET
from benchmarks.report import Target
from benchmarks.results import Key, Results, Sample
from benchmarks.stores import POSTGRESQL, SQLITE

MILLION = 1_000_000


def _results(rows: int) -> Results:
    results = Results(machine={"Cores": "2"})
    for seconds in (3.0, 2.0, 1.0):
        results.add(Key(POSTGRESQL, FLOOR, rows), Sample(seconds))
    for seconds in (9.0, 11.0, 10.0):
        results.add(Key(POSTGRESQL, NEW, rows), Sample(seconds, seconds / 2, 240.0))
    return results


def _cells(results: Results) -> dict[str, tuple[str, ...]]:
    return {line.what: line.cells()[1:] for line in report.lines(results)}


def test_a_ratio_is_of_medians() -> None:
    assert _cells(_results(MILLION))[f"{POSTGRESQL}: 1,000,000 rows, all rows new"] == (
        "10.00 s",
        "floor 2.00 s",
        "5",
        "4.5",
        "3.5",
        "no",
    )


def test_targets_stand_beside_the_size_that_they_are_for_alone() -> None:
    few = _cells(_results(100_000))
    assert few[f"{POSTGRESQL}: 100,000 rows, all rows new"][2:] == ("5", "", "", "")
    for rows, goal in ((MILLION, ""), (10 * MILLION, "0.6 s")):
        results = Results()
        results.add(Key(SQLITE, SMALL, rows), Sample(0.6))
        assert [line.cells()[4] for line in report.lines(results)] == [goal]


def test_whole_files_are_held_against_scripts_in_time_and_memory() -> None:
    results = _results(MILLION)
    results.add(Key(POSTGRESQL, SCRIPT, MILLION), Sample(8.0, 7.0, 960.0))
    results.add(Key(POSTGRESQL, DLT + AGAIN, MILLION), Sample(30.0, 7.0, 500.0))
    cells = _cells(results)
    assert cells[f"{POSTGRESQL}: 1,000,000 rows, all rows new, over {SCRIPT}"] == (
        *("10.00 s", "8.00 s", "1.25", "1.2", "1", "no"),
    )
    memory = cells[f"{POSTGRESQL}: 1,000,000 rows, all rows new, peak of memory over {SCRIPT}"]
    assert memory == ("240 MB", "960 MB", "0.25", "0.5", "", "yes")
    # Unchanged rows were not measured.
    assert not any(DLT in what for what in cells)


def test_history_is_held_against_the_same_without_it() -> None:
    results = Results()
    for rows in (1_000, 300_000):
        for job, seconds in ((NEW, 6.0), (NEW + WITHOUT, 5.0), (ALL_CHANGED, 8.0), (ALL_CHANGED + WITHOUT, 5.0)):
            results.add(Key(POSTGRESQL, job, rows), Sample(seconds))
    cells = _cells(results)
    compared = [f"all rows {what}, over the same without history" for what in ("new", "changed")]
    assert [cells[f"{POSTGRESQL}: 300,000 rows, {what}"] for what in compared] == [
        ("6.00 s", "5.00 s", "1.2", "1.25", "", "yes"),
        ("8.00 s", "5.00 s", "1.6", "1.5", "", "no"),
    ]
    # The start of the process would hide what it costs.
    assert [cells[f"{POSTGRESQL}: 1,000 rows, {what}"][3:] for what in compared] == [("", "", "")] * 2


@pytest.mark.parametrize(
    ("figure", "met", "reversed_met"),
    [(1, "stretch", "no"), (2, "stretch", "no"), (2.1, "yes", "no"), (3, "yes", "yes"), (3.1, "no", "yes")],
)
def test_what_is_met(figure: float, met: str, reversed_met: str) -> None:
    assert Target(3, 2).met(figure) == met
    assert Target(3, 4, more_is_better=True).met(figure) == reversed_met


def test_the_page_holds_all(tmp_path: Path) -> None:
    results = _results(MILLION)
    results.add(Key("", HELP, 0), Sample(0.09, 0.08, 17.0))
    results.write(tmp_path / "kept" / "results.json")
    kept = Results.read(tmp_path / "kept" / "results.json")
    assert kept == results
    text = page.page(kept, "benchmarks.png")
    assert report.table(results) in text
    assert report.measurements(results) in text
    assert "- Cores: 2\n" in text
    assert "(benchmarks.png)" in text


def test_nothing_measured_is_an_empty_table() -> None:
    assert report.lines(Results()) == []
    assert report.table(Results()).count("\n") == 2


def test_what_all_rows_changed_take_is_held_against_new_ones() -> None:
    results = Results()
    for job, seconds in ((NEW, 5.0), (ALL_CHANGED, 8.0)):
        results.add(Key(SQLITE, job, 300_000), Sample(seconds))
    line = _cells(results)[f"{SQLITE}: 300,000 rows, all rows changed over all rows new"]
    assert line == ("8.00 s", "5.00 s", "1.6", "1.6", "1.3", "yes")


def test_growth_is_held_against_that_of_the_floor() -> None:
    results = Results()
    for rows, floor, new, peak in ((MILLION, 2.0, 10.0, 360.0), (10 * MILLION, 30.0, 180.0, 378.0)):
        results.add(Key(SQLITE, FLOOR, rows), Sample(floor))
        results.add(Key(SQLITE, NEW, rows), Sample(new, new, peak))
    cells = _cells(results)
    assert cells[f"{SQLITE}: time for a row, 10,000,000 rows over 1,000,000"] == (
        *("1.80 times", "floor 1.50 times", "1.2", "1.2", "1.05", "yes"),
    )
    assert cells[f"{SQLITE}: peak of memory, 10,000,000 rows over 1,000,000"][2:] == ("1.05", "1.1", "1", "yes")


def test_loads_and_spreadsheets() -> None:
    results = Results()
    for job, seconds in ((LOAD_FLOOR, 2.0), (LOAD, 9.0), (SPREADSHEET, 30.0)):
        results.add(Key(SQLITE, job, MILLION), Sample(seconds))
    cells = _cells(results)
    assert cells[f"{SQLITE}: load 1,000,000 registrations"] == ("9.00 s", "floor 2.00 s", "4.5", "6", "4", "yes")
    assert cells[f"{SQLITE}: 1,000,000 rows, export to XLSX"] == ("30.00 s", "", "30 s", "40 s", "25 s", "yes")
