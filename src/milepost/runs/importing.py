"""The import on one page: decode, interpret, join, judge, keep; then plan, store, summarize."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl
from sqlalchemy.engine import Connection

from milepost import config
from milepost.formats.read import decode
from milepost.formats.write.change_list import ChangesWriter
from milepost.formats.write.rejects import RejectsWriter
from milepost.model import progress as phases
from milepost.model.ahead import ahead
from milepost.model.batch import FINDINGS, Batch, Interpreted
from milepost.model.columns import STORED_AS, TRACKING
from milepost.model.digest import Digest, configuration_part
from milepost.model.exceptions import ExpectationError
from milepost.model.job import Job, Mode, Report
from milepost.model.progress import Progress
from milepost.runs import mending, running
from milepost.steps import (
    book,
    compare,
    digest,
    interpret,
    judge,
    keep,
    limits,
    listing,
    merge,
    plan,
    store,
    summarize,
)
from milepost.steps.interpret.watch import FormatWatch
from milepost.steps.join import Linker
from milepost.stores import record as runs
from milepost.stores import tracked, tracking_log, undos
from milepost.stores.described import Described
from milepost.stores.opening import Access, open_store
from milepost.stores.sql.dialect import Patience

_COLUMNS = tuple(column.name for column in TRACKING.columns)


def import_file(
    file: decode.File,
    database: str,
    job: Job | None = None,
    *,
    dry_run: bool = False,
    rejects: str | Path | BinaryIO | None = None,
    changes: str | Path | BinaryIO | None = None,
    expect: str | None = None,
    now: datetime | None = None,
    batch_rows: int = running.BATCH_ROWS,
    progress: Progress | None = None,
    name: str | None = None,
    wait: float = running.PATIENCE,
    waiting: Callable[[str], None] | None = None,
    actor: str | None = None,
) -> Report:
    """Imports `file` into the consolidated tracking of the store at `database`.

    `file` is the path of a CSV file or a spreadsheet; an open binary file or another stream of bytes; or a table (a
    Polars frame, lazy or not, a pandas frame, an Arrow table or reader) whose columns are named as those of an import
    file. `database` is an SQLite file, or the URL of one or of a PostgreSQL database. `dry_run` finds out
    everything and writes nothing.
    `rejects` is where the rejected rows go, with the reasons; `changes` where every change of a stored value is listed:
    a file that ends in `.csv`, `.jsonl` or `.xlsx`, or a stream, which gets CSV. `expect` is the digest of the plan
    (`Report.digest`) that alone is to be carried out, whatever limits it passes. `now` is the instant at which the run
    begins, in any zone; the clock's unless given. `batch_rows` bounds memory and changes no result. `name` is what the
    run's record calls the file. `wait` is how many seconds to wait for another run that writes to the store, and
    `waiting` is told, in a sentence, when the wait begins. `actor` is who imports it: the user of the operating system
    unless given.

    Returns the report. When the plan passes a limit of the job, nothing is done, and `Report.held` says so. Raises a
    `MilepostError` when nothing could be done, ExpectationError when the plan is not the expected one; the store is
    then as it was before.
    """
    job = job or Job()
    configuration = config.write(dataclasses.replace(job, limits={}))
    expected = None if expect is None else _expected(expect, configuration)
    with ExitStack() as stack:
        decoded = stack.enter_context(
            decode.open_file(
                file,
                job.reading,
                TRACKING,
                fields=job.fields,
                mandatory=job.mandatory,
                batch_rows=batch_rows,
                on_bytes=running.reading(progress),
            )
        )
        run = _Run(decoded, job, now or datetime.now(UTC), name or decoded.name, progress)
        run.configuration, run.expected = configuration, expected
        run.rejects = running.open_rejects(stack, rejects, file, decoded, job.parameters)
        run.changes = running.open_changes(stack, changes, raw=job.reading.raw)
        access = Access.READ if dry_run else Access.WRITE
        opened = stack.enter_context(open_store(database, access, patience=Patience(wait, waiting)))
        if dry_run:
            with opened.read() as connection:
                return run.carry_out(connection, None)
        try:
            with (
                running.recorded(opened, undos.IMPORT, run.name, config.write(job), run.now, actor=actor) as number,
                opened.write() as connection,
            ):
                report = running.let_through(run.carry_out(connection, number))
                runs.finish(connection, report)
                run.say(phases.COMMITTING, 0, None)
        except running.Held as held:
            return held.report
        return report


def _expected(text: str, configuration: str) -> Digest:
    """The digest that is expected; raises ExpectationError when it is of another configuration."""
    expected = Digest.parse(text)
    if expected.configuration != configuration_part(configuration):
        raise ExpectationError(_CHANGED.format("the configuration"))
    return expected


_CHANGED = (
    "The plan is not the one that was expected: {} is another one now. Nothing was done. "
    "Look at what it would do now: milepost check."
)


class _Run:
    """One import, from the first batch to the report."""

    def __init__(self, decoded: decode.Decoded, job: Job, now: datetime, name: str, progress: Progress | None) -> None:
        self.decoded = decoded
        self.job = job
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.name = name
        self.rejects: RejectsWriter | None = None
        self.changes: ChangesWriter | None = None
        self.configuration = ""
        self.expected: Digest | None = None
        self.say = progress or (lambda _phase, _done, _total: None)
        self._clock = time.monotonic()
        self._watch = FormatWatch(decoded.layout, job.parameters.date_time_format)
        self._tally = summarize.Tally([name for name in STORED_AS if name in decoded.layout.lacking])
        self._digest = digest.PlanDigest()
        self._rows = 0
        self._kept = 0
        self._rejected = 0

    def carry_out(self, connection: Connection, number: int | None) -> Report:
        """Does everything in the transaction of `connection`; without a number, as a check."""
        linker = Linker(connection, {column.name for column in self.decoded.layout.positions})
        if number is not None and self.rejects is not None:
            self.rejects.name_run(number)
        with keep.Keeper() as keeper, mending.Mending(connection) as origin:
            with ahead(self._interpreted()) as batches:
                for batch, interpreted in batches:
                    origin.take(batch)
                    self._record(connection, number, self._take(batch, interpreted, linker, keeper))
            self.say(phases.STORING if number is not None else phases.PLANNING, 0, None)
            latest, described = plan.Latest(), Described(connection)
            for rows in keeper.rows():
                last, superseded = latest.take(rows)
                stored = tracked.find(connection, last)
                last, older = merge.merge(last, stored, self.job.merge, self.job.row_rule)
                findings = pl.concat([superseded, older])
                self._record(connection, number, keep.placed(findings, _COLUMNS))
                planned = plan.plan(last, stored, self.now)
                self._digest.add_plan(planned, superseded, older)
                self._tally.add_plan(planned)
                self._compare(planned, described)
                if number is not None:
                    self._store(connection, planned, number)
            if number is not None:
                origin.keep(number)
        report = self._report(number, origin)
        self._require_expected(report)
        for writer in (self.rejects, self.changes):
            if writer is not None:
                writer.commit()
        return report

    def _compare(self, planned: pl.DataFrame, described: Described) -> None:
        compared = compare.compare(planned)
        if compared.is_empty():
            return
        self._tally.add_changes(compare.counted_rows(compared), compare.counted_fields(compared))
        if self.changes is not None:
            self.changes.write(listing.listed(compared, described.in_words(compared)))

    def _store(self, connection: Connection, planned: pl.DataFrame, number: int) -> None:
        booked, days = book.book(connection, planned, self.job.parameters.time_zone, self.now)
        tracking_log.change(connection, days, number)
        store.store(connection, booked, number)

    def _require_expected(self, report: Report) -> None:
        if self.expected is None or report.digest == str(self.expected):
            return
        is_same_file = Digest.parse(report.digest or "").file == self.expected.file
        raise ExpectationError(_CHANGED.format("the store" if is_same_file else "the file"))

    def _interpreted(self) -> Iterator[tuple[Batch, Interpreted]]:
        for batch in self.decoded.batches():
            self._watch.observe(batch)
            yield batch, interpret.interpret(batch, self.decoded.layout, self.job.parameters)

    def _take(self, batch: Batch, interpreted: Interpreted, linker: Linker, keeper: keep.Keeper) -> pl.DataFrame:
        """One batch, from values to the rows that are kept. Gives the findings."""
        linked = linker.link(interpreted.values)
        stored = linker.stored(linked.targets) if self.job.mode is Mode.PATCH else None
        judged = judge.judge(interpreted, stored, linked.targets, self.job, self.now)
        ragged = interpret.ragged(batch, self.decoded.layout)
        findings = keep.placed(pl.concat([ragged, interpreted.findings, linked.findings, judged.findings]), _COLUMNS)
        rejected = keep.rejected_lines(findings)
        accepted = ~judged.rows["line"].is_in(rejected.implode())
        keeper.keep(judged.rows.filter(accepted), linked.targets.filter(accepted))
        if self.rejects is not None:
            self.rejects.write(batch, findings.select(list(FINDINGS)))
        self._rows += batch.rows
        self._kept += int(accepted.sum())
        self._rejected += len(rejected)
        self._digest.add_findings(findings)
        return findings

    def _record(self, connection: Connection, number: int | None, findings: pl.DataFrame) -> None:
        self._tally.add_findings(findings)
        if number is not None:
            runs.record_findings(connection, number, findings)

    def _report(self, number: int | None, origin: mending.Mending) -> Report:
        outcomes = self._tally.outcomes
        changes = self._tally.changes()
        report = Report(
            run=number,
            file=self.name,
            sha256=self.decoded.sha256,
            dry_run=number is None,
            rows=self._rows,
            created=outcomes[plan.Outcome.CREATED],
            updated=outcomes[plan.Outcome.UPDATED],
            unchanged=outcomes[plan.Outcome.UNCHANGED],
            deleted=outcomes[plan.Outcome.DELETED],
            superseded=self._kept - outcomes.total(),
            rejected=self._rejected,
            findings=self._tally.codes(),
            seconds=round(time.monotonic() - self._clock, 3),
            started_at=self.now,
            notes=(
                *self.job.notes,
                *self.decoded.notes,
                *origin.notes,
                *self._tally.resets(self.job.mode),
                *self._watch.suggestions(),
            ),
            examples=self._tally.examples(),
            changes=changes,
            digest=str(Digest.of(self.decoded.sha256, self.configuration, self._digest.hexdigest())),
            mends=origin.run,
        )
        is_let_through = self.expected is not None
        return report if is_let_through else dataclasses.replace(report, held=limits.passed(report, self.job.limits))
