"""The load of reference data on one page: decode, interpret, load."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl

from milepost.engines.local.sorting import Sorter
from milepost.formats.read import decode
from milepost.formats.write.rejects import RejectsWriter
from milepost.model import phases
from milepost.model.ahead import ahead
from milepost.model.batch import FINDINGS, Batch, Interpreted
from milepost.model.exceptions import UsageError
from milepost.model.identifiers import LEARNER
from milepost.model.job import Parameters, Reading
from milepost.model.phases import Progress
from milepost.model.reports import Report
from milepost.reference import KINDS, ReferenceKind
from milepost.steps import interpret, load, summarize
from milepost.steps.line_frames import placed, rejected_lines
from milepost.stores import formers, record
from milepost.stores.lookups import StoredReferences
from milepost.stores.port import Patience, Tables
from milepost.use_cases import template


@template.planned_again
def load_file(
    kind: str | ReferenceKind,
    file: decode.File,
    database: str,
    reading: Reading | None = None,
    parameters: Parameters | None = None,
    *,
    fields: Sequence[str] | None = None,
    key: str | None = None,
    dry_run: bool = False,
    rejects: str | Path | BinaryIO | None = None,
    now: datetime | None = None,
    batch_rows: int = template.BATCH_ROWS,
    progress: Progress | None = None,
    name: str | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
    actor: str | None = None,
) -> Report:
    """Creates or updates reference data of one of `KINDS` from `file`.

    `reading` is by default CSV with commas in UTF-8. `fields` are the columns to use, by default all of the file's.
    `key` is the column that finds a stored learner: candidateGuid, candidateRefNumber, or, by default, candidateLogin.
    By another than the log-in name, a load renames: the line's log-in name becomes the learner's. The other arguments,
    the report and the errors are those of `import_file`.
    """
    known = kind if isinstance(kind, ReferenceKind) else KINDS.get(kind)
    if known is None:
        raise UsageError(f'"{kind}" is no kind of reference data. The kinds are: {", ".join(KINDS)}.')
    known = known if key is None else known.keyed_by(key)
    reading, parameters = reading or Reading(delimiter=","), parameters or Parameters()

    with ExitStack() as stack:
        on_bytes = template.ReadBytes(progress)
        decoded = stack.enter_context(
            decode.open_file(
                file,
                reading,
                known.vocabulary,
                fields=None if fields is None else tuple(fields),
                defaults=parameters.defaults,
                batch_rows=batch_rows,
                on_bytes=on_bytes,
            )
        )
        writer = template.open_rejects(stack, rejects, file, decoded, parameters)
        say = template.silent(progress)
        work = _Load(decoded, known, parameters, template.instant(now), name or decoded.name, writer, say)

        if dry_run:
            return template.check(database, lambda tables: work.carry_out(tables, None))

        def begin(tables: Tables) -> int:
            return record.begin(tables, known.name, work.name, work.now, actor)

        return template.run(database, work.carry_out, begin, record.finish, Patience(wait, waiting), say)


@dataclass(slots=True)
class _Load:
    """One load, from the first batch to the report."""

    decoded: decode.Decoded
    kind: ReferenceKind
    parameters: Parameters
    now: datetime
    name: str
    rejects: RejectsWriter | None
    say: Progress
    _tally: summarize.Tally = field(default_factory=lambda: summarize.Tally(()))
    _clock: float = field(default_factory=time.monotonic)

    def carry_out(self, tables: Tables, number: int | None) -> Report:
        """Does all the work in one transaction; without a number, as a check."""
        table = self.kind.entity.table
        loading = load.Loading(self.kind, self.decoded.layout, StoredReferences(tables))
        with closing(Sorter("line")) as waiting:
            with ahead(self._interpreted()) as batches:
                for batch, interpreted in batches:
                    findings, accepted = loading.take(interpreted)
                    waiting.add(accepted)
                    self._take(batch, findings, tables, number)
            self.say(phases.STORING, 0, None)
            settled = loading.settle(tables.highest_id(table) if self.kind.has_id else 0)
            self._tally.add_rows(**settled.outcomes)
            for findings in settled.findings():
                self._record(findings, tables, number)
            done = 0
            for rows in waiting.rows() if number is not None else ():
                done += rows.height
                self.say(phases.STORING, done, self._tally.accepted)
                created, updated = settled.written(rows)
                if table == LEARNER.table:
                    formers.keep(tables, updated, self.now)
                tables.insert(table, created)
                tables.overwrite(table, updated)
        if self.rejects is not None:
            self.rejects.commit()
        return self._report(number)

    def _interpreted(self) -> Iterator[tuple[Batch, Interpreted]]:
        for batch in self.decoded.batches():
            yield batch, interpret.interpret(batch, self.decoded.layout, self.parameters)

    def _take(self, batch: Batch, findings: pl.DataFrame, tables: Tables, number: int | None) -> None:
        ragged = interpret.ragged(batch, self.decoded.layout)
        every = self._record(pl.concat([ragged, findings]), tables, number)
        self._tally.add_rows(rows=batch.rows, rejected=len(rejected_lines(every)))
        if self.rejects is not None:
            self.rejects.write(batch, every.select(list(FINDINGS)))

    def _record(self, findings: pl.DataFrame, tables: Tables, number: int | None) -> pl.DataFrame:
        in_order = placed(findings, tuple(column.name for column in self.kind.vocabulary.columns))
        self._tally.add_findings(in_order)
        if number is not None:
            record.record_findings(tables, number, in_order)
        return in_order

    def _report(self, number: int | None) -> Report:
        self._tally.add_rows(rows=self.decoded.skipped, skipped=self.decoded.skipped)
        return Report(
            run=number,
            file=self.name,
            sha256=self.decoded.sha256,
            dry_run=number is None,
            **self._tally.counted(),
            headers=self.decoded.headers,
            seconds=round(time.monotonic() - self._clock, 3),
            started_at=self.now,
            notes=self.decoded.notes,
        )
