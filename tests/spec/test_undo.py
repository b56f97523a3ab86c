"""What an undo puts back, what it leaves as it is, and what it refuses."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import polars as pl
import pytest

import milepost
from databases.transactions import as_another_program, reading, writing
from milepost.stores import record
from milepost.stores.port import Among
from milepost.use_cases import undoing
from spec.tables import SCHOOL, Tables

FIRST = """
    progression | score | becomes
    10          | 1     | created
    20          | 2     | created
    30          |       | created
    40          |       | created
"""
SECOND = """
    progression | score | trackingStatus | becomes
    10          | 1     |                | unchanged
    25          | 2.5   | failed         | updated
                |       | notAttempted   | deleted
    40          |       |                | unchanged
    50          |       |                | created
"""
AFTER_FIRST = """
    candidateLogin | progression | trackingStatus | score | scoreMax
    line-2         | 10          | incomplete     | 1     | 100
    line-3         | 20          | incomplete     | 2     | 100
    line-4         | 30          | incomplete     |       |
    line-5         | 40          | incomplete     |       |
"""
AFTER_SECOND = """
    candidateLogin | progression | trackingStatus | score | scoreMax
    line-2         | 10          | incomplete     | 1     | 100
    line-3         | 25          | failed         | 2.5   | 100
    line-5         | 40          | incomplete     |       |
    line-6         | 50          | incomplete     |       |
