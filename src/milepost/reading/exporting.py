"""The export on one page: a selection of rows; typed frames; a file."""

from __future__ import annotations

import dataclasses
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl

from milepost.formats.write import appearance
from milepost.formats.write.export_writer import ExportWriter
from milepost.model.ahead import ahead
from milepost.model.columns import Kind
from milepost.model.exceptions import UsageError
from milepost.model.export import COLUMNS, ExportColumn, ExportJob, Filters, Period, Provider, Selection, span
from milepost.model.tracked import TYPES
from milepost.steps.identify import named
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import read_store
from milepost.stores.port import Tables

_ROWS_AT_A_TIME = 12_000


def export(database: str, target: str | Path | BinaryIO, job: ExportJob, *, now: datetime | None = None) -> int:
    """Writes what `job` asks for from the store at `database` to `target`, and returns how many rows there are.

    A file appears whole or not at all; a stream is left open. Memory does not grow with the number of rows. `now` is
    what periods are counted back from unless the job says it; the clock's unless given.

    Raises StoreError when there is no store, UsageError for unknown columns and for filters by unknown names, FileError
    when `target` cannot be written, or lacks a character of what is to be written.
    """
    columns = _columns(job)
    with read_store(database) as tables:
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
    with read_store(database) as tables:
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
