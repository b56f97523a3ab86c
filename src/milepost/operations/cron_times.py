"""When a cron expression is due, in a time zone.

A local time that does not exist, because clocks are put forward, is due when they are put forward. One that comes twice
is due the first time. Expressions whose minutes or hours begin with `*` go by the time that passes, so they are due in
each of the two hours, and in none that does not exist.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from milepost.model.exceptions import UsageError
from milepost.model.wording import in_quotes
from milepost.settings.value_kinds import ZONE

_FIELDS = 5
_LONGEST = 200


def require(expression: str, zone: str) -> str:
    """The expression with single blanks. Raises UsageError if it, or the zone, is none, or if it is never due."""
    try:
        ZONE.read(zone)
    except ValueError as error:
        said = str(error)
        raise UsageError(f"The time zone: {said}{'' if said.endswith('?') else '.'}") from error
    fields = expression.split()
    text = " ".join(fields)
    example = "Write five fields: minute, hour, day of the month, month, day of the week; for example 15 2 * * 1-5."
    if len(fields) != _FIELDS or len(text) > _LONGEST:
        raise UsageError(f"{in_quotes(text[:_LONGEST])} is not a cron expression. {example}")
    try:
        first = next_time(text, zone, datetime.now(UTC))
    except CronSimError as error:
        wrong = str(error).removeprefix("Bad ")
        said = f"{in_quotes(text)} is not a cron expression: its {wrong} is wrong. {example}"
        raise UsageError(said) from error
    if first is None:
        raise UsageError(f"{in_quotes(text)} is never due. Name a day that exists.")
    return text


def next_time(expression: str, zone: str, after: datetime) -> datetime | None:
    """The first instant after `after` at which the expression is due, in UTC; None if there is none in 50 years."""
    for one in CronSim(expression, after.astimezone(ZoneInfo(zone))):
        # In the second of two equal hours, the library begins with the first one.
        if (found := one.astimezone(UTC)) > after:
            return found
    return None


def next_times(expression: str, zone: str, after: datetime, number: int) -> list[datetime]:
    """The first instants after `after`, in that zone."""
    found: list[datetime] = []
    while len(found) < number and (one := next_time(expression, zone, found[-1] if found else after)) is not None:
        found.append(one)
    return [one.astimezone(ZoneInfo(zone)) for one in found]


def explained(expression: str) -> str:
    """The expression in words, without its zone."""
    return CronSim(expression, datetime.now(UTC)).explain()
