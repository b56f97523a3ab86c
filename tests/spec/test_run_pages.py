"""The findings and the changes of a run, page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
import pytest

import milepost
from milepost.reading import run_pages
from milepost.reading.run_pages import BEGINNING, Part
from spec.tables import SCHOOL, Tables

ROWS = """
candidateLogin | lovGuid | progression | score
line-2         | guid-1  | 40          | 9
line-2         | guid-6  | 41          |
line-3         | guid-1  | 42          | 9
line-4         | guid-1  | 43          |
line-5         | guid-1  | 101         | x
nobody         | guid-1  | 50          |
"""
Read = Callable[..., Part]


@pytest.fixture
def run(holding: Callable[..., Tables]) -> tuple[Tables, int]:
    """A run that changes four rows of three learners, and rejects two lines with three findings."""
    school = holding(SCHOOL, _import_twice)
    return school, milepost.runs(school.database)[0].id


def _import_twice(school: Tables) -> None:
    school.reports(ROWS.replace("| 4", "| 5").replace("| 9", "| 8"))
    school.reports(ROWS)


def every(read: Read, database: str, run: int, limit: int, **where: str) -> tuple[pl.DataFrame, int]:
    """The rows of all pages, and how many pages there are."""
    part = read(database, run, where=where, after=BEGINNING, limit=limit)
    parts = [part.rows]
    while part.after is not None:
        part = read(database, run, where=where, after=part.after, limit=limit)
        parts.append(part.rows)
    return pl.concat(parts), len(parts)


def test_the_pages_together_are_the_whole_list(run: tuple[Tables, int]) -> None:
    school, number = run
    findings, changes = (read(school.database, number) for read in (milepost.read_findings, milepost.read_changes))
    assert (findings.height, changes.height) == (3, 6)
    for limit, pages in ((1, 3), (2, 2), (3, 1), (100, 1)):
        found = every(run_pages.findings_page, school.database, number, limit)
        assert (found[0].rows(), found[1]) == (findings.rows(), pages)
    for limit in (1, 3, 100):
        assert every(run_pages.changes_page, school.database, number, limit)[0].rows() == changes.rows()


@pytest.mark.parametrize(
    ("where", "lines"),
    [({"code": "out-of-range"}, [6]), ({"level": "error", "column": "score"}, [6]), ({"level": "warning"}, [])],
)
def test_findings_are_filtered(run: tuple[Tables, int], where: Mapping[str, str], lines: list[int]) -> None:
    found, _ = every(run_pages.findings_page, run[0].database, run[1], 1, **where)
    assert found["line"].to_list() == lines


def test_changes_are_filtered_and_a_search_ends(run: tuple[Tables, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_pages, "_AT_A_TIME", 1)
    monkeypatch.setattr(run_pages, "_MOST_ROWS", 1)
    found, pages = every(run_pages.changes_page, run[0].database, run[1], 100, field="score")
    assert found.select("line", "before", "after").rows() == [(2, "8", "9"), (4, "8", "9")]
    assert pages > 2


def test_a_store_is_counted(school: Tables) -> None:
    counts = run_pages.counts(school.database)
    assert (counts["training"], counts["session"], counts["tracking"]) == (1, 1, 0)
    assert counts["registration"] == counts["learner"] > 1


def test_there_must_be_such_a_run(school: Tables) -> None:
    for read in (run_pages.findings_page, run_pages.changes_page):
        with pytest.raises(milepost.UsageError, match="There is no run 99"):
            read(school.database, 99)
