"""The export on one page: a selection of rows, with its period as days and instants; typed frames; a file."""

from __future__ import annotations

import calendar
import dataclasses
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

import polars as pl

from milepost.formats.write import appearance
from milepost.formats.write.export_writer import ExportWriter
from milepost.model.ahead import ahead
from milepost.model.columns import Kind
from milepost.model.exceptions import UsageError
from milepost.model.export import COLUMNS, ExportColumn, ExportJob, Filters, Period, Provider, Scale, Selection, Span
from milepost.model.tracked import TYPES
from milepost.steps.identify import named
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Tables

_ROWS_AT_A_TIME = 12_000


def export(database: str, target: str | Path | BinaryIO, job: ExportJob, *, now: datetime | None = None) -> int:
    """Writes what `job` asks for from the store at `database` to `target`, and returns how many rows there are.

    A file appears whole or not at all; a stream is left open. Memory does not grow with the number of rows. `now` is
    what periods are counted back from unless the job says it; the clock's unless given.

    Raises StoreError when there is no store, UsageError for unknown columns and for filters by unknown names, FileError
    when `target` cannot be written, or lacks a character of what is to be written.
    """
    columns = _columns(job)
    with open_store(database, Access.READ) as opened, opened.read() as tables:
        # Before anything is written: a filter may have an unknown name.
        selection = _selection(tables, job, now)
        frames = tables.export(selection, _schema(columns), _ROWS_AT_A_TIME)
        with (
            ExportWriter(target, columns, job.appearance) as writer,
            ahead(frames) if tables.is_server else nullcontext(frames) as parts,
        ):
            rows = 0
            for frame in parts:
                writer.write(_with_days(frame, columns))
                rows += frame.height
            writer.commit()
    return rows


def losses(job: ExportJob) -> tuple[str, ...]:
    """What an import of the file that `job` writes could not read back as it is stored, a sentence each."""
    return appearance.losses(_columns(job), job.appearance)


def export_tracking(database: str, target: str | Path | BinaryIO) -> int:
    """Writes every tracking row of the store `database` to `target` and returns how many there are.

    The file is CSV: comma, UTF-8, a header line, lines ending in LF, instants as `YYYY-MM-DD hh:ii:ss` in UTC,
    times in seconds. Importing it changes nothing. As for the rest, it is like `export`.
    """
    return export(database, target, ExportJob(Provider.TRACKING))


def registrations(
    database: str,
    *,
    filters: Filters | None = None,
    period: Period | None = None,
    time_zone: str = "UTC",
    now: datetime | None = None,
) -> pl.DataFrame:
    """The registrations of the store at `database`, each with its roll-up, as one frame.

    Columns as in `milepost export registrations`; instants are in UTC, times are whole seconds, progressions and scores
    are percent, `status` is a tracking status. `time_zone` is where the days of a period begin and end. Raises
    StoreError when there is no store, UsageError for a filter by an unknown name.
    """
    job = ExportJob(Provider.REGISTRATIONS, filters=filters or Filters(), period=period)
    job = dataclasses.replace(job, appearance=dataclasses.replace(job.appearance, time_zone=time_zone))
    columns = _columns(job)
    schema = _schema(columns)
    with open_store(database, Access.READ) as opened, opened.read() as tables:
        frame = pl.concat([pl.DataFrame(schema=schema), *tables.export(_selection(tables, job, now), schema)])
    instants = [one.name for one in columns if one.kind is Kind.DATETIME]
    return frame.with_columns(pl.from_epoch(pl.col(instants), time_unit="s").dt.replace_time_zone("UTC"))


def _columns(job: ExportJob) -> tuple[ExportColumn, ...]:
    known = {column.name: column for column in COLUMNS[job.provider]}
    if job.columns is None:
        return tuple(known.values())
    chosen = []
    for name, label in job.columns:
        if name not in known:
            raise UsageError(f'There is no column "{name}" to export. There are: {", ".join(known)}.')
        chosen.append(dataclasses.replace(known[name], label=label))
    return tuple(chosen)


def _selection(tables: Tables, job: ExportJob, now: datetime | None) -> Selection:
    """What `job` asks the store for. Raises UsageError for a name that nothing has, with the nearest ones."""
    filters, period, references = job.filters, job.period, StoredReferences(tables)
    covered = None if period is None else span(period, job.appearance.time_zone, now or datetime.now(UTC))
    selection = Selection(
        job.provider,
        trainings=named.every(references, named.TRAINING, filters.trainings) if filters.trainings else None,
        sessions=named.every(references, named.SESSION, filters.sessions) if filters.sessions else None,
        learners=named.every(references, named.LEARNER, filters.learners) if filters.learners else None,
        modalities=named.modalities(references, filters.modalities) if filters.modalities else None,
        statuses=tuple(status.value for status in filters.statuses) or None,
        span=covered,
    )
    return selection if period is None else dataclasses.replace(selection, mode=period.mode)


def _schema(columns: tuple[ExportColumn, ...]) -> dict[str, pl.DataType]:
    return {column.name: TYPES[column.kind] for column in columns}


def _with_days(frame: pl.DataFrame, columns: tuple[ExportColumn, ...]) -> pl.DataFrame:
    days = [column.name for column in columns if column.kind is Kind.DAY]
    return frame.with_columns(pl.col(days).cast(pl.Int32).cast(pl.Date))


def span(period: Period, zone: str, now: datetime) -> Span:
    """What `period` covers in the time zone `zone`, when it is `now`.

    Frames are counted back from the period's `as_of`, or from `now`: the days after that day minus so many days,
    months or years, clipped to the end of a month; or the current month or year and so many full ones before it. They
    end with `as_of` itself. Raises UsageError for half a period, or one beyond the calendar.
    """
    if (period.frames is None) != (period.scale is None) or (period.frames or 0) < 0:
        raise UsageError("A period of time frames has both a number of them, from 0 up, and a scale.")
    local = ZoneInfo(zone)
    try:
        if period.frames is None or period.scale is None:
            return _between(period.since, period.until, local)
        as_of = period.as_of or now
        # A date alone is that whole day.
        last = as_of if isinstance(as_of, datetime) else datetime.combine(as_of, datetime.max.time())
        last = _moment(last, local)
        first = _first_day(last.date(), period.frames, period.scale)
        return Span(_number(first), _number(last.date()), _second(_moment(first, local)), _second(last))
    except OverflowError:
        raise UsageError("The period reaches beyond the years 1 to 9999. Give a shorter one.") from None


def _between(since: date | datetime | None, until: date | datetime | None, zone: ZoneInfo) -> Span:
    """From a day or moment to a day, which is in it, or to a moment, which is not."""
    start = end = None
    if since is not None:
        start = _moment(since, zone)
    if until is not None:
        after = until if isinstance(until, datetime) else until + timedelta(days=1)
        end = _moment(after, zone) - timedelta(seconds=1)
    return Span(
        None if start is None else _number(start.date()),
        None if end is None else _number(end.date()),
        None if start is None else _second(start),
        None if end is None else _second(end),
    )


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


def _moment(given: date | datetime, zone: ZoneInfo) -> datetime:
    """A moment, or midnight of a day, in the zone; a moment without a zone of its own is local there."""
    if not isinstance(given, datetime):
        return datetime(given.year, given.month, given.day, tzinfo=zone)
    return given.replace(tzinfo=zone) if given.tzinfo is None else given.astimezone(zone)


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _second(moment: datetime) -> int:
    # In UTC first: a moment before the year 1 there is an OverflowError.
    return int(moment.astimezone(UTC).timestamp() // 1)
