"""The import on one page: decode, interpret, join, judge, keep; then plan, store, summarize."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow as pa
from sqlalchemy.engine import Connection

from milepost import catalogue, config
from milepost.database import runs
from milepost.database.store import Access, Store, open_store
from milepost.formats.rejects import RejectsWriter
from milepost.model.batch import FINDINGS, Batch
from milepost.model.columns import TRACKING, VALUE_COLUMNS
from milepost.model.exceptions import MilepostError, StoreError, UsageError
from milepost.model.job import Job, Mode, Parameters, Reading, Report
from milepost.steps import decode, interpret, judge, keep, load, plan, store, summarize
from milepost.steps.interpret.watch import FormatWatch
from milepost.steps.join import Linker

BATCH_ROWS = 50_000
"""How many records are in Python's memory at a time."""

Progress = Callable[[str, int, int | None], None]
"""Called with a phase, how much of it is done, and how much there is of it; None where that is not known."""

COMMITTING = "committing"
"""The last phase. An interruption before it undoes everything; once it has begun, the import is as good as done."""

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
    batch_rows: int = BATCH_ROWS,
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
                on_bytes=_reading(progress),
            )
        )
        run = _Run(decoded, job, now or datetime.now(UTC), name or decoded.name, progress)
        run.rejects = _open_rejects(stack, rejects, source, decoded, job.parameters)
        opened = stack.enter_context(open_store(database, Access.READ if dry_run else Access.WRITE))
        if dry_run:
            with opened.read() as connection:
                return run.carry_out(connection, None)
        with _recorded(opened, _KIND, run.name, config.write(job), run.now) as number, opened.write() as connection:
            report = run.carry_out(connection, number)
            runs.finish(connection, report)
            run.say(COMMITTING, 0, None)
        return report


def load_file(
    kind: str,
    file: str | Path | pl.DataFrame | pa.Table,
    database: str,
    reading: Reading | None = None,
    parameters: Parameters | None = None,
    *,
    rejects: str | Path | BinaryIO | None = None,
    now: datetime | None = None,
    batch_rows: int = BATCH_ROWS,
    progress: Progress | None = None,
    name: str | None = None,
) -> Report:
    """Creates or updates reference data of one of `catalogue.KINDS` from `file`.

    `reading` is CSV with commas in UTF-8 unless given. The other arguments, the report and the errors are those of
    `import_file`.
    """
    known = catalogue.KINDS.get(kind)
    if known is None:
        raise UsageError(f'"{kind}" is no kind of reference data. The kinds are: {", ".join(catalogue.KINDS)}.')
    source = Path(file) if isinstance(file, str) else file
    reading, parameters = reading or Reading(delimiter=","), parameters or Parameters()
    now = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    clock = time.monotonic()

    def opening(on_bytes: Callable[[int, int | None], None] | None) -> AbstractContextManager[decode.Decoded]:
        return decode.open_file(source, reading, known.vocabulary, batch_rows=batch_rows, on_bytes=on_bytes)

    with ExitStack() as stack:
        decoded = stack.enter_context(opening(_reading(progress)))
        writer = _open_rejects(stack, rejects, source, decoded, parameters)
        opened = stack.enter_context(open_store(database, Access.WRITE))
        name = name or decoded.name
        with _recorded(opened, kind, name, None, now) as number, opened.write() as connection:
            loading = stack.enter_context(load.Loading(connection, known, decoded.layout))
            for batch in decoded.batches():
                interpreted = interpret.interpret(batch, decoded.layout, parameters)
                loading.keep(interpreted, interpret.ragged(batch, decoded.layout))
            if progress:
                progress("storing", 0, None)
            outcome = loading.finish()
            columns = tuple(column.name for column in known.vocabulary.columns)
            for findings in loading.findings():
                runs.record_findings(connection, number, keep.placed(findings, columns))
            report = _load_report(number, name, decoded, outcome, clock, now)
            runs.finish(connection, report)
            if writer is not None:
                _write_rejects(writer, stack.enter_context(opening(None)), loading)
            if progress:
                progress(COMMITTING, 0, None)
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
        self.say("planning", 0, None)
        plan.plan(connection, keep.staged, self.now)
        for superseded in plan.superseded(connection, keep.staged):
            keeper.keep_findings(keep.placed(superseded, _COLUMNS))
        report = self._report(connection, number)
        if number is not None:
            self.say("storing", 0, None)
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


def _load_report(
    number: int, name: str, decoded: decode.Decoded, outcome: load.Outcome, clock: float, now: datetime
) -> Report:
    return Report(
        run=number,
        file=name,
        sha256=decoded.sha256,
        dry_run=False,
        rows=outcome.rows,
        created=outcome.created,
        updated=outcome.updated,
        unchanged=outcome.unchanged,
        deleted=0,
        superseded=outcome.superseded,
        rejected=outcome.rejected,
        findings=outcome.codes,
        seconds=round(time.monotonic() - clock, 3),
        started_at=now,
        notes=decoded.notes,
        examples=outcome.examples,
    )


def _write_rejects(writer: RejectsWriter, decoded: decode.Decoded, loading: load.Loading) -> None:
    """Reads the file once more for its rejected rows, since what becomes of a row is known only after the last."""
    for batch in decoded.batches():
        lines = [*batch.cells["line"].head(1), *batch.cells["line"].tail(1), *(one.line for one in batch.ragged)]
        if lines:
            writer.write(batch, pl.concat(loading.findings(min(lines), max(lines))))
    writer.commit()


def _reading(progress: Progress | None) -> Callable[[int, int | None], None] | None:
    return None if progress is None else lambda done, total: progress("reading", done, total)


def _open_rejects(
    stack: ExitStack,
    target: str | Path | BinaryIO | None,
    source: Path | pl.DataFrame | pa.Table,
    decoded: decode.Decoded,
    parameters: Parameters,
) -> RejectsWriter | None:
    """Where rejected rows go, opened before anything else is done."""
    if target is None:
        return None
    target = Path(target) if isinstance(target, str) else target
    origin = source if isinstance(source, Path) else None
    writer = RejectsWriter(target, decoded.layout, decoded.delimiter, decoded.encoding, parameters, source=origin)
    return stack.enter_context(writer)


@contextmanager
def _recorded(opened: Store, kind: str, file: str, configuration: str | None, now: datetime) -> Iterator[int]:
    """Enters a run in a transaction of its own, and what became of it if it fails."""
    with opened.write() as connection:
        number = runs.begin(connection, kind=kind, file=file, configuration=configuration, started_at=now)
    try:
        yield number
    except BaseException as error:
        state = runs.State.INTERRUPTED if isinstance(error, KeyboardInterrupt) else runs.State.FAILED
        # Without the details of an unforeseen error: they may hold what stands in the file.
        why = str(error) if isinstance(error, MilepostError) else type(error).__name__
        # Where even that cannot be written, the run shows as interrupted, and the first error is the one to tell.
        with suppress(StoreError), opened.write() as connection:
            runs.fail(connection, number, state, why)
        raise
