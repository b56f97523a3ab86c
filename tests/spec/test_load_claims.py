"""Reference data: ids and GUIDs, which belong to one row for ever. (Specification, section 9.)"""

from __future__ import annotations

from pathlib import Path

import pytest

import milepost
from databases.stores import Stores
from databases.transactions import as_another_program
from milepost.stores.port import Between
from spec.load_bench import Bench


@pytest.fixture
def bench(stores: Stores, tmp_path: Path) -> Bench:
    """An empty store."""
    return Bench(tmp_path, stores.empty())


def test_ids_and_guids_of_a_stored_row_never_change(bench: Bench) -> None:
    bench.load("trainings", "trainingPathCode | trainingId | trainingGuid\nA | 7 | guid-a")
    bench.require(
        "trainings",
        """
        trainingPathCode | trainingId | trainingGuid | trainingTitle | =
        A                | 7.0        | GUID-A       |               | superseded superseded -: line 3 wins
        A                |            |              | Title         | updated
        A                | 8          | guid-b       | Other         | rejected already-taken trainingId: \
the training "A" has 7; ids and GUIDs never change ;; already-taken trainingGuid: \
the training "A" has guid-a; ids and GUIDs never change
        """,
    )
    assert bench.stored("training", "id", "guid", "path_code", "title") == ["7 | guid-a | A | Title"]


def test_an_id_or_guid_of_another_stored_row_is_taken(bench: Bench) -> None:
    bench.load("trainings", "trainingPathCode | trainingId | trainingGuid\nA | 7 | guid-a")
    bench.require(
        "trainings",
        """
        trainingPathCode | trainingId | trainingGuid | =
        B                | 7          | guid-b       | rejected already-taken trainingId: the training "A" has it
        C                |            | GUID-A       | rejected already-taken trainingGuid: the training "A" has it
        D                | 7          | guid-a       | rejected already-taken trainingId: the training "A" has it ;; \
already-taken trainingGuid: the training "A" has it
        E                | 8          | guid-e       | created
        """,
    )


def test_a_guid_of_another_registration_is_taken(bench: Bench) -> None:
    bench.load("learners", "candidateLogin\nada\nbob")
    bench.load("trainings", "trainingPathCode\nT")
    bench.load("sessions", "sessionGuid | sessionTitle | trainingPathCode\ns | S | T")
    bench.load("registrations", "candidateLogin | sessionGuid | registrationGuid\nada | s | r-1")
    bench.require(
        "registrations",
        """
        candidateLogin | sessionGuid | registrationGuid | =
        bob            | s           | R-1              | rejected already-taken registrationGuid: \
another registration has it
        ada            | s           | r-2              | rejected already-taken registrationGuid: \
this registration has r-1; ids and GUIDs never change
        nobody         | s           | r-1              | rejected reference-not-found candidateLogin: \
no learner has the login "nobody"
        """,
    )


@pytest.mark.parametrize("batch_rows", [1, 50_000])
def test_of_two_new_rows_the_first_gets_the_guid(bench: Bench, batch_rows: int) -> None:
    bench.require(
        "learners",
        """
        candidateLogin | candidateGuid | =
        ada            | g-1           | created
        bob            | G-1           | rejected already-taken candidateGuid: line 2 has it first
        cy             | g-2           | created
        dan            | g-3           | created
        """,
        batch_rows=batch_rows,
    )
    assert bench.stored("learner", "login", "guid") == ["ada | g-1", "cy | g-2", "dan | g-3"]


def test_a_finding_quotes_a_guid_as_the_file_has_it(bench: Bench) -> None:
    report = bench.load("learners", "candidateLogin | candidateGuid\nada | g-1\nbob | G-1")
    assert report.run is not None
    assert milepost.read_findings(bench.database, report.run)["value"].to_list() == ["G-1"]


def test_a_rejected_line_holds_nothing(bench: Bench) -> None:
    bench.require(
        "trainings",
        """
        trainingPathCode | trainingId | trainingGuid | =
        A                | 5          | g            | created
        B                | 6          | G            | rejected already-taken trainingGuid: line 2 has it first
        C                | 6          | h            | created
        D                | x          | i            | rejected invalid-number trainingId: {hint}
        E                |            | i            | created
        """.format(hint='"x" is no number; write digits, with a point for decimals'),
    )
    assert bench.stored("training", "id", "path_code") == ["5 | A", "6 | C", "7 | E"]


def test_a_row_that_comes_twice_has_its_guid_since_its_first_line(bench: Bench) -> None:
    bench.require(
        "learners",
        """
        candidateLogin | candidateGuid | =
        ada            | g-1           | superseded superseded -: line 4 wins
        bob            | g-1           | rejected already-taken candidateGuid: line 2 has it first
        ada            | g-1           | created
        bob            | g-1           | rejected already-taken candidateGuid: line 2 has it first
        """,
    )
    assert bench.stored("learner", "login", "guid") == ["ada | g-1"]


def test_a_superseded_line_holds_its_guid_too(bench: Bench) -> None:
    bench.require(
        "learners",
        """
        candidateLogin | candidateGuid | =
        ada            | g-1           | superseded superseded -: line 3 wins
        ada            | g-2           | created
        bob            | g-1           | rejected already-taken candidateGuid: line 2 has it first
        bob            | g-3           | created
        """,
    )
    assert bench.stored("learner", "login", "guid") == ["ada | g-2", "bob | g-3"]


def test_where_the_last_line_of_a_row_gets_nothing_the_one_before_it_counts(bench: Bench) -> None:
    bench.require(
        "learners",
        """
        candidateLogin | candidateGuid | candidateName | =
        bob            | g-1           |               | superseded superseded -: line 4 wins
        ada            | g-2           |               | created
        bob            | g-3           | Early         | created
        bob            | G-2           | Late          | rejected already-taken candidateGuid: line 3 has it first
        """,
    )
    assert bench.stored("learner", "login", "guid", "name") == ["ada | g-2 | -", "bob | g-3 | Early"]


def test_ids_not_given_follow_the_highest_ever_used(bench: Bench) -> None:
    bench.require(
        "trainings",
        """
        trainingPathCode | trainingId | =
        A                |            | created
        B                | 40         | created
        C                |            | created
        D                | -3         | created
        """,
    )
    assert bench.stored("training", "id", "path_code") == ["-3 | D", "40 | B", "41 | A", "42 | C"]
    with as_another_program(bench.database) as tables:
        tables.remove("training", {"id": Between(41, 50)})
    bench.require("trainings", "trainingPathCode | =\nE | created")
    assert bench.stored("training", "id", "path_code") == ["-3 | D", "40 | B", "43 | E"]


def test_a_load_that_would_run_out_of_ids_changes_nothing(bench: Bench) -> None:
    bench.load("trainings", "trainingPathCode | trainingId\nA | 2147483646")
    bench.require("trainings", "trainingPathCode | =\nB | created")
    with pytest.raises(milepost.StoreError, match="no ids left for 2 new trainings: 2147483647 has been used"):
        bench.load("trainings", "trainingPathCode | trainingId\nC | \nD | \nE | 3")
    assert bench.stored("training", "id", "path_code") == ["2147483646 | A", "2147483647 | B"]
    bench.require("trainings", "trainingPathCode | trainingId | =\nE | 3 | created\nA | | unchanged")


def test_where_all_ids_are_negative_the_next_is_1(bench: Bench) -> None:
    bench.load("trainings", "trainingPathCode | trainingId\nA | -7\nB | -3")
    bench.load("trainings", "trainingPathCode\nC")
    assert bench.stored("training", "id", "path_code") == ["-7 | A", "-3 | B", "1 | C"]
