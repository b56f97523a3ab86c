"""Clearings: which learners are disabled, which registrations and sessions deleted; and that an undo takes it back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

import milepost
from databases.stores import Stores
from milepost import Clearing, ExpectationError, Limit, UsageError
from spec.people_bench import NOW, PeopleBench, filled

ALL = Limit(100, is_percentage=True)
ENDS = "sessionGuid | sessionTitle | trainingPathCode | endDate\ns1 | One | T | 2024-05-01 00:00:00\n"
MORE = "sessionGuid | sessionTitle | trainingPathCode\ns4 | Four | T"


@pytest.fixture
def people(stores: Stores, tmp_path: Path) -> PeopleBench:
    """A store with people and what they learned; the session s1 has ended, s3 and s4 are empty."""

    def fill(url: str) -> None:
        bench = filled(PeopleBench(tmp_path, url))
        bench.load("sessions", ENDS)
        bench.load("sessions", MORE)
        bench.load("learners", "candidateLogin\ncyd")

    return PeopleBench(tmp_path, stores.holding("clearing", fill))


def clear(people: PeopleBench, clearing: Clearing, most: Limit = ALL, **given: object) -> milepost.ClearReport:
    """What came of a clearing."""
    return milepost.clear_references(people.database, clearing, most=most, now=NOW, **given)  # type: ignore[arg-type]


def everything(people: PeopleBench) -> list[list[str]]:
    """All that a clearing can change."""
    return [
        people.stored("learner", "login", "disabled_at"),
        people.stored("session", "guid"),
        people.stored("registration", "id", "guid"),
        people.export().splitlines(),
    ]


CLEARED = [
    (Clearing.UNREGISTERED_LEARNERS, None, (1, 4, 0), (0, ["cyd"])),
    (Clearing.LEARNERS_OF_ENDED_SESSIONS, None, (2, 4, 0), (0, ["ada", "bob"])),
    (Clearing.OTHER_LEARNERS, [1, 2], (2, 4, 0), (0, ["bob", "cyd"])),
    (Clearing.EMPTY_SESSIONS, None, (2, 4, 0), (1, ["s1", "s2"])),
    (Clearing.OTHER_REGISTRATIONS, [1, 4], (2, 4, 3), (2, ["1", "4"])),
]


@pytest.mark.parametrize(("clearing", "kept", "counts", "after"), CLEARED)
def test_what_is_cleared_is_put_back_by_an_undo(
    people: PeopleBench,
    clearing: Clearing,
    kept: list[int] | None,
    counts: tuple[int, int, int],
    after: tuple[int, list[str]],
) -> None:
    before = everything(people)
    files = None if kept is None else pl.Series(kept)
    checked = clear(people, clearing, kept=files, dry_run=True)
    assert (checked.run, everything(people)) == (None, before)
    done = clear(people, clearing, kept=files, expect=checked.digest)
    assert (done.references, done.of, done.deleted) == counts
    place, names = after
    now = [row.split(" | ") for row in everything(people)[place]]
    assert [row[0] for row in now if place or row[1] == str(int(NOW.timestamp()))] == names
    assert done.run is not None
    assert milepost.verify_run(people.database, done.run).is_sound
    assert clear(people, clearing, kept=files).run is None
    undone = milepost.undo_run(people.database, done.run)
    assert (undone.references, undone.kept, everything(people)) == (done.references, 0, before)


def test_a_clearing_is_held_above_its_limit_and_leaves_no_run(people: PeopleBench) -> None:
    before, runs = everything(people), milepost.runs(people.database)
    report = clear(people, Clearing.EMPTY_SESSIONS, Limit(10, is_percentage=True))
    assert report.held == ("2 of 4 sessions would be deleted, more than the limit of 10%.",)
    assert (everything(people), milepost.runs(people.database)) == (before, runs)
    with pytest.raises(UsageError, match="It is not known which rows the files have"):
        clear(people, Clearing.OTHER_LEARNERS)
    checked = clear(people, Clearing.EMPTY_SESSIONS, dry_run=True)
    people.load("registrations", "candidateLogin | sessionGuid\ncyd | s3")
    with pytest.raises(ExpectationError, match="The plan has changed since it was checked: the store"):
        clear(people, Clearing.EMPTY_SESSIONS, expect=checked.digest)


def test_an_undo_leaves_what_was_changed_since(people: PeopleBench) -> None:
    one = clear(people, Clearing.UNREGISTERED_LEARNERS)
    people.load("learners", "candidateLogin | candidateDisabledAt\ncyd | 2024-01-01 00:00:00")
    assert one.run is not None
    undone = milepost.undo_run(people.database, one.run, now=NOW + timedelta(days=1))
    assert [(kept.entity, kept.name, kept.reason) for kept in undone.kept_references] == [("learner", "cyd", "written")]
    gone = clear(people, Clearing.OTHER_REGISTRATIONS, kept=pl.Series([1, 2, 3]))
    people.load("registrations", "candidateLogin | sessionGuid\nbob | s1")
    assert gone.run is not None
    undone = milepost.undo_run(people.database, gone.run)
    assert [(kept.entity, kept.reason) for kept in undone.kept_references] == [("registration", "taken")]
    assert undone.kept == 1
