"""The export on one page: a query, its rows as typed frames, a file."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import polars as pl
from sqlalchemy.engine import Connection

from milepost.formats.write import appearance
from milepost.formats.write.export_writer import ExportWriter
from milepost.model.columns import Kind
from milepost.model.exceptions import UsageError
from milepost.model.export import COLUMNS, ExportColumn, ExportJob, Filters, Period, Provider
from milepost.reading import sources
from milepost.reading.periods import span
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql import frames
from milepost.stores.sql.dialect import Query

_ROWS_AT_A_TIME = 12_000

_TYPES: MappingProxyType[Kind, pl.DataType] = MappingProxyType(
    {
        Kind.TEXT: pl.String(),
        Kind.INTEGER: pl.Int64(),
        Kind.NUMBER: pl.Float64(),
        Kind.DATETIME: pl.Int64(),
        Kind.DURATION: pl.Int64(),
        Kind.STATUS: pl.String(),
        Kind.DAY: pl.Int64(),
    }
)


def export(database: str, target: str | Path | BinaryIO, job: ExportJob, *, now: datetime | None = None) -> int:
    """Writes what `job` asks for from the store at `database` to `target`, and returns how many rows there are.

    A file appears whole or not at all; a stream is left open. Memory does not grow with the number of rows. `now` is
    what periods are counted back from unless the job says it; the clock's unless given.

    Raises StoreError when there is no store, UsageError for columns and filters by names that are not there, FileError
    when `target` cannot be written, or lacks a character of what is to be written.
    """
    columns = _columns(job)
    with open_store(database, Access.READ) as opened, opened.read() as tables:
        # Before anything is written: it may be for something that is not there.
        query = _query(tables.connection, columns, job, now)
        with (
            ExportWriter(target, columns, job.appearance) as writer,
            frames.streamed(tables.connection, query, _schema(columns), _ROWS_AT_A_TIME) as parts,
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
    StoreError when there is no store, UsageError for a filter by a name that is not there.
    """
    job = ExportJob(Provider.REGISTRATIONS, filters=filters or Filters(), period=period)
    job = dataclasses.replace(job, appearance=dataclasses.replace(job.appearance, time_zone=time_zone))
    columns = _columns(job)
    with open_store(database, Access.READ) as opened, opened.read() as tables:
        query = _query(tables.connection, columns, job, now)
        parts = list(frames.stream(tables.connection, query, _schema(columns), _ROWS_AT_A_TIME))
    frame = pl.concat([pl.DataFrame(schema=_schema(columns)), *parts])
    instants = [one.name for one in columns if one.kind is Kind.DATETIME]
    return frame.with_columns(pl.from_epoch(name, time_unit="s").dt.replace_time_zone("UTC") for name in instants)


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


def _query(connection: Connection, columns: tuple[ExportColumn, ...], job: ExportJob, now: datetime | None) -> Query:
    choice = sources.Choice(job.filters)
    if job.period is not None:
        covered = span(job.period, job.appearance.time_zone, now or datetime.now(UTC))
        choice = sources.Choice(job.filters, covered, job.period.mode)
    return sources.query(connection, job.provider, [column.name for column in columns], choice)


def _schema(columns: tuple[ExportColumn, ...]) -> dict[str, pl.DataType]:
    """As the columns come from the database."""
    return {column.name: _TYPES[column.kind] for column in columns}


def _with_days(frame: pl.DataFrame, columns: tuple[ExportColumn, ...]) -> pl.DataFrame:
    days = [column.name for column in columns if column.kind is Kind.DAY]
    return frame.with_columns(pl.col(name).cast(pl.Int32).cast(pl.Date) for name in days)
