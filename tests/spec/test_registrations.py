"""Roll-ups: what the tracking of a registration comes to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from databases.transactions import writing
from milepost.model.columns import Status
from milepost.model.exceptions import UsageError
from milepost.model.export import Filters
from milepost.reading.exporting import registrations
from spec.tables import Tables

SCHOOL = """
    learners
    candidateLogin | candidateRefNumber | candidateEmail
    ada            | 7                  | ada@x.example
    Bob            |                    |
    cyd            |                    |

    learning-objects
    lovGuid | lovCode
    a       | A
    b       | B
    c       | C
    x       | X

    trainings
    trainingPathCode | trainingTitle | trainingModality
    MEAN             | By mean       | elearning
    POINTS           | By points     | blendedx
    NAUGHT           | No points     | BlendedX
    FREE             | All optional  |
    EMPTY            | No content    | blendedx

    contents
    trainingPathCode | lovGuid | mandatory | points
    MEAN             | a       | Y         | 1
    MEAN             | b       | Y         | 5
    MEAN             | c       | N         | 1
    POINTS           | a       | Y         | 1
    POINTS           | b       | Y         | 2
    POINTS           | c       | N         | 5
    NAUGHT           | a       | Y         | 0
    NAUGHT           | b       | N         | 0
    FREE             | a       | N         | 1
    FREE             | b       | N         | 1

    sessions
    sessionGuid | sessionTitle | trainingPathCode
    mean        | Mean         | MEAN
    points      | Points       | POINTS
    naught      | Naught       | NAUGHT
    free        | Free         | FREE
    empty       | Empty        | EMPTY

    registrations
    candidateLogin | sessionGuid | registrationGuid | registrationDate    | timeSpentCBT | timeSpentDigital
    ada            | mean        | r-1              | 2024-01-01 08:00:00 | 100          | 20
    ada            | points      | r-2              |                     |              |
    ada            | naught      | r-3              |                     |              |
    ada            | free        | r-4              |                     |              |
    ada            | empty       | r-5              |                     |              |
    Bob            | mean        | r-6              |                     | 7            |
    cyd            | mean        | r-7              |                     |              |
"""
TRACKING = """
    candidateLogin|sessionGuid|lovGuid|firstAccessDate|lastAccessDate|progression|trackingStatus|timeSpent|score|scoreMax
    ada           |mean       |a      |2024-02-02     |2024-02-03    |100        |passed        |30       |8    |10
    ada           |mean       |b      |2024-02-01     |2024-02-02    |50         |incomplete    |40       |40   |100
    ada           |points     |a      |               |              |100        |completed     |1        |     |
    ada           |points     |b      |               |              |25         |failed        |2        |0    |7
    ada           |points     |c      |               |              |10         |browsed       |3        |     |
    ada           |naught     |a      |               |              |100        |completed     |0        |     |
    ada           |free       |a      |               |              |100        |completed     |0        |     |
    Bob           |mean       |a      |               |              |100        |completed     |5        |     |
    Bob           |mean       |b      |               |              |100        |passed        |6        |     |