"""
NOTHING = "candidateLogin | progression"


@pytest.fixture
def runs(holding: Callable[..., Tables]) -> tuple[Tables, int, int]:
    """A store with two imports, and their numbers."""
    school = holding(SCHOOL, _import_both)
    second, first, *_ = milepost.runs(school.database)
    return school, first.id, second.id


def _import_both(school: Tables) -> None:
    school.imports(FIRST)
    school.imports(SECOND)
    school.stores(AFTER_SECOND)


def _counts(report: milepost.UndoReport) -> dict[str, int]:
    return {name: getattr(report, name) for name in ("rows", "created", "updated", "deleted", "kept")}


def _kept(report: milepost.UndoReport) -> list[tuple[object, ...]]:
    return [(row.candidateLogin, row.lovCode, row.line, row.reason.value, row.run) for row in report.examples]


def test_all_that_a_run_did_is_put_back(runs: tuple[Tables, int, int]) -> None:
    school, first, second = runs
    report = milepost.undo_run(school.database, second)
    assert _counts(report) == {"rows": 3, "created": 1, "updated": 1, "deleted": 1, "kept": 0}
    assert (report.run, report.undoes, report.file, report.examples) == (second + 1, second, "table.csv", ())
    school.stores(AFTER_FIRST)
    assert _counts(milepost.undo_run(school.database, first)) == {
        "rows": 4,
        "created": 0,
        "updated": 0,
        "deleted": 4,
        "kept": 0,
    }
    school.stores(NOTHING)


def test_a_row_that_is_put_back_has_its_former_writer(runs: tuple[Tables, int, int]) -> None:
    school, first, second = runs
    milepost.undo_run(school.database, second)
    with reading(school.database) as tables:
        writers = tables.rows("tracking", {"run_id": pl.Int64(), "line": pl.Int64()}, order=("registration_id",))
    assert writers.rows() == [(first, line) for line in range(2, 6)]


def test_an_undo_can_be_undone_and_that_again(runs: tuple[Tables, int, int]) -> None:
    school, _, second = runs
    for number in range(second, second + 5):
        milepost.undo_run(school.database, number)
        school.stores(AFTER_SECOND if (number - second) % 2 else AFTER_FIRST)


def test_a_check_says_the_same_and_writes_nothing(runs: tuple[Tables, int, int]) -> None:
    school, _, second = runs
    checked = milepost.undo_run(school.database, second, dry_run=True)
    assert (checked.run, checked.dry_run) == (None, True)
    school.stores(AFTER_SECOND)
    assert _counts(checked) == _counts(milepost.undo_run(school.database, second))


def test_rows_that_later_runs_wrote_are_kept_and_told(runs: tuple[Tables, int, int]) -> None:
    school, first, second = runs
    report = milepost.undo_run(school.database, first)
    assert _counts(report) == {"rows": 4, "created": 0, "updated": 0, "deleted": 2, "kept": 2}
    assert _kept(report) == [
        ("line-3", "intro", None, "written", second),
        ("line-4", "intro", None, "deleted", second),
    ]
    school.stores(
        """
        candidateLogin | progression
        line-3         | 25
        line-6         | 50
        """
    )


def test_the_writer_decides_and_not_the_values(runs: tuple[Tables, int, int]) -> None:
    school, _, second = runs
    school.imports(
        """
        progression | score | trackingStatus | becomes
                    |       | notAttempted   | deleted
                    |       | notAttempted   | deleted
                    |       | notAttempted   | unchanged
                    |       | notAttempted   | deleted
                    |       | notAttempted   | deleted
        """
    )
    third = school.imports(
        """
        progression | score | trackingStatus | becomes
        10          | 1     |                | created
        25          | 2.5   | failed         | created
        30          |       |                | created
        """
    ).run
    report = milepost.undo_run(school.database, second)
    assert _kept(report) == [
        ("line-3", "intro", 3, "written", third),
        ("line-4", "intro", 4, "written", third),
        ("line-6", "intro", None, "deleted", second + 1),
    ]


def test_a_row_that_came_and_went_since_is_as_it_was(runs: tuple[Tables, int, int]) -> None:
    school, _, second = runs
    again = "progression | score | becomes\n10 | 1 | unchanged\n99 | | updated\n31 | | created\n"
    third = school.imports(again).run
    assert third is not None
    milepost.undo_run(school.database, third)
    assert milepost.undo_run(school.database, second).kept == 0
    school.stores(AFTER_FIRST)


def test_rows_that_have_lost_what_they_refer_to_are_kept_apart(runs: tuple[Tables, int, int]) -> None:
    school, _, second = runs

    with as_another_program(school.database) as tables:
        schema = {"registration_id": pl.Int64()}
        gone = tables.rows("tracking_change", schema, {"change": "deleted"})
        tables.remove("registration", {"id": Among(gone.to_series())})
    report = milepost.undo_run(school.database, second)
    assert _counts(report) == {"rows": 3, "created": 0, "updated": 1, "deleted": 1, "kept": 1}
    (row,) = report.examples
    assert dataclasses.asdict(row) == {
        "candidateLogin": None,
        "sessionGuid": None,
        "lovCode": "intro",
        "lovGuid": "guid-1",
        "line": 4,
        "reason": "gone",
        "run": None,
    }


def test_a_lock_on_a_learning_object_does_not_stop_an_undo(runs: tuple[Tables, int, int]) -> None:
    school, _, second = runs
    lock = pl.DataFrame({"lovGuid": ["guid-1"], "publisher": ["CrossKnowledge"]})
    milepost.load_file("learning-objects", lock, school.database)
    with writing(school.database) as tables:
        tables.remove("training_content", {})
    assert milepost.undo_run(school.database, second).kept == 0
    school.stores(AFTER_FIRST)


def test_many_rows_go_through_in_parts(runs: tuple[Tables, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    school, first, second = runs
    monkeypatch.setattr("milepost.engines.local.sorting._ROWS_AT_A_TIME", 1)
    told: list[pl.DataFrame] = []
    assert milepost.undo_run(school.database, first, kept=told.append).kept == 2
    assert [frame.columns for frame in told] == [list(undoing.KEPT)] * 2
    assert milepost.undo_run(school.database, second).kept == 0
    school.stores("candidateLogin | progression\nline-3 | 20\nline-4 | 30")


def test_the_undo_is_a_run(runs: tuple[Tables, int, int]) -> None:
    school, _, second = runs
    number = milepost.undo_run(school.database, second, actor="grace").run
    assert number is not None
    with reading(school.database) as tables:
        run = record.one(tables, number)
    assert (run.kind, run.state, run.file, run.undoes, run.actor) == (
        *("undo", "done", f"undo of run {second}"),
        *(second, "grace"),
    )
    counts = (run.rows, run.created, run.updated, run.unchanged, run.deleted, run.superseded, run.rejected)
    assert counts == (3, 1, 1, 0, 1, 0, 0)


def _refusal(school: Tables, run: int) -> str:
    with pytest.raises(milepost.UsageError) as caught:
        milepost.undo_run(school.database, run)
    return str(caught.value)


def test_what_cannot_be_undone_is_refused_and_leaves_no_run(runs: tuple[Tables, int, int]) -> None:
    school, _, second = runs
    assert _refusal(school, 99) == "There is no run 99. `milepost runs` lists them all."
    assert _refusal(school, 1) == (
        "Run 1 (reference.csv) loaded learners; only imports of tracking, renames, merges, clearings, undos and loads "
        "that rename can be undone. To have former values of reference data back, load them again."
    )
    third = school.imports("progression | score | becomes\n10 | 1 | unchanged").run
    assert third is not None
    assert _refusal(school, third) == f"Run {third} (table.csv) changed nothing: there is nothing to undo."
    fourth = milepost.undo_run(school.database, second).run
    assert _refusal(school, second) == (
        f"Run {second} was undone already, by run {fourth}. To have its changes back, undo that: "
        f"`milepost undo {fourth}`."
    )
    assert fourth == third + 1
    assert _refusal(school, fourth + 1).startswith(f"There is no run {fourth + 1}.")


@pytest.mark.parametrize(
    ("state", "words"), [("failed", "failed"), ("interrupted", "was interrupted"), ("held", "was held")]
)
def test_a_run_that_did_nothing_is_refused(runs: tuple[Tables, int, int], state: str, words: str) -> None:
    school, _, second = runs
    with writing(school.database) as tables:
        tables.change("import_run", {"state": state}, {"id": second})
    assert _refusal(school, second) == (
        f"Run {second} (table.csv) {words} and changed nothing: there is nothing to undo."
    )


def test_a_run_without_a_journal_is_refused(runs: tuple[Tables, int, int]) -> None:
    school, _, second = runs
    with writing(school.database) as tables:
        tables.remove("tracking_change", {})
    assert _refusal(school, second) == (
        f"Run {second} (table.csv) cannot be undone: it was imported before Milepost kept what it changes. "
        "Its file of before, or a backup, is what is left."
    )


def test_a_store_that_is_not_there_is_not_made(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("nowhere") / "milepost.db"
    with pytest.raises(milepost.StoreError, match="There is no store at"):
        milepost.undo_run(str(place), 1)
    assert not place.exists()
