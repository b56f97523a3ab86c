"""Reference data: creating, updating, clearing and superseding rows. (Specification, section 9.)"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import milepost
from databases.stores import Stores
from spec.load_bench import Bench


@pytest.fixture
def bench(stores: Stores, tmp_path: Path) -> Bench:
    """An empty store."""
    return Bench(tmp_path, stores.empty())


def test_learners_are_created_and_found_again_without_letter_case(bench: Bench) -> None:
    table = """
        candidateLogin | candidateRefNumber | candidateEmail | candidateGuid | candidateName | candidateFirstname | =
        JDoe           | 007                | J@Doe.example  | G-1           | Doe           | John       | created
        STRASSE        |                    |                |               |               |            | created
    """
    bench.require("learners", table)
    columns = ("login", "login_key", "reference_number", "email", "email_key", "guid", "guid_key", "name", "first_name")
    first, second = bench.stored("learner", *columns)
    assert first == "JDoe | jdoe | 007 | J@Doe.example | j@doe.example | G-1 | g-1 | Doe | John"
    made = re.fullmatch(r"STRASSE \| strasse \| - \| - \| - \| (\S+) \| (\S+) \| - \| -", second)
    assert made is not None
    assert made[1] == made[2]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made[1])
    bench.require(
        "learners",
        """
        candidateLogin | candidateName | =
        JDoe           | Doe           | unchanged
        straße         |               | updated
        """,
    )
    assert bench.stored("learner", *columns) == [first, second.replace("STRASSE", "straße")]


def test_an_absent_column_keeps_its_value_and_an_empty_cell_clears_it(bench: Bench) -> None:
    bench.require(
        "learners",
        """
        candidateLogin | candidateRefNumber | candidateEmail | candidateName | =
        ada            | 1                  | ada@x.example  | Lovelace      | created
        """,
    )
    bench.require(
        "learners",
        """
        candidateLogin | candidateEmail | candidateName | =
        ada            |                | King          | updated
        """,
    )
    assert bench.stored("learner", "login", "reference_number", "email", "email_key", "name") == [
        "ada | 1 | - | - | King"
    ]


def test_a_cell_whose_letter_case_alone_differs_is_stored_as_it_is_written_now(bench: Bench) -> None:
    bench.load("learners", "candidateLogin | candidateEmail\nada | a@x.example")
    bench.require(
        "learners",
        """
        candidateLogin | candidateEmail | =
        Ada            | A@x.example    | updated
        """,
    )
    assert bench.stored("learner", "login", "login_key", "email") == ["Ada | ada | A@x.example"]


def test_the_letter_case_of_a_guid_never_changes(bench: Bench) -> None:
    bench.load("learners", "candidateLogin | candidateGuid\nada | Guid-A")
    bench.load("learning-objects", "lovGuid | title\nLov-1 | One")
    bench.require("learners", "candidateLogin | candidateGuid | =\nada | GUID-A | unchanged")
    bench.require("learning-objects", "lovGuid | title | =\nLOV-1 | One | unchanged\n")
    assert bench.stored("learner", "guid") == ["Guid-A"]
    assert bench.stored("learning_object_version", "guid") == ["Lov-1"]


def test_training_path_codes_are_compared_exactly(bench: Bench) -> None:
    bench.require(
        "trainings",
        """
        trainingPathCode | trainingTitle | trainingModality | =
        AAA              | One           | blendedx         | created
        aaa              | Two           |                  | created
        """,
    )
    bench.require("trainings", "trainingPathCode | trainingTitle | =\naaa | Two | unchanged")
    assert bench.stored("training", "id", "path_code", "title", "modality") == [
        "1 | AAA | One | blendedx",
        "2 | aaa | Two | -",
    ]


def test_contents_have_defaults_and_an_empty_cell_gives_them_back(bench: Bench) -> None:
    bench.load("trainings", "trainingPathCode\nT")
    bench.load("learning-objects", "lovGuid | lovCode\ng1 | c1\ng2 | c2")
    columns = ("learning_object_version_id", "mandatory", "points", "position")
    bench.require(
        "contents",
        """
        trainingPathCode | lovGuid | lovCode | mandatory | points | position | =
        T                | G1      |         | N         | 2.5    | 3        | created
        T                |         | c2      |           |        |          | created
        """,
    )
    assert bench.stored("training_content", *columns) == ["1 | 0 | 2.5 | 3", "2 | 1 | 1.0 | -"]
    bench.require("contents", "trainingPathCode | lovCode | =\nT | c1 | unchanged")
    bench.require(
        "contents",
        """
        trainingPathCode | lovCode | mandatory | points | position | =
        T                | c1      |           |        |          | updated
        T                | c2      | y         | 1      |          | unchanged
        """,
    )
    assert bench.stored("training_content", *columns) == ["1 | 1 | 1.0 | -", "2 | 1 | 1.0 | -"]


def test_sessions_keep_their_dates_in_utc(bench: Bench) -> None:
    bench.load("trainings", "trainingPathCode\nT")
    bench.require(
        "sessions",
        """
        sessionGuid | sessionTitle | trainingPathCode | sessionId | startDate           | endDate    | =
        s-1         | Spring       | T                | 40        | 2024-02-01 08:30:00 | 2024-03-01 | created
        s-2         | Spring       | T                |           |                     |            | created
        s-3         | Spring       | T                |           | 2024-02-02          | 2024-02-01 | created \
