"""Reference data: learners that are found by a key of choice, so that changed log-in names rename people."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import milepost
from databases.stores import Stores
from spec.load_bench import Bench

STORED = """
    candidateLogin | candidateRefNumber | candidateEmail | candidateGuid
    ada            | 1                  | ada@x.example  | g-1
    bob            | 2                  | bob@x.example  | g-2
    cy             | 2                  |                | g-3
    dan            |                    |                | g-4
"""


@pytest.fixture
def bench(stores: Stores, tmp_path: Path) -> Bench:
    """A store with the learners STORED."""
    made = Bench(tmp_path, stores.empty())
    made.load("learners", STORED)
    return made


@pytest.mark.parametrize("batch_rows", [1, 50_000])
def test_changed_log_in_names_rename_by_guid(bench: Bench, batch_rows: int) -> None:
    said = 'the learner with the GUID "g-2" has it; give that GUID if it is the same learner, or rename that one first'
    taken = f"rejected already-taken candidateLogin: {said}"
    table = f"""
        candidateGuid | candidateLogin | candidateRefNumber | candidateEmail | =
        G-1           | Lovelace       | 11                 | ada@y.example  | updated
        g-2           | BOB            | 2                  | bob@x.example  | updated
        g-3           | cy             | 2                  |                | unchanged
        g-4           | Bob            |                    |                | {taken}
        g-5           | eve            |                    |                | created
                      | fay            |                    |                | created
                      | bob            |                    |                | {taken}
        g-6           | bob            |                    |                | {taken}
        {"g" * 41}    | bob            |                    |                | rejected value-too-long candidateGuid: \
it has 41 characters, and at most 40 are kept
                      |                |                    | x@x.example    | rejected \
mandatory-field-empty candidateLogin
    """
    bench.require("learners", table, batch_rows=batch_rows, key="candidateGuid")
    kept = bench.stored("learner", "id", "login", "login_key", "reference_number", "email")
    assert kept[0] == "1 | Lovelace | lovelace | 11 | ada@y.example"
    assert [one.split(" | ")[1] for one in kept] == ["Lovelace", "BOB", "cy", "dan", "eve", "fay"]
    assert bench.stored("learner", "guid")[:5] == ["g-1", "g-2", "g-3", "g-4", "g-5"]
    assert sorted(bench.stored("former_identifier", "owner_id", "identifier", "value")) == [
        "1 | email | ada@x.example",
        "1 | login | ada",
        "1 | reference_number | 1",
    ]
    again = "candidateGuid | candidateLogin\ng-1 | Lovelace\ng-5 | eve"
    assert bench.load("learners", again, key="candidateGuid").unchanged == 2


def test_by_reference_number_it_must_be_of_one_learner(bench: Bench) -> None:
    bench.require(
        "learners",
        """
        candidateRefNumber | candidateLogin | candidateGuid | candidateName | =
        1                  | lovelace       |               | King          | updated
        2                  | bob            | g-9           |               | rejected \
reference-ambiguous candidateRefNumber: \
2 learners have that reference number; load by another key, or merge them if they are one person
        3                  | dan            |               |               | rejected already-taken candidateLogin: \
the learner who has it has no reference number; a load by candidateLogin gives it one
        01                 | ada            |               |               | rejected already-taken candidateLogin: \
the learner with the reference number "1" has it; \
give that reference number if it is the same learner, or rename that one first
        4                  | eve            | G-2           |               | rejected already-taken candidateGuid: \
the learner "bob" has it
        1                  | king           | g-8           |               | rejected already-taken candidateGuid: \
