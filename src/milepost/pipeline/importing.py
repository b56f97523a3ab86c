"""The import on one page: decode, interpret, join, judge, keep; then plan, store, summarize."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow as pa
from sqlalchemy.engine import Connection

from milepost import config
from milepost.database import runs
from milepost.database.store import Access, open_store
from milepost.formats.rejects import RejectsWriter
from milepost.model import progress as phases
from milepost.model.batch import FINDINGS, Batch
from milepost.model.columns import TRACKING, VALUE_COLUMNS
from milepost.model.job import Job, Mode, Report
from milepost.model.progress import Progress
from milepost.pipeline import running
from milepost.steps import decode, interpret, judge, keep, plan, store, summarize
from milepost.steps.interpret.watch import FormatWatch
from milepost.steps.join import Linker

_COLUMNS = tuple(column.name for column in TRACKING.columns)
_KIND = "tracking"


def import_file(
    file: str | Path | pl.DataFrame | pa.Table,
    database: str,
    job: Job | None = None,
    *,
    dry_run: bool = False,
    rejects: str | Path | BinaryIO | None = None,
    now: datetime | None = None,
    batch_rows: int = running.BATCH_ROWS,
    progress: Progress | None = None,
    name: str | None = None,
) -> Report:
    """Imports `file` into the consolidated tracking of the store at `database`.

    `file` is the path of a CSV file or a spreadsheet, or a Polars or Arrow table whose columns are named as those of
    an import file. `database` is an SQLite file or its URL. `dry_run` finds out everything and writes nothing.
    `rejects` is where the rejected rows go, with the reasons. `now` is the instant at which the run begins, in any
    zone; the clock's unless given. `batch_rows` bounds memory and changes no result. `name` is what the run's record
    calls the file.

    Returns the report. Raises a `MilepostError` when nothing could be done; the store is then as it was before.
    """
    job = job or Job()
    source = Path(file) if isinstance(file, str) else file
    with ExitStack() as stack:
        decoded = stack.enter_context(
            decode.open_file(
                source,
                job.reading,
                TRACKING,
                fields=job.fields,
                mandatory=job.mandatory,
                batch_rows=batch_rows,
                on_bytes=running.reading(progress),
            )
        )
        run = _Run(decoded, job, now or datetime.now(UTC), name or decoded.name, progress)
        run.rejects = running.open_rejects(stack, rejects, source, decoded, job.parameters)
        opened = stack.enter_context(open_store(database, Access.READ if dry_run else Access.WRITE))
        if dry_run:
            with opened.read() as connection:
                return run.carry_out(connection, None)
        with (
            running.recorded(opened, _KIND, run.name, config.write(job), run.now) as number,
            opened.write() as connection,
        ):
            report = run.carry_out(connection, number)
            runs.finish(connection, report)
            run.say(phases.COMMITTING, 0, None)
        return report


class _Run:
    """One import, from the first batch to the report."""

    def __init__(self, decoded: decode.Decoded, job: Job, now: datetime, name: str, progress: Progress | None) -> None:
        self.decoded = decoded
        self.job = job
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.name = name
        self.rejects: RejectsWriter | None = None
        self.say = progress or (lambda _phase, _done, _total: None)
        self._clock = time.monotonic()
        self._watch = FormatWatch(decoded.layout, job.parameters.date_time_format)
        self._rows = 0
        self._rejected = 0

    def carry_out(self, connection: Connection, number: int | None) -> Report:
        """Does everything in the transaction of `connection`; without a number, as a check."""
        linker, keeper = Linker(connection), keep.Keeper(connection)
        for batch in self.decoded.batches():
            self._take(batch, linker, keeper)
        self.say(phases.PLANNING, 0, None)
        plan.plan(connection, keep.staged, self.now)
        for superseded in plan.superseded(connection, keep.staged):
            keeper.keep_findings(keep.placed(superseded, _COLUMNS))
        report = self._report(connection, number)
        if number is not None:
            self.say(phases.STORING, 0, None)
            store.store(connection, plan.planned, keep.staged_finding, number)
        if self.rejects is not None:
            self.rejects.commit()
        return report

    def _take(self, batch: Batch, linker: Linker, keeper: keep.Keeper) -> None:
        """One batch, from text to the staging table."""
        self._watch.observe(batch)
        interpreted = interpret.interpret(batch, self.decoded.layout, self.job.parameters)
        linked = linker.link(interpreted.values)
        stored = linker.stored(linked.targets) if self.job.mode is Mode.PATCH else None
        judged = judge.judge(interpreted, stored, linked.targets, self.job, self.now)
        ragged = interpret.ragged(batch, self.decoded.layout)
        findings = keep.placed(pl.concat([ragged, interpreted.findings, linked.findings, judged.findings]), _COLUMNS)
        rejected = keep.rejected_lines(findings)
        accepted = ~judged.rows["line"].is_in(rejected.implode())
        keeper.keep(judged.rows.filter(accepted), linked.targets.filter(accepted))
        keeper.keep_findings(findings)
        if self.rejects is not None:
            self.rejects.write(batch, findings.select(list(FINDINGS)))
        self._rows += batch.rows
        self._rejected += len(rejected)

    def _report(self, connection: Connection, number: int | None) -> Report:
        outcomes = summarize.outcomes(connection, keep.staged, plan.planned)
        counts, examples = summarize.findings(connection, keep.staged_finding)
        layout = self.decoded.layout
        lacking = {name: keep.STORED_AS[name] for name in VALUE_COLUMNS if name in layout.lacking}
        return Report(
            run=number,
            file=self.name,
            sha256=self.decoded.sha256,
            dry_run=number is None,
            rows=self._rows,
            created=outcomes.created,
            updated=outcomes.updated,
            unchanged=outcomes.unchanged,
            deleted=outcomes.deleted,
            superseded=outcomes.superseded,
            rejected=self._rejected,
            findings=counts,
            seconds=round(time.monotonic() - self._clock, 3),
            started_at=self.now,
            notes=(
                *self.job.notes,
                *self.decoded.notes,
                *summarize.resets(connection, plan.planned, lacking, self.job.mode),
                *self._watch.suggestions(),
            ),
            examples=examples,
        )
