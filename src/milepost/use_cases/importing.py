"""The import on one page: its inputs and outputs, the results of the engine, and the report."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from milepost import settings
from milepost.engines.local import engine
from milepost.formats.read import decode
from milepost.formats.write.export_writer import ExportWriter, changes_writer
from milepost.formats.write.rejects import RejectsWriter
from milepost.model import phases
from milepost.model.batch import FINDINGS, Batch
from milepost.model.columns import STORED_AS
from milepost.model.exceptions import ExpectationError, UsageError
from milepost.model.job import MEMORY, Job, Limited, Mode
from milepost.model.phases import Progress
from milepost.model.reports import Digest, Report, configuration_part
from milepost.model.wording import Note
from milepost.steps import compare, summarize
from milepost.steps.identify import Resolver
from milepost.steps.interpret.instants import FormatWatch
from milepost.steps.order import Context, Judged, Lines, Partition
from milepost.stores import record, run_lines, supplies, tracked_rows, undos
from milepost.stores.lookups import StoredReferences
from milepost.stores.port import Patience, Tables
from milepost.use_cases import spreading, template
from milepost.use_cases.kept import KEPT_FOR, CheckWriter
from milepost.use_cases.late_findings import LateFindings
from milepost.use_cases.line_origins import Mending
from milepost.use_cases.spreading import LOCAL, Spread


@template.planned_again
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
    batch_rows: int | None = None,
    progress: Progress | None = None,
    name: str | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
    actor: str | None = None,
    keep: str | Path | None = None,
    keep_for: timedelta = KEPT_FOR,
    engine: str = LOCAL,
    cores: int | None = None,
    scratch: str | Path | None = None,
) -> Report:
    """Imports `file` into the consolidated tracking of the store at `database`.

    `file` is the path of a CSV file or a spreadsheet; an open binary file or another stream of bytes; or a table (a
    Polars frame, lazy or not, a pandas frame, an Arrow table or reader) with the column names of an import file.
    `database` is an SQLite file, or the URL of one or of a PostgreSQL database. `dry_run` checks: it does all the work
    and writes nothing to the store.
    `rejects` is the target of rejected rows, with the reasons; `changes` that of the list of changed values: a file
    that ends in `.csv`, `.jsonl` or `.xlsx`, or a stream, which gets CSV. `expect` is the digest of a plan
    (`Report.digest`): only this plan is carried out, whatever limits it passes. `now` is the instant at which the run
    begins, in any zone; by default the clock's. `batch_rows` is the number of records in memory at a time, which
    changes no result; by default it goes by `Job.memory`. `name` is the file's name in the record of the run. `wait` is
    the number of seconds to wait for another run that writes to the store; `waiting` is called with a sentence when the
    wait begins. `actor` is who imports; by default the user of the operating system. `keep` is a folder in which a
    check is kept for `keep_for`, with its findings and changes; `kept_check` reads it by `Report.kept`. `engine` is who
    does the work: `local`, this process; `sail`, a server that this call starts and ends; or `sc://host:port`, a server
    that speaks Spark Connect. The last two do `cores` tasks at a time, by default as many as this machine has cores, or
    8 on a server, and keep files in the folder `scratch`, by default that of temporary files; all machines must see it
    under the same path. The engine changes no result.

    Returns the report. If the plan passes a limit of the job, nothing is done, and `Report.held` names the limits.
    Raises a `MilepostError` if nothing could be done, ExpectationError if the plan is not the expected one; the store
    is then unchanged.
    """
    if keep is not None and not dry_run:
        raise UsageError("Only a check can be kept: give dry_run=True.")
    spreading.judge(engine, cores, scratch)
    job = job or Job()
    configuration = settings.write(dataclasses.replace(job, limits={}, min_rows=0, memory=MEMORY))
    expected = None if expect is None else _expected(expect, configuration)

    rows_at_a_time = template.batch_rows(job.memory) if batch_rows is None else batch_rows

    def opened(stack: ExitStack, on_bytes: Callable[[int, int | None], None] | None = None) -> decode.Decoded:
        return stack.enter_context(template.open_tracking(source, job, rows_at_a_time, on_bytes))

    with ExitStack() as stack:
        is_read_twice = rejects is not None and job.mode is Mode.PATCH
        source = decode.repeatable(file, stack) if is_read_twice else file
        read = template.ReadBytes(progress)
        decoded = opened(stack, read)
        work = _Import(
            decoded,
            read,
            job,
            template.instant(now),
            name or decoded.name,
            template.silent(progress),
            configuration,
            expected,
            rows_at_a_time,
            rejects=template.open_rejects(stack, rejects, source, decoded, job.parameters),
            changes=None if changes is None else stack.enter_context(changes_writer(changes, raw=job.reading.raw)),
            kept=None if keep is None else stack.enter_context(closing(CheckWriter(keep, keep_for))),
            spread=None if engine == LOCAL else stack.enter_context(spreading.begun(engine, cores, scratch)),
        )
        if is_read_twice:
            work.late = LateFindings(stack, lambda: opened(stack).batches())
        if dry_run:
            return template.check(database, lambda tables: work.carry_out(tables, None))

        def begin(tables: Tables) -> int:
            return record.begin(tables, undos.IMPORT, work.name, work.now, actor, configuration=settings.write(job))

        return template.run(database, work.carry_out, begin, record.finish, Patience(wait, waiting), work.say)


def _expected(text: str, configuration: str) -> Digest:
    """The expected digest; raises ExpectationError if it has a different configuration."""
    expected = Digest.parse(text)
    if expected.configuration != configuration_part(configuration):
        raise ExpectationError(_CHANGED.format("the configuration"))
    return expected


_CHANGED = "The plan has changed since it was checked: {} differs. Nothing was done. Check again: milepost check."


@dataclass(slots=True)
class _Import:
    """One import, from the first batch to the report."""

    decoded: decode.Decoded
    read: template.ReadBytes
    job: Job
    now: datetime
    name: str
    say: Progress
    configuration: str
    expected: Digest | None
    batch_rows: int
    rejects: RejectsWriter | None
    changes: ExportWriter | None
    kept: CheckWriter | None
    late: LateFindings | None = None
    spread: Spread | None = None
    """Where the steps are run; None: here."""
    _clock: float = field(default_factory=time.monotonic)
    digest: summarize.PlanDigest = field(init=False)
    watch: FormatWatch = field(init=False)
    fractions: summarize.FractionWatch = field(init=False)
    tally: summarize.Tally = field(init=False)

    def __post_init__(self) -> None:
        layout = self.decoded.layout
        self.watch = FormatWatch(layout, self.job.parameters.date_time_format)
        self.fractions = summarize.FractionWatch(self.job.parameters.progression_unit)
        self.tally = summarize.Tally([name for name in STORED_AS if name in layout.lacking])
        self.digest = summarize.PlanDigest()

    def carry_out(self, tables: Tables, number: int | None) -> Report:
        """Does all the work in one transaction; without a number, as a check."""
        if number is not None and self.rejects is not None:
            self.rejects.name_run(number)
        references, fetch = supplies.of_tables(tables)
        with closing(Mending(tables)) as mending:
            taker = _Taker(self, tables, number, references, mending)
            if self.spread is None:
                self._run_here(taker, fetch)
            else:
                self._run_elsewhere(self.spread, taker)
            if number is not None:
                mending.keep(number)
        report = self._report(number, mending, tables)
        self._require_expected(report)
        if self.rejects is not None and self.late is not None:
            self.late.write(self.rejects)
        for writer in (self.rejects, self.changes):
            if writer is not None:
                writer.commit()
        if self.kept is not None:
            report = dataclasses.replace(report, kept=self.kept.id)
            self.kept.commit(report)
        return report

    def _run_here(self, taker: _Taker, fetch: engine.Fetch) -> None:
        layout = self.decoded.layout
        used = {column.name for column in layout.columns}
        resolver = Resolver(taker.references, used, self.job.memory, part_read=self.read.part, former=self.job.former)
        engine.run(
            self._watched(),
            Context(layout, self.job, self.now, resolver),
            fetch,
            taker.take_lines,
            taker.take_partition,
            taker.begin_planning,
            is_writing=taker.number is not None,
        )

    def _run_elsewhere(self, spread: Spread, taker: _Taker) -> None:
        from milepost.engines.spark import spark_engine

        receiver = spark_engine.Receiver(
            self.watch, self.fractions, self.read.elsewhere, taker.take_judged, taker.begin_planning, taker.take_counted
        )
        shared = spread.shared(
            self.decoded.layout,
            self.job,
            self.now,
            taker.tables,
            batch_rows=self.batch_rows,
            is_writing=taker.number is not None,
            keeps_records=self.rejects is not None and self.late is None,
            keeps_changes=self.is_listing,
        )
        spark_engine.run(spread.cluster, shared, self.decoded, taker.references, receiver, part_read=self.read.part)

    @property
    def is_listing(self) -> bool:
        """Whether somebody wants to know each change."""
        return self.changes is not None or self.kept is not None

    def _watched(self) -> Iterator[Batch]:
        for batch in self.decoded.batches():
            self.watch.observe(batch)
            yield batch

    def _require_expected(self, report: Report) -> None:
        if self.expected is None or report.digest == str(self.expected):
            return
        is_same_file = Digest.parse(report.digest or "").file == self.expected.file
        raise ExpectationError(_CHANGED.format("the store" if is_same_file else "the file"))

    def _report(self, number: int | None, mending: Mending, tables: Tables) -> Report:
        self.tally.add_rows(rows=self.decoded.skipped, skipped=self.decoded.skipped)
        sha256, plan, layout = self.decoded.sha256, self.digest.hexdigest(), self.decoded.layout
        report = Report(
            run=number,
            file=self.name,
            sha256=sha256,
            dry_run=number is None,
            **self.tally.counted(),
            headers=self.decoded.headers,
            seconds=round(time.monotonic() - self._clock, 3),
            started_at=self.now,
            notes=(
                *self.job.notes,
                *self.decoded.notes,
                *mending.notes,
                *(Note(sentence, "lacking-columns") for sentence in self.tally.resets(self.job.mode)),
                *(Note(sentence, "lacking-columns") for sentence in summarize.lacking_identifiers(layout.lacking)),
                *(Note(sentence, "date-format") for sentence in self.watch.suggestions()),
                *(Note(sentence, "progression-unit") for sentence in self.fractions.suggestions()),
            ),
            changes=self.tally.changes(),
            digest=str(Digest.of(sha256, self.configuration, plan)),
            mends=mending.run,
        )
        if self.expected is not None:
            return report
        return dataclasses.replace(report, held=summarize.passed_limits(report, *self._limits(tables)))

    def _limits(self, tables: Tables) -> tuple[Job, int | None]:
        """The job with the limits of this file, and the rows of the import before. A rejects file may have few rows."""
        job, limits = self.job, dict(self.job.limits)
        if self.decoded.layout.added:
            limits.pop(Limited.SHRUNK, None)
            job = dataclasses.replace(job, limits=limits, min_rows=0)
        part = configuration_part(self.configuration)
        return job, run_lines.rows_before(tables, part) if Limited.SHRUNK in limits else None


@dataclass(slots=True)
class _Taker:
    """Takes the results of an engine for an import."""

    work: _Import
    tables: Tables
    number: int | None
    references: StoredReferences
    mending: Mending
    _lines: int = 0
    """How many of the accepted lines are planned."""

    def take_lines(self, lines: Lines) -> None:
        """Takes a batch of lines of this process."""
        self.work.fractions.observe(lines)
        self.take_judged(Judged.of(lines))

    def take_judged(self, judged: Judged) -> None:
        """Takes lines, of which everything else was noticed where they were judged."""
        self.mending.take(judged.records)
        self.work.tally.add_rows(rows=judged.rows, rejected=judged.rejected)
        self._record(judged.findings)
        if self.work.rejects is not None and self.work.late is None:
            self.work.rejects.write(judged.records, judged.findings.select(list(FINDINGS)))

    def begin_planning(self) -> None:
        """Tells that all lines are taken."""
        self._say_planned(0)

    def take_partition(self, partition: Partition) -> None:
        """Takes a partition of this process."""
        self.work.digest.add_plan(partition.planned)
        self.work.tally.add_partition(partition)
        self._take_planned(partition, partition.rows.height)

    def take_counted(
        self, partition: Partition, lines: int, tally: Sequence[Any], digest: Mapping[str, Sequence[int]]
    ) -> None:
        """Takes a partition of so many lines, with the states of a tally and a digest from where it was planned."""
        self.work.digest.add(digest)
        self.work.tally.add(tally)
        self._take_planned(partition, lines)

    def _take_planned(self, partition: Partition, lines: int) -> None:
        self._record(partition.findings)
        self._say_planned(lines)
        if self.work.is_listing and not partition.compared.is_empty():
            listed = compare.listed(partition.compared, self.references.in_words(partition.compared))
            if self.work.changes is not None:
                self.work.changes.write(listed)
            if self.work.kept is not None:
                self.work.kept.add("changes", listed)
        if self.number is not None and not partition.planned.is_empty():
            tracked_rows.apply(self.tables, partition.planned, partition.days, self.number)

    def _say_planned(self, lines: int) -> None:
        self._lines += lines
        phase = phases.PLANNING if self.number is None else phases.STORING
        self.work.say(phase, self._lines, self.work.tally.accepted)

    def _record(self, findings: pl.DataFrame) -> None:
        if findings.is_empty():
            return
        self.work.tally.add_findings(findings)
        self.work.digest.add_findings(findings)
        if self.work.late is not None:
            self.work.late.add(findings)
        if self.work.kept is not None:
            self.work.kept.add("findings", findings)
        if self.number is not None:
            record.record_findings(self.tables, self.number, findings)