"""


@pytest.fixture
def rolled(holding: Callable[[str], Tables]) -> Tables:
    """A store with registrations in every kind of training."""
    school = holding(SCHOOL)
    school.holds(TRACKING, dateTimeFormat="YYYY-MM-DD", completionDateDefault="lastAccess")
    return school


def by_guid(school: Tables, *names: str, filters: Filters | None = None) -> dict[str, tuple[object, ...]]:
    """Some columns of each registration."""
    frame = registrations(school.database, filters=filters)
    return dict(zip(frame["registrationGuid"], frame.select(names).rows(), strict=True))


def test_progression_by_mean_and_by_points(rolled: Tables) -> None:
    assert by_guid(rolled, "progression", "progressionMandatory") == {
        "r-1": (50.0, 75.0),
        "r-2": ((100 + 2 * 25 + 5 * 10) / 8, 50.0),
        "r-3": (0.0, 0.0),
        "r-4": (50.0, None),
        "r-5": (0.0, None),
        "r-6": (66.666667, 100.0),
        "r-7": (0.0, 0.0),
    }


def test_counts_and_status(rolled: Tables) -> None:
    assert by_guid(rolled, "nbLO", "nbLOStarted", "nbLOFinished", "status") == {
        "r-1": (3, 2, 1, "incomplete"),
        "r-2": (3, 3, 1, "incomplete"),
        "r-3": (2, 1, 1, "completed"),
        "r-4": (2, 1, 1, "incomplete"),
        "r-5": (0, 0, 0, "notAttempted"),
        "r-6": (3, 2, 2, "completed"),
        "r-7": (3, 0, 0, "notAttempted"),
    }


def test_times_dates_and_scores(rolled: Tables) -> None:
    names = ("timeGlobal", "timeSpentCBT", "timeSpentDigital", "timeSpent", "score")
    assert by_guid(rolled, *names) == {
        "r-1": (70, 100, 20, 190, 60.0),
        "r-2": (6, 0, 0, 6, 0.0),
        "r-3": (0, 0, 0, 0, None),
        "r-4": (0, 0, 0, 0, None),
        "r-5": (0, 0, 0, 0, None),
        "r-6": (11, 7, 0, 18, None),
        "r-7": (0, 0, 0, 0, None),
    }
    found = by_guid(rolled, "registrationDate", "firstLaunchDate", "completionTime")
    assert found["r-1"] == tuple(
        datetime(2024, month, day, hour, tzinfo=UTC) for month, day, hour in ((1, 1, 8), (2, 1, 0), (2, 3, 0))
    )
    assert found["r-7"] == (None, None, None)


def test_whose_and_of_what_they_are_in_their_order(rolled: Tables) -> None:
    frame = registrations(rolled.database)
    assert frame["registrationGuid"].to_list() == ["r-5", "r-4", "r-1", "r-3", "r-2", "r-6", "r-7"]
    assert frame.select(frame.columns[:10]).row(2) == (
        *("ada", "7", "ada@x.example", "r-1", datetime(2024, 1, 1, 8, tzinfo=UTC)),
        *("mean", "Mean", "MEAN", "By mean", "elearning"),
    )


def test_tracking_of_what_is_no_longer_content_counts_for_times_alone(holding: Callable[[str], Tables]) -> None:
    school = holding(
        SCHOOL.replace("MEAN             | c       | N         | 1", "MEAN             | x       | N         | 1")
    )
    school.holds("candidateLogin | sessionGuid | lovGuid | trackingStatus | timeSpent\nada | mean | x | passed | 9")
    with writing(school.database) as tables:
        tables.remove("training_content", {"learning_object_version_id": 4})
    names = ("nbLO", "nbLOStarted", "nbLOFinished", "progression", "status", "timeGlobal")
    assert by_guid(school, *names)["r-1"] == (2, 0, 0, 0.0, "incomplete", 9)


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (Filters(trainings=("MEAN",)), {"r-1", "r-6", "r-7"}),
        (Filters(trainings=("MEAN", "FREE")), {"r-1", "r-4", "r-6", "r-7"}),
        (Filters(sessions=("Points",)), {"r-2"}),
        (Filters(sessions=("FREE", "Mean")), {"r-1", "r-4", "r-6", "r-7"}),
        (Filters(learners=("BOB",)), {"r-6"}),
        (Filters(learners=(" 7 ", "cyd")), {"r-1", "r-2", "r-3", "r-4", "r-5", "r-7"}),
        (Filters(learners=("ADA@x.example",), modalities=("blendedX",)), {"r-2", "r-3", "r-5"}),
        (Filters(statuses=(Status.COMPLETED,)), {"r-3", "r-6"}),
        (Filters(statuses=(Status.NOT_ATTEMPTED, Status.COMPLETED), trainings=("MEAN",)), {"r-6", "r-7"}),
    ],
)
def test_some_registrations(rolled: Tables, filters: Filters, wanted: set[str]) -> None:
    assert by_guid(rolled, "nbLO", filters=filters).keys() == wanted


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        (Filters(trainings=("MAEN",)), 'No training has the path code or GUID "MAEN". Nearest: "MEAN".'),
        (Filters(sessions=("Pionts",)), 'No session has the title or GUID "Pionts". Nearest: "Points".'),
        (
            Filters(learners=("ada", "Bbo")),
            'No learner has the log-in name, e-mail, reference number or GUID "Bbo". Nearest: "Bob".',
        ),
    ],
)
def test_names_that_nothing_has(rolled: Tables, filters: Filters, told: str) -> None:
    with pytest.raises(UsageError) as raised:
        registrations(rolled.database, filters=filters)
    assert str(raised.value) == told


def test_an_empty_store_has_no_registrations(holding: Callable[[str], Tables]) -> None:
    school = holding("learners\n    candidateLogin\n    ada")
    frame = registrations(school.database)
    assert (frame.height, frame.width) == (0, 23)
