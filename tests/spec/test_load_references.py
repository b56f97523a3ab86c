"""Reference data: what a row refers to, and what is said where it refers to nothing. (Specification, section 9.)"""

from __future__ import annotations

from pathlib import Path

import pytest

import milepost
from databases.stores import Stores
from spec.load_bench import Bench


@pytest.fixture
def bench(stores: Stores, tmp_path: Path) -> Bench:
    """A store with two trainings, five learning object versions, two sessions and three learners."""
    made = Bench(tmp_path, stores.empty())
    made.load("learners", "candidateLogin\njdoe\nMüller\nstrasse")
    made.load("trainings", "trainingPathCode\nAAA-2013\nBBB-2014")
    made.load(
        "learning-objects", "lovGuid | lovCode\nguid-1 | one\nguid-2 | two\nguid-3 | two\nguid-4 | \nguid-5 | five"
    )
    made.load(
        "sessions", "sessionGuid | sessionTitle | trainingPathCode\ns-spring | Spring | AAA-2013\nx | X | BBB-2014"
    )
    return made


@pytest.mark.parametrize("batch_rows", [1, 50_000])
def test_registrations(bench: Bench, batch_rows: int) -> None:
    bench.require(
        "registrations",
        """
        candidateLogin | sessionGuid | =
        JDOE           | S-SPRING    | created
        MÜLLER         | x           | created
        straße         | x           | created
        jdo            | s-spring    | rejected reference-not-found candidateLogin: \
no learner has the login "jdo"; nearest: "jdoe"
        zzz            | s-sprin     | rejected reference-not-found candidateLogin: \
no learner has the login "zzz" ;; reference-not-found sessionGuid: \
no session has the GUID "s-sprin"; nearest: "s-spring"
                       | nowhere     | rejected mandatory-field-empty candidateLogin ;; \
reference-not-found sessionGuid: no session has the GUID "nowhere"
        """,
        batch_rows=batch_rows,
    )
    assert bench.stored("registration", "learner_id", "session_id") == ["1 | 1", "2 | 2", "3 | 2"]


def test_contents(bench: Bench) -> None:
    bench.require(
        "contents",
        """
        trainingPathCode | lovGuid | lovCode | =
        AAA-2013         | GUID-1  | one     | created
        AAA-2013         | guid-2  |         | created
        AAA-2013         |         | five    | created
        BBB-2014         | guid-3  | two     | created
        AAA-2013         |         | two     | rejected reference-ambiguous lovCode: \
2 learning object versions have that code; give lovGuid
        AAA-2013         | guid-1  | two     | rejected reference-not-found lovCode: \
the learning object version with that GUID has the code "one"
        AAA-2013         | guid-4  | two     | rejected reference-not-found lovCode: \
the learning object version with that GUID has no code
        AAA-2013         | guid-1  | nothing | rejected reference-not-found lovCode: \
the learning object version with that GUID has the code "one"
        AAA-2013         | guid-0  | one     | rejected reference-not-found lovGuid: \
no learning object version has the GUID "guid-0"
        AAA-2013         |         | fivee   | rejected reference-not-found lovCode: \
no learning object version has the code "fivee"; nearest: "five"
        AAA-2013         |         | One     | rejected reference-not-found lovCode: \
no learning object version has the code "One"; nearest: "one"
        aaa-2013         | guid-1  |         | rejected reference-not-found trainingPathCode: \
no training has the path code "aaa-2013"; nearest: "AAA-2013"
        """,
    )
    assert bench.stored("training_content", "training_id", "learning_object_version_id") == [
        "1 | 1",
        "1 | 2",
        "1 | 5",
        "2 | 3",
    ]


@pytest.mark.parametrize(("column", "value"), [("lovGuid", "guid-1"), ("lovCode", "one")])
def test_contents_by_one_of_the_two_columns_alone(bench: Bench, column: str, value: str) -> None:
    bench.require(
        "contents",
        f"""
        trainingPathCode | {column} | =
        AAA-2013         | {value}  | created
        AAA-2013         |          | rejected learning-object-missing -
        """,
    )


def test_sessions(bench: Bench) -> None:
    bench.require(
        "sessions",
        """
        sessionGuid | sessionTitle | trainingPathCode | =
        s-autumn    | Autumn       | BBB-2014         | created
        s-winter    | Winter       | BBB-2015         | rejected reference-not-found trainingPathCode: \
no training has the path code "BBB-2015"; nearest: "BBB-2014"
        """,
    )


def test_a_session_changes_its_training_until_somebody_is_registered(bench: Bench) -> None:
    table = "sessionGuid | sessionTitle | trainingPathCode | =\n"
    bench.require("sessions", table + "x | X | AAA-2013 | updated")
    assert bench.stored("session", "guid", "training_id") == ["s-spring | 1", "x | 1"]
    bench.load("registrations", "candidateLogin | sessionGuid\njdoe | x")
    bench.require(
        "sessions",
        table
        + """x | Other | BBB-2014 | rejected already-taken trainingPathCode: the session has registrations and is of \
the training "AAA-2013"; a session with registrations never changes its training
             x | Other | AAA-2013 | updated""",
    )
    assert bench.stored("session", "guid", "title", "training_id") == ["s-spring | Spring | 1", "x | Other | 1"]


def test_no_name_is_suggested_where_two_are_as_near(bench: Bench) -> None:
    bench.load("learners", "candidateLogin\nadams1\nadams2")
    bench.require(
        "registrations",
        """
        candidateLogin | sessionGuid | =
        adams3         | x           | rejected reference-not-found candidateLogin: no learner has the login "adams3"
        """,
    )


def test_names_are_suggested_for_the_first_unknown_values(bench: Bench) -> None:
    rows = [f"jdoe{'x' * (1 + number % 2)}{number:03}" for number in range(200)]
    bench.load("learners", "candidateLogin\njdoex-0\n")
    report = bench.load("registrations", "candidateLogin | sessionGuid\n" + "\n".join(f"{row} | x" for row in rows))
    assert report.rejected == 200
    assert report.run is not None
    hints = milepost.read_findings(bench.database, report.run)["hint"]
    suggested = hints.str.contains("nearest").to_list()
    assert any(suggested)
    assert not any(suggested[20:])
