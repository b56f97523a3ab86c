"""Whether what an import wrote still stands, and what became of each line of its file."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import milepost
from databases.transactions import as_another_program, ids, reading
from milepost.reading import audit
from milepost.stores import record as runs
from milepost.stores.port import Among, Where
from spec.tables import Tables

COLUMNS = "progression | trackingStatus | score"
THREE = f"{COLUMNS}\n50 | incomplete | 5\n60 | incomplete | 6\n70 | incomplete |"


def past_milepost(school: Tables, login: str, **values: object) -> None:
    """Changes the rows of a learner as another program would; deletes them when no values are given."""
    with as_another_program(school.database) as tables:
        (learner,) = ids(tables, "learner", login=login)
        of_learner: Where = {"registration_id": Among(ids(tables, "registration", learner_id=learner))}
        if values:
            tables.change("tracking", values, of_learner)
        else:
            tables.remove("tracking", of_learner)


def run_of(report: milepost.Report) -> int:
    """The number of a run that was one."""
    assert report.run is not None
    return report.run


def verified(school: Tables, run: int) -> dict[str, object]:
    """What a verification says, but for what is nothing."""
    found = milepost.verify_run(school.database, run)
    names = ("written", "standing", "unknown", "differing", "missing", "surplus", "changed_since")
    told = {name: getattr(found, name) for name in names}
    assert found.written + found.surplus == sum(
        (found.standing, found.unknown, found.differing, found.missing, *found.changed_since.values())
    )
    assert found.is_sound == (not found.differing and not found.missing and not found.surplus)
    return {name: number for name, number in told.items() if number}


def test_what_an_import_wrote_stands(school: Tables) -> None:
    run = run_of(school.reports(THREE))
    assert verified(school, run) == {"written": 3, "standing": 3}


def test_what_later_runs_changed_is_theirs(school: Tables) -> None:
    run = run_of(school.reports(THREE))
    later = run_of(school.reports(f"{COLUMNS}\n51 | incomplete | 5\n0 | notAttempted |\n70 | incomplete |"))
    assert verified(school, run) == {"written": 3, "standing": 1, "changed_since": {later: 2}}
    assert verified(school, later) == {"written": 1, "standing": 1}
    last = run_of(school.reports(f"{COLUMNS}\n52 | incomplete | 5"))
    assert verified(school, run) == {"written": 3, "standing": 1, "changed_since": {later: 1, last: 1}}
    assert verified(school, later) == {"written": 1, "changed_since": {last: 1}}


def test_what_was_undone_stands_again(school: Tables) -> None:
    run = run_of(school.reports(THREE))
    later = run_of(school.reports(f"{COLUMNS}\n51 | incomplete | 5\n0 | notAttempted |"))
    undone = milepost.undo_run(school.database, later).run
    assert verified(school, run) == {"written": 3, "standing": 3}
    assert verified(school, later) == {"written": 1, "changed_since": {undone: 1}}
    past_milepost(school, "line-3")
    assert verified(school, run) == {"written": 3, "standing": 2, "missing": 1}


def test_what_another_program_does_is_without_explanation(school: Tables) -> None:
    run = run_of(school.reports(THREE))
    past_milepost(school, "line-2", score=5.5)
    past_milepost(school, "line-3")
    past_milepost(school, "line-4", checksum=None)
    assert verified(school, run) == {"written": 3, "unknown": 1, "differing": 1, "missing": 1}
    (example,) = milepost.verify_run(school.database, run).examples
    assert (example.candidateLogin, example.trainingPathCode, example.lovCode) == ("line-2", "MATHS", "intro")
    assert (example.sessionTitle, example.line) == ("Spring 2024", 2)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("first_access_at", 1),
        ("last_access_at", 1),
        ("first_completed_at", 1),
        ("progression", 50.5),
        ("status", "failed"),
        ("time_spent", 1),
        ("score", 5.0000000000000009),
        ("score", None),
        ("score_max", 99),
    ],
)
def test_every_value_is_held_against_what_was_written(school: Tables, column: str, value: object) -> None:
    run = run_of(school.reports(f"{COLUMNS}\n50 | incomplete | 5"))
    past_milepost(school, "line-2", **{column: value})
    assert verified(school, run) == {"written": 1, "differing": 1}


MIXED = (
    f"{COLUMNS}\n50 | incomplete | 5\n500 | incomplete | 6\n70 | incomplete |\n70 | incomplete |\n0 | notAttempted |\n"
    "80 | incomplete |"
)
"""Lines that create, are rejected, find all as it is, update, delete, create."""


def test_every_line_of_the_file_is_accounted_for(school: Tables) -> None:
    school.reports(f"{COLUMNS}\n|incomplete|\n|incomplete|\n70|incomplete|\n60|incomplete|\n60|incomplete|")
    run = run_of(school.reports(MIXED))
    file = school.folder / "table.csv"
    content = file.read_bytes()
    found = milepost.verify_run(school.database, run, file).file
    assert found is not None
    assert (found.is_same, found.rows, found.written, found.found, found.unchanged) == (True, 6, 4, 1, 1)
    assert (found.unaccounted, found.foreign, found.is_accounted_for) == (0, 0, True)
    past_milepost(school, "line-2")
    lost = milepost.verify_run(school.database, run, file)
    assert lost.file is not None
    assert (lost.file.unaccounted, lost.is_sound) == (1, False)
    file.write_bytes(content + b"\n")
    other = milepost.verify_run(school.database, run, file).file
    assert other is not None
    assert (other.is_same, other.is_accounted_for, other.rows) == (False, False, 0)


def test_the_page_of_an_auditor_says_it_all_and_nothing_in_it_is_markup(school: Tables, tmp_path: Path) -> None:
    run = run_of(school.lists(THREE, io.BytesIO(), settings={"trackingStatus.completed": "<b>done</b>"}))
    found = milepost.verify_run(school.database, run)
    with reading(school.database) as tables:
        record = runs.one(tables, run)
    target = tmp_path / "audit.html"
    audit.write_audit(target, record, {"superseded": 2, "value-too-long": 1}, found)
    page = target.read_text("utf-8")
    assert "3 of 3 rows that the run wrote stand as written." in page
    assert "<b>done</b>" not in page
    assert page.count("superseded") >= 2
    assert "A value holds more than … characters." in page
    assert record.sha256 is not None
    assert record.sha256 in page
    assert record.digest is not None
    assert record.digest in page
    assert "http" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize(("number", "message"), [(99, "There is no run 99."), (1, "is no import of tracking")])
def test_what_cannot_be_verified(school: Tables, number: int, message: str) -> None:
    with pytest.raises(milepost.UsageError, match=message):
        milepost.verify_run(school.database, number)


def test_a_held_import_has_nothing_to_verify(school: Tables) -> None:
    run = run_of(school.lists("progression\n500", None, settings={"maxRejected": "0"}))
    with pytest.raises(milepost.UsageError, match="is held and wrote nothing"):
        milepost.verify_run(school.database, run)


def test_rows_that_only_say_that_the_run_wrote_them_are_told(school: Tables) -> None:
    school.reports(THREE)
    run = run_of(school.reports(f"{COLUMNS}\n50 | incomplete | 5\n61 | incomplete | 6\n70 | incomplete |"))
    file = school.folder / "table.csv"
    assert milepost.verify_run(school.database, run, file).is_sound
    past_milepost(school, "line-2", run_id=run, line=2, checksum=None)
    assert verified(school, run) == {"written": 1, "standing": 1, "unknown": 1, "surplus": 1}
    found = milepost.verify_run(school.database, run, file)
    assert found.file is not None
    assert (found.file.contradicted, found.file.unaccounted, found.file.is_accounted_for) == (1, 0, False)
    told = audit.verdict(found)
    assert "1 more row names the run than it wrote." in told
    assert "The run found 1 more line unchanged than the record leaves over." in told


def test_lines_without_a_record_are_listed(school: Tables) -> None:
    school.reports(f"{COLUMNS}\n50 | incomplete | 5")
    run = run_of(school.reports(THREE))
    past_milepost(school, "line-4")
    found = milepost.verify_run(school.database, run, school.folder / "table.csv")
    assert found.file is not None
    assert (found.file.unaccounted, found.file.unaccounted_among) == (1, (2, 4))
    assert audit.verdict(found)[-1] == (
        "1 of its rows are not accounted for. Nothing is recorded of these lines: 2, 4. "
        "1 of those without a record were unchanged."
    )
