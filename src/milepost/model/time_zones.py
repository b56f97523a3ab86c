"""Local times to instants and back, by the rules of the TZ database.

`zoneinfo` knows every zone for all years; the tables of Polars end before the year 2120. So each day's offset is
looked up in `zoneinfo` once, and only times on days with a transition are converted one by one.

Instants and local times are seconds since 1970-01-01T00:00:00, in UTC and on the local clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

import polars as pl

_DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR = 1900
_FIRST_DAY = (datetime(1899, 12, 30, tzinfo=UTC) - _EPOCH).days
_LAST_DAY = (datetime(9999, 1, 3, tzinfo=UTC) - _EPOCH).days
EARLIEST = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp())
"""The first instant in range."""
AFTER_LATEST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())
"""The first instant after the range."""
LAST_RULED_YEAR = 2037
"""From this year on, the transitions of a zone are the same each year."""


def usual_instants(local: pl.Expr, zone: str) -> pl.Expr:
    """The instants of local times on days without a transition, in the years 1900 to 9998; null for others."""
    if zone == "UTC":
        return local
    offsets = partial(_offsets_of_days, zone, ZoneInfo(zone))
    return local - (local // _DAY).map_batches(offsets, return_dtype=pl.Int64)


def instants(local: pl.Series, zone: str) -> pl.DataFrame:
    """The instants of local times, in `value`; `warning` (a code) and `warning_hint` for unusual ones.

    `value` is null where `local` is null or outside the years 1900 to 9998. A local time that the clocks skip is
    moved forward by the gap; of a repeated local time, the first instant is used. Both have a warning.
    """
    day = local // _DAY
    local = local.set((day < _FIRST_DAY) | (day > _LAST_DAY), None)
    times = local.alias("local").to_frame()
    usual = times.select(usual_instants(pl.col("local"), zone)).to_series()
    odd = local.filter(usual.is_null() & local.is_not_null()).unique()
    if odd.is_empty():
        nothing = pl.lit(None, pl.String)
        return pl.select(value=usual, warning=nothing, warning_hint=nothing)
    schema = {"local": pl.Int64, "value": pl.Int64, "warning": pl.String, "warning_hint": pl.String}
    placed = pl.DataFrame([(one, *_place(zone, one)) for one in odd], schema=schema, orient="row")
    unusual = times.join(placed, on="local", how="left", maintain_order="left")
    return unusual.select(pl.coalesce(usual, "value").alias("value"), "warning", "warning_hint")


def local_times(instants: pl.Expr, zone: str) -> pl.Expr:
    """The local times of instants within the years 1900 to 9998."""
    if zone == "UTC":
        return instants
    return instants.map_batches(partial(_local_times, zone), return_dtype=pl.Int64)


@lru_cache(maxsize=100)
def last_repeated(zone: str) -> int | None:
    """The last year up to LAST_RULED_YEAR in which the clocks of `zone` were put back; None if they never were."""
    rules = ZoneInfo(zone)
    day = datetime(LAST_RULED_YEAR + 1, 1, 1, tzinfo=UTC)
    later = _offset_at(rules, day)
    while day.year >= _FIRST_YEAR:
        before = day - timedelta(days=1)
        offset = _offset_at(rules, before)
        if offset > later:
            return before.year
        day, later = before, offset
    return None


def _local_times(zone: str, instants: pl.Series) -> pl.Series:
    local = instants + _offsets_of_days(zone, UTC, instants // _DAY)
    odd = local.is_null() & instants.is_not_null()
    if not odd.any():
        return local
    rules = ZoneInfo(zone)
    left_over = instants.filter(odd)
    distinct = left_over.unique()
    found = pl.Series([one + _offset_at(rules, _EPOCH + timedelta(seconds=one)) for one in distinct], dtype=pl.Int64)
    return local.scatter(odd.arg_true(), left_over.replace_strict(distinct, found, return_dtype=pl.Int64))


def _offsets_of_days(zone: str, clock: tzinfo, days: pl.Series) -> pl.Series:
    distinct = days.drop_nulls().unique()
    offsets = pl.Series([_offset_of_day(zone, clock, one) for one in distinct], dtype=pl.Int64)
    return days.replace_strict(distinct, offsets, default=None, return_dtype=pl.Int64)


@lru_cache(maxsize=100_000)
def _offset_of_day(zone: str, clock: tzinfo, day: int) -> int | None:
    """The seconds that the zone is ahead of UTC on a day of the clock; None on a day with a transition."""
    rules = ZoneInfo(zone)
    start = (_EPOCH + timedelta(days=day)).replace(tzinfo=clock)
    hours = (start + timedelta(hours=hour) for hour in range(25))
    offsets = {_offset_at(rules, hour.replace(fold=fold)) for hour in hours for fold in (0, 1)}
    return offsets.pop() if len(offsets) == 1 else None


def _offset_at(rules: ZoneInfo, instant: datetime) -> int:
    return _offset(instant.astimezone(rules))


def _offset(time: datetime) -> int:
    offset = time.utcoffset()
    assert offset is not None  # noqa: S101 - ZoneInfo always knows an offset
    return offset.days * _DAY + offset.seconds


def _place(zone: str, local: int) -> tuple[int, str | None, str | None]:
    """The instant of one local time, its warning and the hint."""
    time = (_EPOCH + timedelta(seconds=local)).replace(tzinfo=ZoneInfo(zone))
    first, second = (_offset(time.replace(fold=fold)) for fold in (0, 1))
    time = time.replace(tzinfo=None)
    instant = local - first
    if first == second:
        return instant, None, None
    if first < second:
        moved = time + timedelta(seconds=second - first)
        return instant, "local-time-skipped", f"{time} does not exist in {zone}; it is read as {moved}"
    return instant, "local-time-repeated", f"{time} occurs twice in {zone}; the first is used"
