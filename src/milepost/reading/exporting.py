"""The export on one page: a selection of rows; typed frames; a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl

from milepost.formats.write import appearance
from milepost.formats.write.export_writer import ExportWriter
from milepost.model.ahead import ahead
from milepost.model.columns import Kind, Status
from milepost.model.export import ExportColumn, ExportJob, Filters, Mark, Period, Provider, Selection, of_three, span
from milepost.reading.export_values import columns_of, completed, schema_of
from milepost.steps.identify import named
from milepost.steps.identify.named import Named
from milepost.stores import export_marks
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import read_store, write_store
from milepost.stores.port import Patience, Tables

_ROWS_AT_A_TIME = 12_000


def export(database: str, target: str | Path | BinaryIO, job: ExportJob, *, now: datetime | None = None) -> int:
    """Writes what `job` asks for from the store at `database` to `target`, and returns how many rows there are.

    A file appears whole or not at all; a stream is left open. Memory does not grow with the number of rows. `now` is
    what periods are counted back from unless the job says it; the clock's unless given. An export of what is new
    (`ExportJob.is_delta`) that succeeds is where the next one with its GUID begins.

    Raises StoreError when there is no store, UsageError for unknown columns and for filters by unknown names, FileError
    when `target` cannot be written, or lacks a character of what is to be written.
    """
    now = now or datetime.now(UTC)
    rows, mark = written(database, target, job, now)
    keep_mark(database, job, mark, now)
    return rows


def written(database: str, target: str | Path | BinaryIO, job: ExportJob, now: datetime) -> tuple[int, Mark | None]:
    """Writes as `export` does; returns how many rows there are, and, if it is about what is new, where it began.

    The store does not keep where: call `keep_mark` when the file is where it belongs.
    """
    columns = columns_of(job)
    with read_store(database) as tables:
        # Before anything is written: a filter may have an unknown name.
        selection = selection_of(tables, job, now)
        mark = export_marks.current(tables) if job.is_delta else None
        frames = tables.export(selection, schema_of(columns), _ROWS_AT_A_TIME)
        with (
            ExportWriter(target, columns, job.appearance) as writer,
            ahead(frames) if tables.is_server else nullcontext(frames) as parts,
        ):
            rows = 0
            for frame in parts:
                writer.write(completed(frame, columns, job.appearance))
                rows += frame.height
            writer.commit()
    return rows, mark


def keep_mark(
    database: str, job: ExportJob, mark: Mark | None, now: datetime, patience: Patience | None = None
) -> None:
    """Makes `mark` the beginning of the next export with the GUID of `job`, if that is about what is new."""
    if mark is not None and job.guid is not None:
        with write_store(database, patience) as tables:
            export_marks.put(tables, job.guid, job.provider, mark, int(now.timestamp()))


def losses(job: ExportJob) -> tuple[str, ...]:
    """What an import of the file that `job` writes could not read back as it is stored, a sentence each."""
    return appearance.losses(columns_of(job), job.appearance)


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
    columns = columns_of(job)
    with read_store(database) as tables:
        selection = selection_of(tables, job, now or datetime.now(UTC))
        return in_one(tables.export(selection, schema_of(columns)), columns)


def in_one(parts: Iterable[pl.DataFrame], columns: Sequence[ExportColumn]) -> pl.DataFrame:
    """The rows of an export as one frame, with its instants in UTC."""
    frame = pl.concat([pl.DataFrame(schema=schema_of(columns)), *parts])
    instants = [one.name for one in columns if one.kind is Kind.DATETIME]
    return frame.with_columns(pl.from_epoch(pl.col(instants), time_unit="s").dt.replace_time_zone("UTC"))


def selection_of(tables: Tables, job: ExportJob, now: datetime) -> Selection:
    """What `job` asks the store for. Raises UsageError for a name that nothing has, with the nearest ones."""
    filters, period, references = job.filters, job.period, StoredReferences(tables)
    covered = None if period is None else span(period, job.appearance.time_zone, now)

    def ids(*asked: tuple[Named, Sequence[str]]) -> tuple[int, ...] | None:
        found = [set(named.every(references, what, names)) for what, names in asked if names]
        return tuple(sorted(set.intersection(*found))) if found else None

    def texts(table: str, column: str, asked: Sequence[str]) -> tuple[str, ...] | None:
        return named.alike(references, table, column, asked) if asked else None

    selection = Selection(
        job.provider,
        trainings=ids(
            (named.TRAINING, filters.trainings),
            (named.TRAINING_PATH_CODE, filters.training_path_codes),
            (named.TRAINING_GUID, filters.training_guids),
        ),
        sessions=ids(
            (named.SESSION, filters.sessions),
            (named.SESSION_TITLE, filters.session_titles),
            (named.SESSION_GUID, filters.session_guids),
        ),
        learners=ids((named.LEARNER, filters.learners)),
        modalities=texts("training", "modality", filters.modalities),
        statuses=_statuses(filters),
        span=covered,
        training_statuses=texts("training", "status", filters.training_statuses),
        training_publishers=texts("training", "publisher", filters.training_publishers),
        publishers=texts("learning_object_version", "publisher", filters.publishers),
        is_launched=filters.without_launch_time is False,
        since=export_marks.last(tables, job.guid, job.provider) if job.is_delta and job.guid is not None else None,
    )
    return selection if period is None else dataclasses.replace(selection, mode=period.mode)


def _statuses(filters: Filters) -> tuple[str, ...] | None:
    """The statuses of the rows; of three of them, each has others below it."""
    wanted = [status for status in Status if not filters.statuses or status in filters.statuses]
    if filters.report_statuses:
        wanted = [status for status in wanted if of_three(status) in filters.report_statuses]
    return tuple(wanted) if filters.statuses or filters.report_statuses else None
