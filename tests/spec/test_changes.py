"""What an import does to stored values: each change, of its kind; and the limits that hold an import."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

import milepost
from milepost.model.columns import VALUE_COLUMNS
from milepost.model.reports import ChangeKind
from spec.tables import SCHOOL, Tables

FULL = " | ".join(VALUE_COLUMNS)
SAME = "2024-01-01 10:00:00 | 2024-02-01 10:00:00 | 2024-01-20 10:00:00 | 100 | completed | 3600 | 80 | 100"
STORED = f"{FULL}\n{SAME}"
"""What is stored of the learner of line 2."""


def read_back(school: Tables, run: int | None) -> list[dict[str, str]]:
    """The changes of a run as the store has kept them, as texts."""
    assert run is not None
    return milepost.read_changes(school.database, run).cast(pl.String).fill_null("").to_dicts()


@pytest.fixture
def full(holding: Callable[..., Tables]) -> Tables:
    """A store that holds STORED."""
    return holding(SCHOOL, lambda school: school.holds(STORED))


def changes_of(school: Tables, row: str, header: str = FULL, **settings: str) -> list[str]:
    """What importing one row over STORED changes: `field before after kind` for each change."""
    listed = io.BytesIO()
    report = school.lists(f"{header}\n{row}", listed, settings=settings)
    rows = list(csv.DictReader(io.StringIO(listed.getvalue().decode())))
    assert all((one["line"], one["candidateLogin"], one["lovCode"]) == ("2", "line-2", "intro") for one in rows)
    assert all((one["trainingPathCode"], one["sessionTitle"]) == ("MATHS", "Spring 2024") for one in rows)
    told = {kind: dict.fromkeys((one["field"] for one in rows if one["kind"] == kind), 1) for kind in ChangeKind}
    assert {kind: dict(report.changes.fields.get(kind, {})) for kind in ChangeKind} == told
    assert report.changes.rows == {kind: int(bool(told[kind])) for kind in ChangeKind}
    recorded = read_back(school, report.run)
    assert [one | {"kind": ""} for one in recorded] == [one | {"kind": ""} for one in rows]
    # Which values are those of empty cells, the store does not know.
    assert all(one["kind"] in (other["kind"], "reset") for one, other in zip(rows, recorded, strict=True))
    return [f"{one['field']}: {one['before']} > {one['after']} ({one['kind']})" for one in rows]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", []),
        ("2024-01-01 10", "2024-01-02 10", ["firstAccessDate: 2024-01-01 10:00:00 > 2024-01-02 10:00:00 (change)"]),
        ("2024-02-01", "2024-01-31", ["lastAccessDate: 2024-02-01 10:00:00 > 2024-01-31 10:00:00 (regression)"]),
        ("2024-02-01", "2024-02-02", ["lastAccessDate: 2024-02-01 10:00:00 > 2024-02-02 10:00:00 (change)"]),
        ("2024-01-20", "2024-01-19", ["firstCompletionDate: 2024-01-20 10:00:00 > 2024-01-19 10:00:00 (change)"]),
        ("2024-01-20", "2024-01-21", ["firstCompletionDate: 2024-01-20 10:00:00 > 2024-01-21 10:00:00 (regression)"]),
        ("completed", "passed", ["trackingStatus: completed > passed (change)"]),
        (
            "2024-01-20 10:00:00 | 100 | completed",
            "| 100 | failed",
            [
                "firstCompletionDate: 2024-01-20 10:00:00 >  (reset)",
                "trackingStatus: completed > failed (regression)",
            ],
        ),
        ("| 100 |", "| 99.5 |", ["progression: 100 > 99.5 (regression)"]),
        ("3600", "3599", ["timeSpent: 3600 > 3599 (regression)"]),
        ("3600", "3601", ["timeSpent: 3600 > 3601 (change)"]),
        ("3600", "", ["timeSpent: 3600 > 0 (reset)"]),
        ("| 80 |", "| 79.5 |", ["score: 80 > 79.5 (regression)"]),
        ("| 80 |", "| |", ["score: 80 >  (reset)"]),
        ("| 80 | 100", "| 80 | 200", ["scoreMax: 100 > 200 (change)"]),
    ],
)
def test_a_change_has_one_kind(full: Tables, old: str, new: str, said: list[str]) -> None:
    assert changes_of(full, SAME.replace(old, new, 1)) == said


def test_what_a_file_has_no_column_for_is_reset(full: Tables) -> None:
    assert changes_of(full, "100 | completed", "progression | trackingStatus") == [
        "firstAccessDate: 2024-01-01 10:00:00 >  (reset)",
        "lastAccessDate: 2024-02-01 10:00:00 >  (reset)",
        "timeSpent: 3600 > 0 (reset)",
        "score: 80 >  (reset)",
        "scoreMax: 100 >  (reset)",
    ]


def test_a_patch_resets_nothing(full: Tables) -> None:
    row, header = "100 | passed", "progression | trackingStatus"
    assert changes_of(full, row, header, updateMode="patch") == ["trackingStatus: completed > passed (change)"]


def test_a_deletion_lists_all_that_goes(full: Tables) -> None:
    assert changes_of(full, "0 | notAttempted", "progression | trackingStatus") == [
        "firstAccessDate: 2024-01-01 10:00:00 >  (deletion)",
        "lastAccessDate: 2024-02-01 10:00:00 >  (deletion)",
        "firstCompletionDate: 2024-01-20 10:00:00 >  (deletion)",
        "progression: 100 >  (deletion)",
        "trackingStatus: completed >  (deletion)",
        "timeSpent: 3600 >  (deletion)",
        "score: 80 >  (deletion)",
        "scoreMax: 100 >  (deletion)",
    ]


def test_new_rows_are_no_changes(school: Tables) -> None:
    report = school.reports("progression | trackingStatus\n50 | incomplete")
    assert (report.created, set(report.changes.rows.values()), report.changes.fields) == (1, {0}, {})


def test_the_same_changes_in_every_format(full: Tables, tmp_path: Path) -> None:
    found = []
    for ending in ("csv", "jsonl", "xlsx"):
        target = tmp_path / f"changes.{ending}"
        full.lists("progression | trackingStatus\n100 | completed", target, dry_run=True)
        if ending == "csv":
            rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8"))))
            found.append([{name: value or None for name, value in row.items()} | {"line": 2} for row in rows])
        elif ending == "jsonl":
            found.append([json.loads(line) for line in target.read_text("utf-8").splitlines()])
        else:
            header, *rest = CalamineWorkbook.from_path(target).get_sheet_by_index(0).to_python()
            found.append([dict(zip(header, (cell or None for cell in row), strict=True)) for row in rest])
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 5


def test_a_million_rows_of_a_list_take_as_many_sheets_as_they_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from milepost.formats.write import export_writer, spreadsheet_writer

    monkeypatch.setattr(spreadsheet_writer, "ROWS_OF_A_SHEET", 3)
    rows = pl.DataFrame({name: ["x"] * 5 for name in export_writer.COLUMNS}).with_columns(line=pl.lit(7))
    with export_writer.changes_writer(tmp_path / "changes.xlsx") as writer:
        writer.write(rows)
        writer.commit()
    book = CalamineWorkbook.from_path(tmp_path / "changes.xlsx")
    assert [len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names] == [3, 3, 2]


@pytest.mark.parametrize(
    ("text", "written"),
    [("=1+1", "'=1+1"), ("''@x", "'''@x"), ("-5", "-5"), ("+1,5", "+1,5"), ("-a", "'-a"), ("a=b", "a=b"), ("'a", "'a")],
)
def test_no_text_of_a_list_is_a_formula(text: str, written: str) -> None:
    from milepost.formats.spreadsheet_safety import defused

    assert defused(pl.DataFrame({"login": [text, None]}))["login"].to_list() == [written, None]


@pytest.mark.parametrize(
    ("limits", "passed"),
    [
        ({"maxRejected": "0"}, ["1 of 4 rows would be rejected; at most 0 may be (maxRejected)."]),
        ({"maxRejected": "1"}, []),
        ({"maxRejected": "25%"}, []),
        ({"maxRejected": "24.9%"}, ["1 of 4 rows would be rejected; at most 24.9% may be (maxRejected)."]),
        ({"maxDeleted": "0"}, ["1 of 4 rows would be deleted; at most 0 may be (maxDeleted)."]),
        ({"maxRegressed": "0%"}, ["1 of 4 rows would lose progress; at most 0% may be (maxRegressed)."]),
        ({"maxReset": "0"}, ["1 of 4 rows would have values reset; at most 0 may be (maxReset)."]),
        ({"maxChanged": "0"}, ["1 of 4 rows would be changed; at most 0 may be (maxChanged)."]),
        ({"maxDeleted": "1", "maxRegressed": "1", "maxReset": "1", "maxChanged": "100%"}, []),
        (
            {"maxDeleted": "0", "maxChanged": "0"},
            [
                "1 of 4 rows would be deleted; at most 0 may be (maxDeleted).",
                "1 of 4 rows would be changed; at most 0 may be (maxChanged).",
            ],
        ),
    ],
)
def test_an_import_that_would_pass_a_limit_is_held(
    holding: Callable[..., Tables], limits: dict[str, str], passed: list[str]
) -> None:
    columns = "progression | trackingStatus | score | scoreMax"
    row = "\n50 | incomplete | 5 | 100"
    school = holding(SCHOOL, lambda school: school.holds(columns + 3 * row))
    before = school.stored()
    # Deleted; set back, and reset too; given another value; rejected.
    table = f"{columns}\n0 | notAttempted | |\n40 | incomplete | | 100\n60 | incomplete | 5 | 100\n500 | incomplete | |"
    checked = school.lists(table, None, dry_run=True, settings=limits)
    held = school.lists(table, None, settings=limits)
    assert (list(checked.held), list(held.held)) == (passed, passed)
    assert held.run is not None
    if not passed:
        assert school.stored() != before
        return
    assert school.stored() == before
    let_through = school.lists(table, None, expect=held.digest, settings=limits)
    assert (let_through.held, let_through.digest) == ((), checked.digest)
    assert school.stored() != before


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("-1", '"-1" is neither a number of rows nor a percentage; write for example 100 or 2.5%'),
        ("1.5", '"1.5" is neither a number of rows nor a percentage; write for example 100 or 2.5%'),
        ("many", '"many" is neither a number of rows nor a percentage; write for example 100 or 2.5%'),
        ("101%", '"101%" is more than all rows; write a percentage from 0% to 100%'),
    ],
)
def test_what_is_no_limit(wrong: str, message: str) -> None:
    with pytest.raises(milepost.ConfigurationError) as raised:
        milepost.configure(None, settings={"maxDeleted": wrong})
    assert [mistake.message for mistake in raised.value.mistakes] == [f"setting maxDeleted: {message}"]


def test_limits_are_written_as_they_are_read(tmp_path: Path) -> None:
    from milepost import settings as config

    settings = {"maxRejected": "2.5%", "maxDeleted": "0", "maxRegressed": "7 %", "maxReset": "100%"}
    job = milepost.configure(None, settings=settings)
    path = tmp_path / "written.xml"
    path.write_text(config.write(job), "utf-8")
    assert milepost.configure(path).limits == job.limits
    assert {limited: str(limit) for limited, limit in job.limits.items()} == {
        "rejected": "2.5%",
        "deleted": "0",
        "regressed": "7%",
        "reset": "100%",
    }


ROWS = "progression | trackingStatus | score\n100 | completed | 80\n50 | incomplete |"
LATER = "2024-06-02 12:00:00"


def test_a_plan_is_the_same_at_any_time_and_carried_out_as_it_was_seen(school: Tables) -> None:
    school.holds("progression | trackingStatus\n10 | incomplete")
    checked = school.lists(ROWS, None, dry_run=True)
    again = school.lists(ROWS, None, dry_run=True, now=LATER)
    assert again.digest == checked.digest
    done = school.lists(ROWS, None, expect=checked.digest, now=LATER)
    assert (done.digest, done.created, done.updated) == (checked.digest, 1, 1)


def test_what_a_plan_does_not_read_may_change(school: Tables) -> None:
    checked = school.lists(ROWS, None, dry_run=True)
    school.reports("lovCode | progression | trackingStatus\nmovie | 10 | incomplete")
    assert school.lists(ROWS, None, expect=checked.digest).created == 2


@pytest.mark.parametrize("what", ["file", "configuration", "store", "registration"])
def test_another_plan_is_refused_and_said_why(school: Tables, what: str) -> None:
    school.holds("progression | trackingStatus | timeSpent\n10 | incomplete | 7")
    checked = school.lists(ROWS, None, dry_run=True)
    rows = ROWS
    settings: dict[str, str] = {}
    if what == "file":
        rows = rows.replace("80", "81")
    elif what == "configuration":
        settings["timeZone"] = "Europe/Paris"
    elif what == "store":
        school.reports("progression | trackingStatus | timeSpent\n10 | incomplete | 8")
    else:
        school.forgets_registration("line-3")
    before = school.stored()
    with pytest.raises(milepost.ExpectationError) as raised:
        school.lists(rows, None, expect=checked.digest, settings=settings)
    changed = "store" if what == "registration" else what
    assert str(raised.value) == (
        f"The plan has changed since it was checked: the {changed} differs. Nothing was done. "
        "Check again: milepost check."
    )
    assert school.stored() == before


@pytest.mark.parametrize("text", ["", "abc", "0" * 63, "g" * 64])
def test_what_is_no_digest(school: Tables, text: str) -> None:
    with pytest.raises(milepost.UsageError, match="is not the digest of a plan"):
        school.lists(ROWS, None, expect=text)


def test_the_changes_of_an_undo_are_those_of_the_run_the_other_way_round(full: Tables) -> None:
    changes_of(full, "50 | incomplete | 7200", "progression | trackingStatus | timeSpent")
    run = milepost.runs(full.database)[0].id
    changed = [(one["field"], one["after"], one["before"]) for one in read_back(full, run)]
    back = read_back(full, milepost.undo(full.database, run).run)
    assert [(one["field"], one["before"], one["after"]) for one in back] == changed
    assert [one["line"] for one in back] == ["2"] * len(changed)
    assert read_back(full, run - 1) == []


def test_changes_that_later_runs_have_overwritten_are_still_known(full: Tables) -> None:
    changes_of(full, "50 | incomplete", "progression | trackingStatus")
    run = milepost.runs(full.database)[0].id
    known = read_back(full, run)
    full.lists("progression | trackingStatus\n60 | incomplete", None)
    full.lists("trackingStatus\nnotAttempted", None)
    assert read_back(full, run) == known


def test_changes_of_a_pruned_run_are_forgotten(full: Tables) -> None:
    changes_of(full, "50 | incomplete", "progression | trackingStatus")
    run = milepost.runs(full.database)[0].id
    milepost.prune_runs(full.database, timedelta(0), now=datetime(2100, 1, 1, tzinfo=UTC))
    with pytest.raises(milepost.UsageError, match=f"What run {run} .* changed is forgotten: `milepost prune`"):
        milepost.read_changes(full.database, run)
