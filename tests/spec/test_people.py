"""Renames and merges: what they change, what they refuse, and that an undo puts everything back."""

from __future__ import annotations

from pathlib import Path

import pytest

import milepost
from databases.stores import Stores
from milepost import Pair, TimeRule
from spec.people_bench import NOW, PeopleBench, filled


@pytest.fixture
def people(stores: Stores, tmp_path: Path) -> PeopleBench:
    """A store with people and what they learned."""
    url = stores.holding("people", lambda url: filled(PeopleBench(tmp_path, url)))
    return PeopleBench(tmp_path, url)


def rename(people: PeopleBench, *pairs: tuple[str, str], **given: object) -> milepost.PeopleReport:
    """What came of a rename."""
    listed = [Pair(*pair, line) for line, pair in enumerate(pairs, start=2)]
    return milepost.rename_learners(people.database, listed, now=NOW, **given)  # type: ignore[arg-type]


def merge(people: PeopleBench, entity: str, *pairs: tuple[str, str], **given: object) -> milepost.PeopleReport:
    """What came of a merge."""
    listed = [Pair(*pair, line) for line, pair in enumerate(pairs, start=2)]
    return milepost.merge_pairs(people.database, entity, listed, now=NOW, **given)  # type: ignore[arg-type]


def learners(people: PeopleBench) -> list[str]:
    """The learners of the store."""
    return people.stored("learner", "login", "login_key", "reference_number", "email")


def formers(people: PeopleBench) -> list[str]:
    """The former identifiers of the store, and whose they are."""
    return people.stored("former_identifier", "owner_id", "identifier", "value")


def test_a_learner_is_renamed_by_any_identifier_and_an_undo_renames_back(people: PeopleBench) -> None:
    before, export = learners(people), people.export()
    checked = rename(people, ("ada", "Bob"), ("BOB", "ada"), ("2", "22"), ("ada@x", "a@y"), dry_run=True)
    assert (checked.run, checked.references, learners(people)) == (None, 3, before)
    done = rename(people, ("ada", "Bob"), ("BOB", "ada"), ("2", "22"))
    assert (done.pairs, done.references, done.rows) == (3, 3, 0)
    assert learners(people) == ["Bob | bob | 1 | ada@x", "adele | adele | 22 | -", "ada | ada | 3 | bob@x"]
    assert formers(people) == ["1 | login | ada", "3 | login | bob", "2 | reference_number | 2"]
    assert [(one.login, one.column, one.before, one.after) for one in done.renamed] == [
        ("ada", "candidateLogin", "ada", "Bob"),
        ("bob", "candidateLogin", "bob", "ada"),
        ("adele", "candidateRefNumber", "2", "22"),
    ]
    assert done.run is not None
    verified = milepost.verify_run(people.database, done.run)
    assert (verified.is_sound, verified.references, verified.references_changed) == (True, 3, 0)
    undone = milepost.undo_run(people.database, done.run)
    assert (undone.references, undone.kept_references) == (3, ())
    assert (learners(people), formers(people), people.export()) == (before, [], export)
    assert undone.run is not None
    milepost.undo_run(people.database, undone.run)
    assert formers(people) == ["1 | login | ada", "3 | login | bob", "2 | reference_number | 2"]


