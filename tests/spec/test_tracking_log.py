"""On which days time is booked, what takes it back, and that it always sums up to what a row says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from sqlalchemy import text

import milepost
from databases.transactions import days, ids, reading, writing
from milepost.stores.sql.store import SQLTables
from spec.tables import SCHOOL, Tables

EPOCH = date(1970, 1, 1)


def logs(school: Tables, line: int = 2) -> list[str]:
    """The days of the log of a line's learner: the day, its seconds, the progression. Sums are checked on the way."""
    with reading(school.database) as tables:
        every = days(tables)
        (learner,) = ids(tables, "learner", login=f"line-{line}")
        (registration,) = ids(tables, "registration", learner_id=learner)
        stored = tables.rows("tracking", {"time_spent": pl.Int64()}).to_series().sum()
        assert every["time_spent"].sum() == stored
        if isinstance(tables, SQLTables):
            view = tables.connection.scalar(text("SELECT sum(time_spent) FROM tracking_log"))
            assert (view or 0) == stored
    found = every.filter(pl.col("registration_id") == registration).select("day", "time_spent", "progression")
    return [f"{EPOCH + timedelta(days=day)}: {time} s, {progression:g}" for day, time, progression in found.rows()]


def imports(school: Tables, last_access: str, time_spent: int, progression: float = 50, **settings: str) -> int:
    """Imports one row for the learner `line-2` and gives the number of the run."""
    table = f"lastAccessDate | timeSpent | progression\n{last_access} | {time_spent} | {progression:g}"
    report = school.reports(table, **settings)
    assert report.run is not None
    return report.run


def test_time_is_booked_on_the_day_of_the_last_access(school: Tables) -> None:
    imports(school, "2021-01-02 10:00:00", 50, 10)
    assert logs(school) == ["2021-01-02: 50 s, 10"]
    imports(school, "2021-02-25 23:59:59", 350, 100)
    assert logs(school) == ["2021-01-02: 50 s, 10", "2021-02-25: 300 s, 100"]
    imports(school, "2021-04-05 00:00:00", 400, 100)
    assert logs(school) == ["2021-01-02: 50 s, 10", "2021-02-25: 300 s, 100", "2021-04-05: 50 s, 100"]


def test_time_on_the_same_day_is_added_up(school: Tables) -> None:
    imports(school, "2021-01-02 10:00:00", 50, 10)
    imports(school, "2021-01-02 18:00:00", 70, 20)
    assert logs(school) == ["2021-01-02: 70 s, 20"]


def test_the_day_is_that_of_the_configured_zone(school: Tables) -> None:
    imports(school, "2021-01-02 23:30:00", 50, timeZone="America/New_York")
    imports(school, "2021-01-03 00:30:00", 60, timeZone="America/New_York")
    assert logs(school) == ["2021-01-02: 50 s, 50", "2021-01-03: 10 s, 50"]
    imports(school, "2021-01-04 00:30:00", 65, timeZone="Asia/Tokyo")
    # In Tokyo, the fourth has begun; in New York, the instant is before what is stored.
    assert logs(school) == ["2021-01-02: 50 s, 50", "2021-01-03: 10 s, 50", "2021-01-04: 5 s, 50"]


def test_without_a_last_access_it_is_the_day_of_the_run(school: Tables) -> None:
    school.imports("timeSpent | becomes\n50 | created", now="2024-06-01 23:30:00", timeZone="Europe/Paris")
    assert logs(school) == ["2024-06-02: 50 s, 0"]


def test_days_before_1970(school: Tables) -> None:
    imports(school, "1969-12-31 23:59:59", 1)
    imports(school, "1970-01-01 00:00:00", 3)
    assert logs(school) == ["1969-12-31: 1 s, 50", "1970-01-01: 2 s, 50"]


def test_a_day_begins_with_progression_alone_but_not_with_an_access_alone(school: Tables) -> None:
    imports(school, "2021-01-02 10:00:00", 50, 10)
    imports(school, "2021-01-03 10:00:00", 50, 10)
    assert logs(school) == ["2021-01-02: 50 s, 10"]
    imports(school, "2021-01-04 10:00:00", 50, 20)
    assert logs(school) == ["2021-01-02: 50 s, 10", "2021-01-04: 0 s, 20"]


def test_time_on_an_earlier_day(school: Tables) -> None:
    imports(school, "2021-01-02 10:00:00", 50, 10)
    imports(school, "2021-01-09 10:00:00", 60, 20)
    imports(school, "2021-01-05 10:00:00", 65, 30)
    imports(school, "2021-01-02 10:00:00", 66, 30)
    imports(school, "2021-01-05 10:00:00", 66, 35)
    assert logs(school) == ["2021-01-02: 51 s, 30", "2021-01-05: 5 s, 30", "2021-01-09: 10 s, 35"]


