"""A check that is kept in a folder, and shown page by page."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import milepost
from spec.tables import Tables

LAST = [(4, "invalid-number"), (6, "registration-not-found")]

ROWS = """
candidateLogin | progression | score
line-2         | 40          | 9
line-3         | 101         | 9
line-4         | nothing     | 9
line-2         | 30          |
nobody         | 50          |
"""


@pytest.fixture
def kept(school: Tables, tmp_path: Path) -> milepost.KeptCheck:
    """The check of ROWS in a store that holds a row for the first learner."""
    school.holds("candidateLogin | progression | score\nline-2 | 50 | 8")
    report = school.checks(ROWS, keep=tmp_path / "checks")
    assert report.kept is not None
    return milepost.kept_check(tmp_path / "checks", report.kept)


def test_the_report_is_the_one_of_the_check(kept: milepost.KeptCheck, school: Tables, tmp_path: Path) -> None:
    again = school.checks(ROWS, keep=tmp_path / "others")
    assert (kept.report.rows, kept.report.updated, kept.report.superseded, kept.report.rejected) == (5, 1, 1, 3)
    for name in ("digest", "changes", "findings", "examples", "notes", "sha256", "started_at", "dry_run"):
        assert getattr(kept.report, name) == getattr(again, name), name


def test_findings_are_shown_by_page(kept: milepost.KeptCheck) -> None:
    page = kept.findings(limit=2)
    assert (page.total, page.rows["line"].to_list()) == (4, [2, 3])
    assert kept.findings(offset=2).rows.select("line", "code").rows() == LAST
    assert kept.findings(where={"level": "warning"}).rows["code"].to_list() == ["superseded"]
    assert kept.findings(order=("code",), descending=True).rows["code"][0] == "superseded"
    assert kept.findings(where={"code": "out-of-range"}).rows["value"].to_list() == ["101"]


def test_changes_are_shown_by_page(kept: milepost.KeptCheck) -> None:
    page = kept.changes()
    assert page.rows.select("line", "field", "before", "after", "kind").rows() == [
        (5, "progression", "50", "30", "regression"),
        (5, "score", "8", None, "reset"),
        (5, "scoreMax", "100", None, "reset"),
    ]
    assert kept.changes(where={"kind": "reset"}, limit=1).total == 2


def test_a_column_that_is_not_there_is_an_error(kept: milepost.KeptCheck) -> None:
    with pytest.raises(milepost.UsageError, match=r'There is no column "colour". There are: line, place, level, code'):
        kept.findings(where={"colour": "red"})


def test_a_check_without_findings_and_changes_has_empty_lists(school: Tables, tmp_path: Path) -> None:
    report = school.checks("progression\n50", keep=tmp_path)
    kept = milepost.kept_check(tmp_path, report.kept or "")
    assert (kept.findings().total, kept.changes().total) == (0, 0)


def test_checks_are_listed_until_their_time_is_over(school: Tables, tmp_path: Path) -> None:
    long = school.checks("progression\n50", keep=tmp_path, keep_for=timedelta(days=30))
    school.checks("progression\n50", keep=tmp_path, keep_for=timedelta())
    (tmp_path / "notes").mkdir()
    assert [one.id for one in milepost.kept_checks(tmp_path)] == [long.kept]
    assert milepost.sweep_checks(tmp_path) == 1
    assert milepost.sweep_checks(tmp_path, now=datetime.now(UTC) + timedelta(days=31)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["notes", "table.csv"] or milepost.kept_checks(tmp_path) == ()


@pytest.mark.parametrize("check", ["", "..", "../" * 8, "0" * 32, "0" * 31 + "/", "ABCDEF" * 6])
def test_an_id_that_names_no_check_is_an_error(tmp_path: Path, check: str) -> None:
    with pytest.raises(milepost.UsageError, match="No check"):
        milepost.kept_check(tmp_path, check)


def test_only_a_check_is_kept(school: Tables, tmp_path: Path) -> None:
    with pytest.raises(milepost.UsageError, match="Only a check can be kept"):
        milepost.import_file(tmp_path / "nothing.csv", school.database, keep=tmp_path)


def test_a_check_that_fails_leaves_nothing(school: Tables, tmp_path: Path) -> None:
    folder = tmp_path / "checks"
    with pytest.raises(milepost.ExpectationError):
        school.checks("progression\n50", keep=folder, expect="0" * 64)
    assert not folder.exists() or list(folder.iterdir()) == []


def test_nobody_else_may_read_it(kept: milepost.KeptCheck, tmp_path: Path) -> None:
    folder = tmp_path / "checks" / kept.id
    assert folder.stat().st_mode & 0o077 == 0
    assert json.loads((folder / "report.json").read_text("utf-8"))["report"]["dry_run"] is True


def test_a_folder_that_cannot_be_made_is_an_error(school: Tables, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(milepost.FileError, match="The check cannot be kept in"):
        school.checks("progression\n50", keep=tmp_path / "file")