the learner "ada" has g-1; ids and GUIDs never change
        """,
        key="candidateRefNumber",
    )
    assert bench.stored("learner", "login", "name") == ["lovelace | King", "bob | -", "cy | -", "dan | -"]


@pytest.mark.parametrize("batch_rows", [1, 50_000])
def test_a_new_name_is_given_once(bench: Bench, batch_rows: int) -> None:
    bench.require(
        "learners",
        """
        candidateGuid | candidateLogin | =
        g-1           | new            | superseded superseded -: line 3 wins
        G-1           | newer          | updated
        g-2           | NEWER          | rejected already-taken candidateLogin: line 3 has it first
        g-7           | new            | rejected already-taken candidateLogin: line 2 has it first
                      | eve            | superseded superseded -: line 7 wins
                      | Eve            | created
        g-8           | eve            | rejected already-taken candidateLogin: line 6 has it first
        g-9           | fay            | superseded superseded -: line 10 wins
        g-9           | gil            | created
        """,
        key="candidateGuid",
        batch_rows=batch_rows,
    )
    assert bench.stored("learner", "login") == ["newer", "bob", "cy", "dan", "Eve", "gil"]


def test_a_name_that_was_given_up_is_free_in_the_next_load_and_former_ones_come_back(bench: Bench) -> None:
    swap = "candidateGuid | candidateLogin\ng-1 | lovelace\ng-2 | ada"
    assert bench.load("learners", swap, key="candidateGuid").rejected == 1
    assert bench.load("learners", swap, key="candidateGuid").updated == 1
    assert bench.stored("learner", "login")[:2] == ["lovelace", "ada"]
    back = "candidateGuid | candidateLogin\ng-2 | bob"
    bench.load("learners", back, key="candidateGuid")
    bench.load("learners", "candidateGuid | candidateLogin\ng-1 | ada", key="candidateGuid")
    assert bench.stored("learner", "login")[:2] == ["ada", "bob"]
    assert sorted(bench.stored("former_identifier", "owner_id", "value")) == ["1 | lovelace", "2 | ada"]


def test_by_log_in_name_a_load_is_as_without_a_key(bench: Bench) -> None:
    for key in (None, "candidateLogin"):
        report = bench.load("learners", STORED + "eve | 5 | | g-5", key=key, dry_run=True)
        assert (report.created, report.unchanged) == (1, 4)


@pytest.mark.parametrize(
    ("kind", "key", "header", "said"),
    [
        ("learners", "candidateGuid", "candidateLogin", "The file lacks candidateGuid, which learners need"),
        ("learners", "candidateGuid", "candidateGuid", "The file lacks candidateLogin, which learners need"),
        ("learners", "candidateEmail", "candidateLogin", '"candidateEmail" cannot be the key of learners. '),
        ("trainings", "trainingId", "trainingPathCode", "trainings have one key only. Leave it out."),
    ],
)
def test_a_key_that_cannot_be_is_told(bench: Bench, kind: str, key: str, header: str, said: str) -> None:
    with pytest.raises(milepost.UsageError) as told:
        bench.load(kind, header, key=key)
    assert said in str(told.value)


def test_a_load_that_renames_is_previewed_verified_and_undone(bench: Bench) -> None:
    def known() -> list[list[str]]:
        """The learners, and what they were called."""
        return [
            bench.stored("learner", "login", "guid", "name"),
            bench.stored("former_identifier", "owner_id", "value"),
        ]

    bench.load("learners", "candidateGuid | candidateLogin\ng-2 | bobby", key="candidateGuid")
    before = known()
    file = bench.folder / "new.csv"
    text = "candidateGuid,candidateLogin,candidateName\ng-1,lovelace,King\ng-2,bob,\ng-7,eve,\n"
    file.write_text(text, "utf-8")
    checked = milepost.load_file("learners", file, bench.database, key="candidateGuid", dry_run=True)
    assert [(one.login, one.before, one.after) for one in checked.renamed] == [
        ("ada", "ada", "lovelace"),
        ("bobby", "bobby", "bob"),
    ]
    assert (checked.run, checked.references, known()) == (None, 3, before)
    with pytest.raises(milepost.ExpectationError, match=r"the file differs\. Nothing was done"):
        milepost.load_file("learners", file, bench.database, key="candidateGuid", expect="0" * 64)
    assert known() == before
    done = milepost.load_file("learners", file, bench.database, key="candidateGuid", expect=checked.digest)
    assert (done.digest, done.created, done.updated) == (checked.digest, 1, 2)
    assert done.run is not None
    after = known()
    assert [row.split(" | ")[0] for row in after[0]][:2] == ["lovelace", "bob"]
    found = milepost.verify_run(bench.database, done.run)
    assert (found.is_sound, found.references, found.references_changed) == (True, 3, 0)
    # What a later load changes beside that stays; a row whose own change was changed again is kept and told.
    bench.load("learners", "candidateLogin | candidateEmail\nlovelace | new@x.example\n")
    bench.load("learners", "candidateGuid | candidateLogin\ng-7 | evelyn", key="candidateGuid")
    assert milepost.verify_run(bench.database, done.run).references_changed == 1
    undo = milepost.undo_run(bench.database, done.run)
    assert (undo.references, [one.name for one in undo.kept_references]) == (2, ["eve"])
    assert bench.stored("learner", "login", "email") == [
        "ada | new@x.example",
        "bobby | bob@x.example",
        "cy | -",
        "dan | -",
        "evelyn | -",
    ]
    assert undo.run is not None
    milepost.undo_run(bench.database, undo.run)
    assert bench.stored("learner", "login") == ["lovelace", "bob", "cy", "dan", "evelyn"]


def test_what_does_not_rename_has_no_digest_and_no_undo(bench: Bench) -> None:
    with pytest.raises(milepost.UsageError, match="is for loads that rename learners"):
        milepost.load_file("learners", io.BytesIO(b"candidateLogin\nada\n"), bench.database, expect="0" * 64)
    run = bench.load("learners", "candidateLogin | candidateName\nada | King").run
    assert run is not None
    with pytest.raises(milepost.UsageError, match="and loads that rename can be undone"):
        milepost.undo_run(bench.database, run)
