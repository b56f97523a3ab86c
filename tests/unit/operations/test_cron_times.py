"""When cron expressions are due, where clocks are changed too."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from milepost.model.exceptions import UsageError
from milepost.operations.cron_times import explained, next_time, next_times, require

PARIS = "Europe/Paris"
DUE = {
    # expression, after: the next ones, in Paris with their offset from UTC
    ("30 2 * * *", "2026-03-28T12:00+01:00"): "29T03:00+02:00, 30T02:30+02:00",  # 02:30 does not exist on the 29th
    ("30 2 * * *", "2026-03-29T03:00+02:00"): "30T02:30+02:00, 31T02:30+02:00",
    ("30 2 * * *", "2026-10-24T12:00+02:00"): "25T02:30+02:00, 26T02:30+01:00",  # 02:30 comes twice on the 25th
    ("30 2 * * *", "2026-10-25T02:30+02:00"): "26T02:30+01:00, 27T02:30+01:00",
    ("30 2 * * *", "2026-10-25T02:10+01:00"): "26T02:30+01:00, 27T02:30+01:00",
    ("0 * * * *", "2026-03-29T01:30+01:00"): "29T03:00+02:00, 29T04:00+02:00",
    ("0 * * * *", "2026-10-25T01:30+02:00"): "25T02:00+02:00, 25T02:00+01:00",
    ("15 2 * * 1-5", "2026-12-04T02:15+01:00"): "07T02:15+01:00, 08T02:15+01:00",
}


@pytest.mark.parametrize(("expression", "after"), DUE)
def test_each_time_is_due_once(expression: str, after: str) -> None:
    moment = datetime.fromisoformat(after)
    found = next_times(expression, PARIS, moment, 2)
    assert ", ".join(_told(one) for one in found) == DUE[expression, after]
    for _ in range(300):
        following = next_time(expression, PARIS, moment)
        assert following is not None
        assert following > moment
        moment = following


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")[8:]


def test_however_late_somebody_looks_the_next_time_is_after_that() -> None:
    moment = datetime.fromisoformat("2026-10-25T00:00+02:00")
    for minutes in range(0, 600, 7):
        looked = moment + timedelta(minutes=minutes)
        following = next_time("*/20 2,3 * * *", PARIS, looked)
        assert following is not None
        assert following > looked


FIVE = "Write five fields: minute, hour, day of the month, month, day of the week; for example 15 2 * * 1-5."


@pytest.mark.parametrize(
    ("expression", "zone", "said"),
    [
        ("", "UTC", f'"" is not a cron expression. {FIVE}'),
        ("* * * * * *", "UTC", f'"* * * * * *" is not a cron expression. {FIVE}'),
        ("@daily", "UTC", f'"@daily" is not a cron expression. {FIVE}'),
        ("15 25 * * *", "UTC", f'"15 25 * * *" is not a cron expression: its hour is wrong. {FIVE}'),
        ("0 0 30 2 *", "UTC", f'"0 0 30 2 *" is not a cron expression: its day-of-month is wrong. {FIVE}'),
        ("0 0 29 2 *", "paris", 'The time zone: "paris" is not a zone of the TZ database; did you mean Europe/Paris?'),
        ("0 0 * 2 MON#5 ", "", 'The time zone: "" is not a zone of the TZ database; write for example UTC'),
    ],
)
def test_what_is_wrong_is_told(expression: str, zone: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        require(expression, zone)
    assert str(caught.value).startswith(said)


def test_an_expression_is_explained() -> None:
    assert require(" 15  2 * * 1-5 ", PARIS) == "15 2 * * 1-5"
    assert explained("15 2 * * 1-5") == "At 02:15 on Monday through Friday"
