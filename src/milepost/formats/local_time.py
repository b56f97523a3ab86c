"""Instants to local times, by the rules of the TZ database.

`zoneinfo` knows every zone for all years; the tables that Polars carries end before the year 2120. So each day's
offset is asked of `zoneinfo` once, and only the instants of days with a transition are asked one by one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

import polars as pl

_DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR = 1900
LAST_RULED_YEAR = 2037
"""From then on a zone does the same each year."""


def local_time(instants: pl.Expr, zone: str) -> pl.Expr:
    """The local times of instants, both as seconds since 1970-01-01T00:00:00, within the years 1900 to 9998."""
    if zone == "UTC":
        return instants
    return instants.map_batches(partial(_local, zone), return_dtype=pl.Int64)


@lru_cache(maxsize=100)
def last_repeated(zone: str) -> int | None:
    """The last year until LAST_RULED_YEAR in which the clocks of `zone` were put back; None where they never were."""
    rules = ZoneInfo(zone)
    day = datetime(LAST_RULED_YEAR + 1, 1, 1, tzinfo=UTC)
    later = _offset(rules, day)
    while day.year >= _FIRST_YEAR:
        before = day - timedelta(days=1)
        offset = _offset(rules, before)
        if offset > later:
            return before.year
        day, later = before, offset
    return None


def _local(zone: str, instants: pl.Series) -> pl.Series:
    day = instants // _DAY
    distinct = day.drop_nulls().unique()
    offsets = pl.Series([_offset_of_day(zone, one) for one in distinct], dtype=pl.Int64)
    offset = day.replace_strict(distinct, offsets, default=None, return_dtype=pl.Int64)
    odd = offset.is_null() & instants.is_not_null()
    if not odd.any():
        return instants + offset
    rules = ZoneInfo(zone)
    left_over = instants.filter(odd)
    distinct = left_over.unique()
    offsets = pl.Series([_offset(rules, _EPOCH + timedelta(seconds=one)) for one in distinct], dtype=pl.Int64)
    offset = offset.scatter(odd.arg_true(), left_over.replace_strict(distinct, offsets, return_dtype=pl.Int64))
    return instants + offset


@lru_cache(maxsize=100_000)
def _offset_of_day(zone: str, day: int) -> int | None:
    """The seconds that the zone is ahead of UTC on a day of UTC; None on a day with a transition."""
    rules = ZoneInfo(zone)
    start = _EPOCH + timedelta(days=day)
    offsets = {_offset(rules, start + timedelta(hours=hour)) for hour in range(25)}
    return offsets.pop() if len(offsets) == 1 else None


def _offset(rules: ZoneInfo, instant: datetime) -> int:
    """The seconds that the zone is ahead of UTC at an instant."""
    offset = instant.astimezone(rules).utcoffset()
    assert offset is not None  # noqa: S101 - ZoneInfo always knows an offset
    return offset.days * _DAY + offset.seconds
