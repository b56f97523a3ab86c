"""A period as days and instants, in the time zone of an export."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from milepost.model.exceptions import UsageError
from milepost.model.export import Period, Scale, Span

_EPOCH = date(1970, 1, 1)


def span(period: Period, zone: str, now: datetime) -> Span:
    """What `period` covers in the time zone `zone`, when it is `now`.

    Frames are counted back from the period's `as_of`, or from `now`: the days after that day minus so many days,
    months or years, clipped to the end of a month; or the current month or year and so many full ones before it. They
    end with `as_of` itself. Raises UsageError for half a period, or one beyond the calendar.
    """
    if (period.frames is None) != (period.scale is None) or (period.frames or 0) < 0:
        raise UsageError("A period of time frames has both a number of them, from 0 up, and a scale.")
    try:
        return _span(period, ZoneInfo(zone), now)
    except OverflowError:
        raise UsageError("The period reaches beyond the years 1 to 9999. Give a shorter one.") from None


def _span(period: Period, local: ZoneInfo, now: datetime) -> Span:
    if period.frames is None or period.scale is None:
        return _between(period.since, period.until, local)
    as_of = period.as_of or now
    # A date alone is that whole day.
    last = as_of if isinstance(as_of, datetime) else datetime.combine(as_of, datetime.max.time())
    last = _localised(last, local)
    first = _first_day(last.date(), period.frames, period.scale)
    return Span(_number(first), _number(last.date()), _second(_midnight(first, local)), _second(last))


def _first_day(today: date, frames: int, scale: Scale) -> date:
    match scale:
        case Scale.DAYS:
            # So many days that there is no such date are all days.
            return today - timedelta(days=min(frames, today.toordinal()) - 1)
        case Scale.MONTHS:
            return _months_before(today, frames) + timedelta(days=1)
        case Scale.YEARS:
            return _months_before(today, 12 * frames) + timedelta(days=1)
        case Scale.FULL_MONTHS:
            return _months_before(today.replace(day=1), frames)
        case Scale.FULL_YEARS:
            return _months_before(today.replace(month=1, day=1), 12 * frames)


def _months_before(day: date, months: int) -> date:
    number = max(day.year * 12 + day.month - 1 - months, 12)
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _between(since: date | datetime | None, until: date | datetime | None, zone: ZoneInfo) -> Span:
    """From a day or moment to a day, which is in it, or to a moment, which is not."""
    start = None if since is None else _moment(since, zone)
    end = None
    if isinstance(until, datetime):
        end = _localised(until, zone) - timedelta(seconds=1)
    elif until is not None:
        end = _midnight(until + timedelta(days=1), zone) - timedelta(seconds=1)
    return Span(
        None if start is None else _number(start.astimezone(zone).date()),
        None if end is None else _number(end.astimezone(zone).date()),
        None if start is None else _second(start),
        None if end is None else _second(end),
    )


def _moment(given: date | datetime, zone: ZoneInfo) -> datetime:
    return _localised(given, zone) if isinstance(given, datetime) else _midnight(given, zone)


def _localised(moment: datetime, zone: ZoneInfo) -> datetime:
    """A moment in the zone; without one of its own, it is local there."""
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _number(day: date) -> int:
    return (day - _EPOCH).days


def _second(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() // 1)