REFUSED = {
    "nobody": ((("eve", "x"),), 'No learner has the log-in name, e-mail, reference number or GUID "eve". '),
    "taken": ((("ada", "BOB"),), 'Another learner has the log-in name "BOB"; merge the two'),
    "GUID": ((("guid-ada", "x"),), '"guid-ada" is a GUID, which never changes; say with argument "identifiers"'),
    "same": ((("ada", "ada"),), '"ada" is called so already. Nothing was done.'),
    "empty": ((("ada", ""),), "A name is empty. Nothing was done."),
    "two to one": (
        (("ada", "x"), ("bob", "X")),
        "2 pairs cannot be done, so nothing was done:\n  line 2: two lines give",
    ),
    "twice": ((("ada", "x"), ("ADA", "y")), 'line 2: another line renames "ada" too.'),
    "none": ((), "There are no pairs."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_rename_that_cannot_be_is_refused_whole(case: str, people: PeopleBench) -> None:
    pairs, said = REFUSED[case]
    before = learners(people)
    with pytest.raises(milepost.UsageError) as refused:
        rename(people, *pairs)
    assert said in str(refused.value)
    assert (learners(people), len(milepost.runs(people.database))) == (before, 7)


def test_what_was_changed_since_stays_and_is_told(people: PeopleBench) -> None:
    first = rename(people, ("ada", "ada.k")).run
    assert first is not None
    people.load("learners", "candidateLogin | candidateEmail\nada.k | ada@z\nada |")
    undone = milepost.undo_run(people.database, first)
    assert [(one.entity, one.name, one.reason, one.run) for one in undone.kept_references] == [
        ("learner", "ada", "taken", None)
    ]
    assert learners(people)[0] == "ada.k | ada.k | 1 | ada@z"
    second = rename(people, ("ada.k", "augusta")).run
    assert second is not None
    third = rename(people, ("augusta", "a.k"))
    kept = milepost.undo_run(people.database, second).kept_references
    assert [(one.reason, one.run) for one in kept] == [("written", third.run)]


MERGED = [
    "ada,s1,c1,80,150,50,80",
    "ada,s1,c2,20,7,,",
    "ada,s2,c3,30,9,,",
    "bob,s1,c1,50,5,,",
]


def test_a_learner_is_merged_and_an_undo_gives_the_same_export(people: PeopleBench) -> None:
    before = people.export()
    shown: list[milepost.MergedRow] = []
    checked = merge(people, "learner", ("adele", "ada"), dry_run=True, merged=shown.append)
    assert people.export() == before
    assert [(row.lovCode, [whose for whose, _ in row.before], row.after["timeSpent"]) for row in shown] == [
        ("c1", ["ada", "adele"], 150),
        ("c2", ["adele"], 7),
    ]
    with pytest.raises(milepost.ExpectationError):
        merge(people, "learner", ("adele", "ada"), expect=checked.digest, time_rule=TimeRule.HIGHEST)
    done = merge(people, "learner", ("adele", "ada"), expect=checked.digest)
    assert (done.rows, done.created, done.updated, done.deleted, done.references) == (4, 1, 1, 2, 4)
    assert people.tracking() == MERGED
    after = people.export()
    assert learners(people) == ["ada | ada | 1 | ada@x", "bob | bob | 3 | bob@x"]
    assert people.stored("registration", "learner_id", "session_id", "time_spent_cbt") == [
        "1 | 1 | 90",
        "1 | 2 | 0",
        "3 | 1 | 0",
    ]
    assert formers(people) == ["1 | login | adele", "1 | guid | guid-adele", "1 | reference_number | 2"]
    days = [line for line in after.splitlines() if ",c1," in line and line.startswith("ada,1") and "2024-01-0" in line]
    assert len(days) == 3, days  # the row, and two days of its log
    assert done.run is not None
    assert milepost.verify_run(people.database, done.run).is_sound
    story = milepost.show(people.database, "ada")
    assert [(row.sessionGuid, row.lovCode, len(row.events), row.stored is None) for row in story] == [
        ("s1", "c1", 2, False),
        ("s1", "c1", 2, True),
        ("s1", "c2", 1, False),
        ("s1", "c2", 2, True),
        ("s2", "c3", 1, False),
    ]
    undone = milepost.undo_run(people.database, done.run)
    assert (undone.references, undone.kept, people.export()) == (4, 0, before)
    assert undone.run is not None
    again = milepost.undo_run(people.database, undone.run)
    assert (again.references, again.kept, people.export()) == (4, 0, after)


def test_the_higher_time_may_count(people: PeopleBench) -> None:
    merge(people, "learner", ("adele", "ada"), time_rule=TimeRule.HIGHEST)
    assert people.tracking()[0] == "ada,s1,c1,80,100,50,80"
    assert people.stored("registration", "time_spent_cbt") == ["60", "0", "0"]
    assert people.export().count(",2024-01-02,") == 1


def test_a_row_that_was_written_after_a_merge_stays_and_is_told(people: PeopleBench) -> None:
    done = merge(people, "learner", ("adele", "ada"), ("bob", "adele"))
    assert people.tracking()[0] == "ada,s1,c1,80,155,50,80"
    later = people.imports("candidateLogin | sessionGuid | lovCode | progression\nada | s1 | c1 | 99")
    assert done.run is not None
    undone = milepost.undo_run(people.database, done.run)
    assert [(row.candidateLogin, row.lovCode, row.run) for row in undone.examples] == [("ada", "c1", later)]
    assert people.tracking() == [
        "ada,s1,c1,99,0,,",
        "adele,s1,c1,80,50,30,100",
        "adele,s1,c2,20,7,,",
        "adele,s2,c3,30,9,,",
        "bob,s1,c1,50,5,,",
    ]


def test_versions_and_sessions_are_merged_and_put_back(people: PeopleBench) -> None:
    before = people.export()
    version = merge(people, "lov", ("g1", "c2"))
    assert people.stored("training_content", "training_id", "learning_object_version_id") == ["1 | 2", "1 | 3", "2 | 2"]
    assert people.tracking() == [
        "ada,s1,c2,40,100,50,80",
        "adele,s1,c2,80,57,30,100",
        "adele,s2,c3,30,9,,",
        "bob,s1,c2,50,5,,",
    ]
    session = merge(people, "session", ("s2", "s1"))
    assert people.tracking()[2] == "adele,s1,c3,30,9,,"
    for run in (session.run, version.run):
        assert run is not None
        assert milepost.verify_run(people.database, run).is_sound
        milepost.undo_run(people.database, run)
    assert people.export() == before


MERGES_REFUSED = {
    "itself": ("learner", (("ada", "1"),), '"ada" and "1" are one learner. Nothing was done.'),
    "twice": ("learner", (("ada", "bob"), ("ada", "adele")), '"ada" is merged by another line too'),
    "circle": ("learner", (("ada", "bob"), ("bob", "ada")), 'line 2: "ada" would be merged into itself in the end.'),
    "trainings": ("session", (("s3", "s1"),), 'The sessions "s3" and "s1" are of two trainings.'),
    "nobody": ("lov", (("g1", "g9"),), 'No learning object version has the code or GUID "g9".'),
}


@pytest.mark.parametrize("case", MERGES_REFUSED)
def test_a_merge_that_cannot_be_is_refused_whole(case: str, people: PeopleBench) -> None:
    entity, pairs, said = MERGES_REFUSED[case]
    before = people.export()
    with pytest.raises(milepost.UsageError) as refused:
        merge(people, entity, *pairs)
    assert said in str(refused.value)
    assert (people.export(), len(milepost.runs(people.database))) == (before, 7)


def test_former_identifiers_are_found_on_demand_and_never_when_two_had_them(people: PeopleBench) -> None:
    merge(people, "lov", ("g2", "g1"))
    rename(people, ("bob", "robert"), ("ada", "bob"))
    rename(people, ("bob", "ada.k"))
    rename(people, ("adele", "ada"))
    file = "candidateLogin | candidateEmail | sessionGuid | lovCode | progression\n"
    rows = "robert | bob@x | s1 | c2 | 71\nbob | | s1 | c1 | 72\nada | | s1 | c1 | 73\nadele | | s1 | c2 | 74"
    without = people.imports(file + rows)
    assert milepost.read_run(people.database, without).run.rejected == 3
    found = people.imports(file + rows, formerIdentifiers=["yes"])
    told = milepost.read_findings(people.database, found).filter(code="former-identifier")
    assert told.select("line", "column", "hint").rows() == [
        (2, "lovCode", 'the learning object version has the code "c1" now'),
        (5, "candidateLogin", 'the learner has the login "ada" now'),
        (5, "lovCode", 'the learning object version has the code "c1" now'),
    ]
    # Two learners were called bob; ada is somebody now.
    assert milepost.read_run(people.database, found).run.rejected == 1
    assert people.tracking() == [
        "ada,s1,c1,74,0,,",
        "ada,s2,c3,30,9,,",
        "ada.k,s1,c1,40,100,50,80",
        "robert,s1,c1,71,0,,",
    ]