@pytest.mark.parametrize(
    ("time_spent", "left"),
    [(55, (20, 30, 5)), (50, (20, 30, 0)), (49, (20, 29, 0)), (20, (20, 0, 0)), (7, (7, 0, 0)), (0, (0, 0, 0))],
)
def test_a_decrease_is_taken_from_the_newest_days(
    holding: Callable[..., Tables], time_spent: int, left: tuple[int, ...]
) -> None:
    school = holding(SCHOOL, _three_days)
    before = logs(school)
    run = imports(school, "2021-01-04 10:00:00", time_spent)
    assert logs(school) == [f"2021-01-0{day}: {time} s, 50" for day, time in enumerate(left, start=1)]
    undone = milepost.undo_run(school.database, run)
    assert logs(school) == before
    assert undone.run is not None
    milepost.undo_run(school.database, undone.run)
    assert logs(school) == [f"2021-01-0{day}: {time} s, 50" for day, time in enumerate(left, start=1)]


def _three_days(school: Tables) -> None:
    for day, time in ((1, 20), (2, 50), (3, 60)):
        imports(school, f"2021-01-0{day} 10:00:00", time)


def test_the_log_of_a_deleted_row_goes_with_it_and_comes_back(school: Tables) -> None:
    imports(school, "2021-01-01 10:00:00", 20)
    imports(school, "2021-01-02 10:00:00", 50)
    before = logs(school)
    run = school.reports("trackingStatus\nnotAttempted").run
    assert run is not None
    assert logs(school) == []
    imports(school, "2021-02-01 10:00:00", 5)
    assert logs(school) == ["2021-02-01: 5 s, 50"]
    milepost.undo_run(school.database, run + 1)
    milepost.undo_run(school.database, run)
    assert logs(school) == before
    milepost.undo_run(school.database, run + 3)
    assert logs(school) == []


def test_every_run_can_be_undone_in_turn_and_redone(school: Tables) -> None:
    states = [logs(school)]
    runs = []
    for access, time in (("01", 20), ("05", 50), ("03", 55), ("07", 10), ("08", 90)):
        runs.append(imports(school, f"2021-01-{access} 10:00:00", time, time))
        states.append(logs(school))
    undos = []
    for run, state in zip(reversed(runs), reversed(states[:-1]), strict=True):
        undos.append(milepost.undo_run(school.database, run).run)
        assert logs(school) == state
    for undo, state in zip(reversed(undos), states[1:], strict=True):
        assert undo is not None
        milepost.undo_run(school.database, undo)
        assert logs(school) == state


def test_time_from_before_there_was_a_log_is_booked_at_the_last_access(school: Tables) -> None:
    imports(school, "2021-01-02 23:30:00", 50, 10)
    school.reports("sessionGuid | candidateLogin | lovCode | timeSpent\nspring | line-3 | intro | 7")
    with writing(school.database) as tables:
        tables.change("tracking", {"logged_on": None, "logged_time": None}, {})
    assert logs(school) == ["2021-01-02: 50 s, 10"]
    assert logs(school, 3) == ["2024-06-01: 7 s, 0"]
    run = imports(school, "2021-01-03 23:30:00", 80, 20)
    assert logs(school) == ["2021-01-02: 50 s, 10", "2021-01-03: 30 s, 20"]
    milepost.undo_run(school.database, run)
    assert logs(school) == ["2021-01-02: 50 s, 10"]


def test_rows_that_others_delete_leave_no_days_behind(school: Tables) -> None:
    imports(school, "2021-01-01 10:00:00", 20)
    imports(school, "2021-01-02 10:00:00", 50)
    with writing(school.database) as tables:
        tables.remove("tracking", {})
        assert not tables.count("tracking_log_day")
    imports(school, "2021-02-01 10:00:00", 5)
    assert logs(school) == ["2021-02-01: 5 s, 50"]


def test_what_was_pruned_is_forgotten(school: Tables) -> None:
    imports(school, "2021-01-01 10:00:00", 20)
    imports(school, "2021-01-02 10:00:00", 50)
    before = logs(school)
    milepost.prune_runs(school.database, timedelta(0))
    assert logs(school) == before
    with reading(school.database) as tables:
        kept = tables.count("tracking_log_change")
    assert kept in (0, 1)  # a run of this very second is not old yet


def test_the_rules_of_a_zone_hold_in_far_years_too(school: Tables) -> None:
    # Half past midnight of summer time is 22:30 in UTC, which in winter time would be 23:30 of the day before.
    imports(school, "2150-07-01 23:30:00", 50, timeZone="Europe/Paris")
    imports(school, "2150-07-02 00:30:00", 60, timeZone="Europe/Paris")
    assert logs(school) == ["2150-07-01: 50 s, 50", "2150-07-02: 10 s, 50"]
