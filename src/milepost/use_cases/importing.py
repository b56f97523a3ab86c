"""The import on one page: its inputs and outputs, the results of the engine, and the report."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import polars as pl

from milepost import settings
from milepost.engines.local import engine
from milepost.engines.local.sorting import Sorter
from milepost.formats.read import decode
from milepost.formats.write.export_writer import ExportWriter, changes_writer
from milepost.formats.write.rejects import RejectsWriter
from milepost.model import phases
from milepost.model.batch import FINDINGS, Batch, no_findings
from milepost.model.columns import STORED_AS
from milepost.model.exceptions import ExpectationError, UsageError
from milepost.model.job import MEMORY, Job, Limited, Mode
from milepost.model.phases import Progress
from milepost.model.reports import Digest, Report, configuration_part
from milepost.model.wording import Note
from milepost.steps import compare, summarize
from milepost.steps.identify import Resolver
from milepost.steps.interpret.instants import FormatWatch
from milepost.steps.order import Context, Lines, Partition
from milepost.stores import record, run_lines, tracked_rows, undos
from milepost.stores.lookups import StoredReferences
from milepost.stores.port import Patience, Tables
from milepost.use_cases import template
from milepost.use_cases.kept import KEPT_FOR, CheckWriter


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
    check is kept for `keep_for`, with its findings and changes; `kept_check` reads it by `Report.kept`.

    Returns the report. If the plan passes a limit of the job, nothing is done, and `Report.held` names the limits.
    Raises a `MilepostError` if nothing could be done, ExpectationError if the plan is not the expected one; the store
    is then unchanged.
    """
    if keep is not None and not dry_run:
        raise UsageError("Only a check can be kept: give dry_run=True.")
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
            rejects=template.open_rejects(stack, rejects, source, decoded, job.parameters),
            changes=None if changes is None else stack.enter_context(changes_writer(changes, raw=job.reading.raw)),
            kept=None if keep is None else stack.enter_context(closing(CheckWriter(keep, keep_for))),
        )
        if is_read_twice:
            work.late = _LateFindings(stack, lambda: opened(stack).batches())
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
    rejects: RejectsWriter | None
    changes: ExportWriter | None
    kept: CheckWriter | None
    late: _LateFindings | None = None
    _clock: float = field(default_factory=time.monotonic)
    _lines: int = 0
    """How many of the accepted lines are planned."""
    _digest: summarize.PlanDigest = field(init=False)
    _watch: FormatWatch = field(init=False)
    _fractions: summarize.FractionWatch = field(init=False)
    _tally: summarize.Tally = field(init=False)

    def __post_init__(self) -> None:
        layout = self.decoded.layout
        self._watch = FormatWatch(layout, self.job.parameters.date_time_format)
        self._fractions = summarize.FractionWatch(self.job.parameters.progression_unit)
        self._tally = summarize.Tally([name for name in STORED_AS if name in layout.lacking])
        self._digest = summarize.PlanDigest()

    def carry_out(self, tables: Tables, number: int | None) -> Report:
        """Does all the work in one transaction; without a number, as a check."""
        if number is not None and self.rejects is not None:
            self.rejects.name_run(number)
        layout, references = self.decoded.layout, StoredReferences(tables)
        used = {column.name for column in layout.columns}
        resolver = Resolver(references, used, self.job.memory, part_read=self.read.part, former=self.job.former)
        context = Context(layout, self.job, self.now, resolver)
        fetch = {
            "stored": lambda keys: tracked_rows.stored(tables, keys),
            "earlier": lambda keys: tracked_rows.earlier(tables, keys),
        }
        phase = phases.PLANNING if number is None else phases.STORING
        with closing(_Mending(tables)) as mending:
            engine.run(
                self._watched(),
                context,
                fetch,
                lambda lines: self._take_lines(lines, tables, number, mending),
                lambda partition: self._take_partition(partition, tables, number, references),
                lambda: self._planned(phase, 0),
                is_writing=number is not None,
            )
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

    def _watched(self) -> Iterator[Batch]:
        for batch in self.decoded.batches():
            self._watch.observe(batch)
            yield batch

    def _take_lines(self, lines: Lines, tables: Tables, number: int | None, mending: _Mending) -> None:
        mending.take(lines.batch)
        self._fractions.observe(lines)
        self._tally.add_rows(rows=lines.batch.rows, rejected=len(lines.rejected))
        self._record(lines.findings, tables, number)
        if self.rejects is not None and self.late is None:
            self.rejects.write(lines.batch, lines.findings.select(list(FINDINGS)))

    def _take_partition(
        self, partition: Partition, tables: Tables, number: int | None, references: StoredReferences
    ) -> None:
        self._record(partition.findings, tables, number)
        self._planned(phases.PLANNING if number is None else phases.STORING, partition.rows.height)
        self._digest.add_plan(partition.planned)
        self._tally.add_partition(partition)
        is_listed = self.changes is not None or self.kept is not None
        if is_listed and not partition.compared.is_empty():
            listed = compare.listed(partition.compared, references.in_words(partition.compared))
            if self.changes is not None:
                self.changes.write(listed)
            if self.kept is not None:
                self.kept.add("changes", listed)
        if number is not None:
            tracked_rows.apply(tables, partition.planned, partition.days, number)

    def _planned(self, phase: str, lines: int) -> None:
        self._lines += lines
        self.say(phase, self._lines, self._tally.accepted)

    def _record(self, findings: pl.DataFrame, tables: Tables, number: int | None) -> None:
        if findings.is_empty():
            return
        self._tally.add_findings(findings)
        self._digest.add_findings(findings)
        if self.late is not None:
            self.late.add(findings)
        if self.kept is not None:
            self.kept.add("findings", findings)
        if number is not None:
            record.record_findings(tables, number, findings)

    def _require_expected(self, report: Report) -> None:
        if self.expected is None or report.digest == str(self.expected):
            return
        is_same_file = Digest.parse(report.digest or "").file == self.expected.file
        raise ExpectationError(_CHANGED.format("the store" if is_same_file else "the file"))

    def _report(self, number: int | None, mending: _Mending, tables: Tables) -> Report:
        self._tally.add_rows(rows=self.decoded.skipped, skipped=self.decoded.skipped)
        sha256, plan, layout = self.decoded.sha256, self._digest.hexdigest(), self.decoded.layout
        report = Report(
            run=number,
            file=self.name,
            sha256=sha256,
            dry_run=number is None,
            **self._tally.counted(),
            headers=self.decoded.headers,
            seconds=round(time.monotonic() - self._clock, 3),
            started_at=self.now,
            notes=(
                *self.job.notes,
                *self.decoded.notes,
                *mending.notes,
                *(Note(sentence, "lacking-columns") for sentence in self._tally.resets(self.job.mode)),
                *(Note(sentence, "lacking-columns") for sentence in summarize.lacking_identifiers(layout.lacking)),
                *(Note(sentence, "date-format") for sentence in self._watch.suggestions()),
                *(Note(sentence, "progression-unit") for sentence in self._fractions.suggestions()),
            ),
            changes=self._tally.changes(),
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


class _LateFindings:
    """Findings in the order of their lines, for rejects whose reasons are known only at the end."""

    def __init__(self, stack: ExitStack, again: Callable[[], Iterator[Batch]]) -> None:
        """`again` reads the file once more."""
        self._again = again
        # What exceeds memory is in temporary files.
        self._sorter = Sorter("line")
        stack.callback(self._sorter.close)

    def add(self, findings: pl.DataFrame) -> None:
        self._sorter.add(findings.select(*FINDINGS))

    def write(self, writer: RejectsWriter) -> None:
        """Writes the rejected records of the file."""
        parts = self._sorter.rows()
        held = no_findings()
        for batch in self._again():
            last = max([*batch.cells["line"].tail(1), *batch.ragged["line"].tail(1)], default=0)
            while held.is_empty() or held["line"][-1] <= last:
                part = next(parts, None)
                if part is None:
                    break
                held = pl.concat([held, part])
            is_here = held["line"] <= last
            writer.write(batch, held.filter(is_here))
            held = held.filter(~is_here)


class _Mending:
    """Collects the origins of the lines of one import. What exceeds memory is in temporary files.

    A run's number alone could be that of a run of another store. So a run counts as the origin only if its record has
    every one of the rejected lines, with the same codes.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._lines = Sorter("source_line")
        self._named: set[int] = set()
        self._is_known = True

    def close(self) -> None:
        self._lines.close()

    def take(self, batch: Batch) -> None:
        origins = batch.origins
        if origins is None or origins.is_empty() or len(self._named) > 1:
            return
        # Two are enough to know that there are several.
        self._named.update(origins["run"].unique().head(2))
        if self._is_known and len(self._named) == 1:
            known = self._known(origins)
            self._is_known = known.height == origins.height
            self._lines.add(known.select("source_line", "line"))

    def _known(self, origins: pl.DataFrame) -> pl.DataFrame:
        (run,) = self._named
        if not run_lines.is_done(self._tables, run):
            return origins.clear()
        rejected = run_lines.rejected(self._tables, run, origins["source_line"])
        return origins.join(rejected, on=["source_line", "codes"], how="semi")

    @property
    def run(self) -> int | None:
        """The run that rejected the rows; None if there is none, or more than one."""
        return next(iter(self._named)) if self._is_known and len(self._named) == 1 else None

    @property
    def notes(self) -> tuple[str, ...]:
        if not self._named:
            return ()
        if len(self._named) > 1:
            note = (
                "The rows were rejected by more than one run, so they count as mended for none of them. "
                "To record them as mended, import the rejects of each run separately."
            )
        elif self._is_known:
            note = f"The rows were rejected by run {self.run}: what is accepted of them now counts as mended."
        else:
            note = (
                f"The rows name run {next(iter(self._named))}, but in this store that run did nothing, or has not "
                "rejected these lines for these reasons. So nothing counts as mended."
            )
        return (Note(note, "mended"),)

    def keep(self, run: int) -> None:
        """Stores which lines came back in the file of `run`. Call this once, after the last batch."""
        if self.run is not None:
            for part in self._lines.rows():
                run_lines.keep(self._tables, part, self.run, run)
