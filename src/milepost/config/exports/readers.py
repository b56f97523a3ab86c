"""From the text of a filter or a period to its value. A ValueError says what is wrong and what to write."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from milepost.config import names
from milepost.model.columns import LARGEST_INTEGER
from milepost.model.status import Status
from milepost.model.text import bare

_MOMENT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:(?:T|\s+)(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
    r"\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.IGNORECASE,
)
_FIRST_YEAR, _LAST_YEAR = 1900, 9998
_WHOLE = re.compile(r"[+-]?[0-9]{1,40}(?:\.0{0,40})?")
_STATUSES = {bare(status): status for status in Status}


def moment(text: str) -> date | datetime:
    """A day, or a moment of a day: in UTC or with an offset where that is said, else local."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{names.quoted(text)} is neither a day nor a moment; write for example 2024-01-31, 2024-01-31 08:00"
            " or 2024-01-31T08:00:00Z"
        )
    try:
        day = date.fromisoformat(found["date"])
    except ValueError:
        raise ValueError(f"{names.quoted(text)} is not in the calendar; write a day that there is") from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"{names.quoted(text)} is out of range; write a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    if found["hour"] is None:
        return day
    try:
        return datetime(
            *(day.year, day.month, day.day),
            *(int(found["hour"]), int(found["minute"]), int(found["second"] or 0)),
            tzinfo=_zone(found["zone"]),
        )
    except ValueError:
        raise ValueError(f"{names.quoted(text)} has a time that is none; write for example 08:00 or 23:59:59") from None


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if minutes > 59:
        raise ValueError
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def begins(value: date | datetime, zone: str) -> datetime:
    """The first moment of `value`, in UTC; what has no zone of its own is local in `zone`."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - made local below
    return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def ends(value: date | datetime, zone: str) -> datetime:
    """The first moment after the day `value`, or the moment itself, in UTC."""
    return begins(value if isinstance(value, datetime) else value + timedelta(days=1), zone)


def frames(text: str) -> int:
    """A number of time frames: a whole number from 0 up; `3.0` is one."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{names.quoted(text)} is not a whole number")
    number = int(text.partition(".")[0])
    if not 0 <= number <= LARGEST_INTEGER:
        raise ValueError(f"{names.quoted(text)} is out of range; write a whole number from 0 up")
    return number


def status(text: str) -> Status:
    """A status by its own name; letter case, blanks, `_` and `-` do not matter."""
    found = _STATUSES.get(bare(text))
    if found is None:
        raise ValueError(f"{names.quoted(text)} is not a status; write {names.listing(Status)}")
    return found