dates-out-of-order endDate: endDate is before startDate, 2024-02-02 00:00:00
        """,
    )
    assert bench.stored("session", "id", "guid", "title", "training_id", "starts_at", "ends_at") == [
        "40 | s-1 | Spring | 1 | 1706776200 | 1709251200",
        "41 | s-2 | Spring | 1 | - | -",
        "42 | s-3 | Spring | 1 | 1706832000 | 1706745600",
    ]


def test_registrations_are_one_for_each_learner_and_session(bench: Bench) -> None:
    bench.load("learners", "candidateLogin\nada\nbob")
    bench.load("trainings", "trainingPathCode\nT")
    bench.load("sessions", "sessionGuid | sessionTitle | trainingPathCode\ns-1 | One | T\ns-2 | Two | T")
    bench.require(
        "registrations",
        """
        candidateLogin | sessionGuid | registrationDate    | timeSpentCBT | timeSpentDigital | =
        ADA            | S-1         | 2024-01-31          | 1:30         | PT5S             | created
        ada            | s-2         |                     |              |                  | created
        bob            | s-1         | 2024-01-31 23:59:59 | 60           |                  | created
        """,
    )
    bench.require(
        "registrations",
        """
        candidateLogin | sessionGuid | timeSpentCBT | =
        ada            | s-1         |              | updated
        ada            | s-2         |              | unchanged
        bob            | s-1         | 0:01:00      | unchanged
        """,
    )
    assert bench.stored(
        "registration", "learner_id", "session_id", "registered_at", "time_spent_cbt", "time_spent_digital"
    ) == ["1 | 1 | 1706659200 | 0 | 5", "1 | 2 | - | 0 | 0", "2 | 1 | 1706745599 | 60 | 0"]


@pytest.mark.parametrize("batch_rows", [1, 2, 50_000])
def test_of_equal_keys_the_last_line_that_is_accepted_wins(bench: Bench, batch_rows: int) -> None:
    bench.load("learners", "candidateLogin | candidateName\nbob | Old")
    bench.require(
        "learners",
        """
        candidateLogin | candidateName | candidateGuid | =
        ada            | One           |               | superseded superseded -: line 5 wins
        bob            | One           |               | superseded superseded -: line 6 wins
        ADA            | Two           |               | superseded superseded -: line 5 wins
        ada            | Three         |               | created
        bob            | Old           |               | unchanged
        ada            | Four          | {long}        | rejected value-too-long candidateGuid: {hint}
        """.format(long="g" * 41, hint="it has 41 characters, and at most 40 are kept"),
        batch_rows=batch_rows,
    )
    assert bench.stored("learner", "login", "name") == ["bob | Old", "ada | Three"]


def test_contents_of_one_object_are_one_row_however_it_is_named(bench: Bench) -> None:
    bench.load("trainings", "trainingPathCode\nT")
    bench.load("learning-objects", "lovGuid | lovCode\ng1 | c1")
    bench.require(
        "contents",
        """
        trainingPathCode | lovGuid | lovCode | points | =
        T                | g1      |         | 1      | superseded superseded -: line 3 wins
        T                |         | c1      | 2      | created
        """,
    )
    assert bench.stored("training_content", "points") == ["2.0"]


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        ("learners", "candidateLogin | candidateName | =\n | Doe | rejected mandatory-field-empty candidateLogin"),
        ("learning-objects", "lovGuid | title | =\n | Doe | rejected mandatory-field-empty lovGuid"),
        ("trainings", "trainingPathCode | trainingTitle | =\n | Doe | rejected mandatory-field-empty trainingPathCode"),
        (
            "sessions",
            """
            sessionGuid | sessionTitle | trainingPathCode | endDate | =
                        |              |                  | 2024-01-01 | rejected \
mandatory-field-empty sessionGuid ;; mandatory-field-empty sessionTitle ;; mandatory-field-empty trainingPathCode
            """,
        ),
        (
            "registrations",
            """
            candidateLogin | sessionGuid | timeSpentCBT | =
                           |             | 1            | rejected \
