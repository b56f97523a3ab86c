"""Exports of a period: which time counts, and which rows are there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from databases.transactions import writing
from milepost.model.exceptions import UsageError
from milepost.model.export import Period, PeriodMode, Scale, span
from milepost.reading import exporting
from spec import tables
from spec.tables import Tables

AS_OF = datetime(2021, 5, 28, 12, tzinfo=UTC)
TIME, LAST, CUMULATIVE = PeriodMode.TIME_SPENT, PeriodMode.LAST_ACTIVITY, PeriodMode.LAST_ACTIVITY_CUMULATIVE


@pytest.fixture
def worked(holding: Callable[..., Tables]) -> Tables:
    """The worked example."""
    return holding(tables.SCHOOL, _work)


def _work(school: Tables) -> None:
    """50 seconds on 2 January, 300 on 25 February, 50 on 5 April."""
    for access, time, status in (
        ("2021-01-02 10:00:00", 50, "incomplete"),
        ("2021-02-25 10:00:00", 350, "completed"),
        ("2021-04-05 10:00:00", 400, "completed"),
    ):
        school.reports(f"lastAccessDate | timeSpent | trackingStatus\n{access} | {time} | {status}")


def times(school: Tables, period: Period, time_zone: str = "UTC") -> list[int]:
    """The time of each registration that the period has to do with."""
    return exporting.registrations(school.database, period=period, time_zone=time_zone)["timeGlobal"].to_list()


@pytest.mark.parametrize(("frames", "by_time", "by_last"), [(0, [], []), (1, [50], [400]), (3, [350], [400])])
def test_the_worked_example(worked: Tables, frames: int, by_time: list[int], by_last: list[int]) -> None:
    for mode, wanted in ((TIME, by_time), (LAST, by_last), (CUMULATIVE, by_last)):
        assert times(worked, Period(mode, frames, Scale.FULL_MONTHS, as_of=AS_OF)) == wanted


@pytest.mark.parametrize(
    ("period", "wanted"),
    [
        (Period(TIME), [400]),
        (Period(LAST), [400]),
        (Period(TIME, since=date(2021, 2, 25)), [350]),
        (Period(TIME, since=date(2021, 2, 26)), [50]),
        (Period(TIME, since=date(2021, 2, 25), until=date(2021, 2, 25)), [300]),
        (Period(TIME, until=date(2021, 2, 24)), [50]),
        (Period(TIME, until=date(2021, 1, 1)), []),
        (Period(LAST, until=date(2021, 4, 4)), []),
        (Period(LAST, until=date(2021, 4, 5)), [400]),
        (Period(LAST, until=datetime(2021, 4, 5, 10, tzinfo=UTC)), []),
        (Period(LAST, until=datetime(2021, 4, 5, 10, 0, 1, tzinfo=UTC)), [400]),
        (Period(LAST, since=datetime(2021, 4, 5, 10, tzinfo=UTC)), [400]),
        (Period(LAST, since=datetime(2021, 4, 5, 10, 0, 1, tzinfo=UTC)), []),
        (Period(TIME, 53, Scale.DAYS, as_of=AS_OF), []),
        (Period(TIME, 54, Scale.DAYS, as_of=AS_OF), [50]),
        (Period(LAST, 54, Scale.DAYS, as_of=AS_OF), [400]),
        (Period(TIME, 0, Scale.DAYS, as_of=AS_OF), []),
        (Period(TIME, 1, Scale.MONTHS, as_of=AS_OF), []),
        (Period(TIME, 2, Scale.MONTHS, as_of=AS_OF), [50]),
        (Period(TIME, 0, Scale.FULL_YEARS, as_of=AS_OF), [400]),
        (Period(TIME, 0, Scale.YEARS, as_of=AS_OF), []),
        (Period(TIME, 1, Scale.YEARS, as_of=date(2022, 1, 2)), [350]),
        (Period(TIME, 1, Scale.FULL_YEARS, as_of=date(2022, 1, 2)), [400]),
        (Period(LAST, 0, Scale.FULL_MONTHS, as_of=datetime(2021, 4, 5, 9, tzinfo=UTC)), []),
        (Period(LAST, 0, Scale.FULL_MONTHS, as_of=date(2021, 4, 5)), [400]),
    ],
)
def test_other_periods(worked: Tables, period: Period, wanted: list[int]) -> None:
    assert times(worked, period) == wanted


def test_a_day_is_that_of_the_exports_zone(worked: Tables) -> None:
    # At 10 o'clock in London it is evening in Auckland, and the fifth there is over two hours later.
    period = Period(LAST, since=date(2021, 4, 5), until=date(2021, 4, 5))
    assert times(worked, period, time_zone="Pacific/Auckland") == [400]
    worked.reports("lastAccessDate | timeSpent | trackingStatus\n2021-04-05 13:00:00 | 410 | completed")
    assert times(worked, period, time_zone="Pacific/Auckland") == []


def test_classroom_and_digital_time_count_in_cumulative_periods_alone(worked: Tables) -> None:
    with writing(worked.database) as tables:
        tables.change("registration", {"time_spent_cbt": 1000, "time_spent_digital": 200}, {})
    found = {}
    for mode in PeriodMode:
        frame = exporting.registrations(worked.database, period=Period(mode, 1, Scale.FULL_MONTHS, as_of=AS_OF))
        found[mode] = frame.select("timeGlobal", "timeSpentCBT", "timeSpentDigital", "timeSpent").rows()
    assert found == {TIME: [(50, 0, 0, 50)], LAST: [(400, 0, 0, 400)], CUMULATIVE: [(400, 1000, 200, 1600)]}
    whole = exporting.registrations(worked.database)
    assert whole.filter(whole["timeGlobal"] > 0)["timeSpent"].to_list() == [1600]


def test_what_was_reached_does_not_go_by_the_period(worked: Tables) -> None:
    worked.reports("lovCode | lastAccessDate | timeSpent | progression\nbook | 2021-01-03 10:00:00 | 7 | 40")
    frame = exporting.registrations(worked.database, period=Period(TIME, 1, Scale.FULL_MONTHS, as_of=AS_OF))
    assert frame.select("timeGlobal", "progression", "nbLOStarted", "status").rows() == [
        (50, round(140 / 6, 6), 2, "incomplete")
    ]


def day(text: str) -> int:
    """The number of a day."""
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("as_of", "frames", "scale", "first"),
    [
        ("2021-05-28", 0, Scale.FULL_MONTHS, "2021-05-01"),
        ("2021-05-28", 3, Scale.FULL_MONTHS, "2021-02-01"),
        ("2021-05-31", 3, Scale.MONTHS, "2021-03-01"),
        ("2024-05-31", 3, Scale.MONTHS, "2024-03-01"),
        ("2021-03-30", 1, Scale.MONTHS, "2021-03-01"),
        ("2021-03-28", 1, Scale.MONTHS, "2021-03-01"),
        ("2021-03-27", 1, Scale.MONTHS, "2021-02-28"),
        ("2024-02-29", 1, Scale.YEARS, "2023-03-01"),
        ("2024-02-28", 1, Scale.YEARS, "2023-03-01"),
        ("2024-02-29", 4, Scale.YEARS, "2020-03-01"),
        ("2021-05-28", 2, Scale.FULL_YEARS, "2019-01-01"),
        ("2021-05-28", 7, Scale.DAYS, "2021-05-22"),
        ("2021-01-15", 1, Scale.FULL_MONTHS, "2020-12-01"),
    ],
)
def test_the_first_day_of_frames(as_of: str, frames: int, scale: Scale, first: str) -> None:
    found = span(Period(TIME, frames, scale, as_of=date.fromisoformat(as_of)), "Europe/Paris", AS_OF)
    assert (found.first_day, found.last_day) == (day(first), day(as_of))


@pytest.mark.parametrize("scale", Scale)
def test_frames_without_end_reach_back_to_the_first_year(scale: Scale) -> None:
    found = span(Period(TIME, 10**9, scale), "UTC", AS_OF)
    assert found.first_day is not None
    assert found.first_day <= day("0001-12-31")


@pytest.mark.parametrize(
    ("period", "told"),
    [
        (Period(TIME, frames=1), "has both a number of them, from 0 up, and a scale"),
        (Period(TIME, scale=Scale.DAYS), "has both a number of them, from 0 up, and a scale"),
        (Period(TIME, -1, Scale.DAYS), "has both a number of them, from 0 up, and a scale"),
        (Period(TIME, 10**9, Scale.DAYS), "beyond the years 1 to 9999"),
        (Period(TIME, since=date(1, 1, 1)), "beyond the years 1 to 9999"),
        (Period(TIME, until=date(9999, 12, 31)), "beyond the years 1 to 9999"),
    ],
)
def test_periods_that_are_none(period: Period, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        span(period, "Asia/Tokyo", AS_OF)


def test_a_moment_counts_in_the_zone_and_ends_before_the_next() -> None:
    found = span(Period(LAST, since=date(2021, 3, 28), until=date(2021, 3, 28)), "Europe/Paris", AS_OF)
    assert found.start is not None
    assert found.end is not None
    # The clocks went forward that night.
    assert timedelta(seconds=found.end - found.start + 1) == timedelta(hours=23)
