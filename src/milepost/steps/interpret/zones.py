"""Local times to UTC, by the rules of the TZ database.

`zoneinfo` knows every zone for all years; the tables that Polars carries end before the year 2120. So each day's
offset is asked of `zoneinfo` once, and only the local times of days with a transition are asked one by one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

import polars as pl

_DAY = 86_400
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times have no zone yet
_FIRST_DAY = (datetime(1899, 12, 30) - _EPOCH).days  # noqa: DTZ001
_LAST_DAY = (datetime(9999, 1, 3) - _EPOCH).days  # noqa: DTZ001

_SCHEMA = {"value": pl.Int64, "warning": pl.String, "warning_hint": pl.String}


def usual(local: pl.Expr, zone: str) -> pl.Expr:
    """`to_utc` for the local times of days without a transition, in the years 1900 to 9998; null for others."""
    if zone == "UTC":
        return local
    return local - (local // _DAY).map_batches(partial(_offsets_of_days, zone), return_dtype=pl.Int64)


def to_utc(local: pl.Series, zone: str) -> pl.DataFrame:
    """UTC instants of local times, both as seconds since 1970-01-01T00:00:00.

    `value` is null where `local` is, and outside the years 1900 to 9998. A local time that never was moves forward
    by the gap, one that was twice takes the first; `warning` (a code) and `warning_hint` say so.
    """
    day = local // _DAY
    local = local.set((day < _FIRST_DAY) | (day > _LAST_DAY), None)
    nothing = pl.lit(None, pl.String)
    if zone == "UTC":
        return local.alias("value").to_frame().with_columns(warning=nothing, warning_hint=nothing)
    offset = _offsets_of_days(zone, local // _DAY)
    usual = pl.select((local - offset).alias("value"), warning=nothing, warning_hint=nothing)
    unplaced = offset.is_null() & local.is_not_null()
    if not unplaced.any():
        return usual
    distinct = local.filter(unplaced).unique()
    known = pl.DataFrame(
        [(one, *_place(zone, one)) for one in distinct], schema={"local": pl.Int64, **_SCHEMA}, orient="row"
    )
    unusual = local.alias("local").to_frame().join(known, on="local", how="left", maintain_order="left")
    return unusual.select(value=pl.coalesce(usual["value"], "value"), warning="warning", warning_hint="warning_hint")


def _offsets_of_days(zone: str, days: pl.Series) -> pl.Series:
    """The seconds that the zone is ahead of UTC on each local day; null for null, and on days with a transition."""
    distinct = days.drop_nulls().unique()
    offsets = pl.Series([_offset_of_day(zone, one) for one in distinct], dtype=pl.Int64)
    return days.replace_strict(distinct, offsets, default=None, return_dtype=pl.Int64)


@lru_cache(maxsize=100_000)
def _offset_of_day(zone: str, day: int) -> int | None:
    """The seconds that the zone is ahead of UTC on a local day; None on a day with a transition."""
    rules = ZoneInfo(zone)
    start = (_EPOCH + timedelta(days=day)).replace(tzinfo=rules)
    hours = (start + timedelta(hours=hour) for hour in range(25))
    offsets = {hour.replace(fold=fold).utcoffset() for hour in hours for fold in (0, 1)}
    offset = offsets.pop()
    return None if offsets or offset is None else offset.days * _DAY + offset.seconds


def _place(zone: str, local: int) -> tuple[int, str | None, str | None]:
    """The UTC instant of one local time, and the warning that it deserves."""
    rules = ZoneInfo(zone)
    time = _EPOCH + timedelta(seconds=local)
    first, second = (time.replace(tzinfo=rules, fold=fold).utcoffset() for fold in (0, 1))
    assert first is not None  # noqa: S101 - ZoneInfo always knows an offset
    assert second is not None  # noqa: S101
    utc = local - (first.days * _DAY + first.seconds)
    if first == second:
        return utc, None, None
    if first < second:
        moved = time + (second - first)
        return utc, "local-time-skipped", f"{time} never was in {zone}; it is taken as {moved}"
    return utc, "local-time-repeated", f"{time} was twice in {zone}; the first is taken"