mandatory-field-empty candidateLogin ;; mandatory-field-empty sessionGuid
            """,
        ),
        (
            "contents",
            """
            trainingPathCode | lovGuid | lovCode | points | =
                             |         |         | 1      | rejected \
mandatory-field-empty trainingPathCode ;; learning-object-missing -
            """,
        ),
    ],
)
def test_what_a_kind_needs_must_not_be_empty(bench: Bench, kind: str, table: str) -> None:
    bench.require(kind, table)


@pytest.mark.parametrize(
    ("kind", "header", "lacks"),
    [
        ("learners", "candidateName", "candidateLogin"),
        ("learning-objects", "title", "lovGuid"),
        ("trainings", "trainingId", "trainingPathCode"),
        ("contents", "trainingPathCode | points", "lovGuid or lovCode"),
        ("sessions", "sessionGuid | sessionTitle", "trainingPathCode"),
        ("sessions", "sessionGuid | trainingPathCode", "sessionTitle"),
        ("registrations", "candidateLogin | timeSpentCBT", "sessionGuid"),
    ],
)
def test_a_file_without_a_column_that_the_kind_needs_is_not_loaded(
    bench: Bench, kind: str, header: str, lacks: str
) -> None:
    with pytest.raises(milepost.UsageError, match=f"^The file lacks {lacks}, which {kind} need"):
        bench.load(kind, f"{header}\n{header}")


def test_faults_of_cells_are_found_together_and_in_order(bench: Bench) -> None:
    bench.load("trainings", "trainingPathCode\nT")
    bench.load("learning-objects", "lovGuid | lovCode\ng1 | c1")
    report = bench.load(
        "contents",
        """
        trainingPathCode | lovCode | mandatory | points | position
        T                | c1      | maybe     | -1     | 1.5
        X                | c1      | Y         | one    | 3000000000
        T                | c1      | Y
        T                | c1      | N         | 0      | 100.0
        """,
    )
    assert report.run is not None
    found = milepost.read_findings(bench.database, report.run)
    assert found.select("line", "code", "column", "message").rows() == [
        (2, "invalid-number", "position", "position is not a number that can be read."),
        (2, "out-of-range", "points", "points is out of range."),
        (2, "invalid-flag", "mandatory", "mandatory is neither Y nor N."),
        (3, "invalid-number", "points", "points is not a number that can be read."),
        (3, "out-of-range", "position", "position is out of range."),
        (3, "reference-not-found", "trainingPathCode", "trainingPathCode refers to nothing in the store."),
        (4, "wrong-column-count", None, "Expected 5 columns, found 3."),
    ]
    assert (report.rows, report.created, report.rejected) == (4, 1, 3)
    assert bench.stored("training_content", "mandatory", "points", "position") == ["0 | 0.0 | 100"]


def test_an_unreadable_key_says_nothing_of_the_rest(bench: Bench) -> None:
    """A value with an error is unreadable, not absent: no look-up that needs it is judged."""
    bench.load("learners", "candidateLogin | candidateGuid\nada | g")
    bench.load("trainings", "trainingPathCode\nT")
    bench.load("learning-objects", "lovGuid | lovCode\ng1 | c1")
    long = "x" * 256
    report = bench.load("learners", f"candidateLogin | candidateGuid\n{long} | g")
    assert dict(report.findings) == {"value-too-long": 1}
    report = bench.load("contents", f"trainingPathCode | lovGuid | lovCode\nT | {long} | nowhere")
    assert dict(report.findings) == {"value-too-long": 1}


def test_a_file_with_a_header_alone_changes_nothing(bench: Bench) -> None:
    report = bench.load("learners", "candidateLogin")
    assert (report.rows, report.created, dict(report.findings)) == (0, 0, {})


def test_names_of_an_import_file_are_passed_over_with_a_note(bench: Bench) -> None:
    report = bench.load("learners", "candidateLogin | candidateLastname | lovCode\nada | Doe | x")
    assert report.created == 1
    assert any("candidateLastname" in note and "candidateName" in note for note in report.notes)
    assert any("lovCode" in note for note in report.notes)


def test_the_same_file_again_changes_nothing(bench: Bench) -> None:
    table = "candidateLogin | candidateEmail | candidateGuid\nada | A@x.example |\nBob | | \nbob | b@x.example |"
    bench.load("learners", table)
    before = bench.stored("learner", "id", "login", "email", "guid")
    report = bench.load("learners", table)
    assert (report.created, report.updated, report.unchanged, report.superseded) == (0, 0, 2, 1)
    assert bench.stored("learner", "id", "login", "email", "guid") == before
