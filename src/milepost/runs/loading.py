"""The load of reference data on one page: decode, interpret, load."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl
from sqlalchemy.engine import Connection

from milepost import reference as catalogue
from milepost.formats.read import decode
from milepost.formats.write.rejects import RejectsWriter
from milepost.model import progress as phases
from milepost.model.exceptions import UsageError
from milepost.model.job import Parameters, Reading, Report
from milepost.model.progress import Progress
from milepost.runs import running
from milepost.steps import interpret, keep, load
from milepost.stores import record as runs
from milepost.stores.opening import Access, open_store
from milepost.stores.sql.dialect import Patience


def load_file(
    kind: str,
    file: decode.File,
    database: str,
    reading: Reading | None = None,
    parameters: Parameters | None = None,
    *,
    rejects: str | Path | BinaryIO | None = None,
    now: datetime | None = None,
    batch_rows: int = running.BATCH_ROWS,
    progress: Progress | None = None,
    name: str | None = None,
    wait: float = running.PATIENCE,
    waiting: Callable[[str], None] | None = None,
    actor: str | None = None,
) -> Report:
    """Creates or updates reference data of one of `catalogue.KINDS` from `file`.

    `reading` is CSV with commas in UTF-8 unless given. The other arguments, the report and the errors are those of
    `import_file`.
    """
    known = catalogue.KINDS.get(kind)
    if known is None:
        raise UsageError(f'"{kind}" is no kind of reference data. The kinds are: {", ".join(catalogue.KINDS)}.')
    reading, parameters = reading or Reading(delimiter=","), parameters or Parameters()

    def opening(on_bytes: Callable[[int, int | None], None] | None) -> AbstractContextManager[decode.Decoded]:
        return decode.open_file(file, reading, known.vocabulary, batch_rows=batch_rows, on_bytes=on_bytes)

    with ExitStack() as stack:
        if rejects is not None:
            file = decode.repeatable(file, stack)
        decoded = stack.enter_context(opening(running.reading(progress)))
        writer = running.open_rejects(stack, rejects, file, decoded, parameters)
        opened = stack.enter_context(open_store(database, Access.WRITE, patience=Patience(wait, waiting)))
        run = _Run(decoded, known, parameters, now or datetime.now(UTC), name or decoded.name, progress)
        with (
            running.recorded(opened, kind, run.name, None, run.now, actor=actor) as number,
            opened.write() as connection,
        ):
            with load.Loading(connection, known, decoded.layout) as loading:
                report = run.carry_out(connection, loading, number)
                if writer is not None:
                    _write_rejects(writer, stack.enter_context(opening(None)), loading)
            runs.finish(connection, report)
            run.say(phases.COMMITTING, 0, None)
        return report


class _Run:
    """One load, from the first batch to the report."""

    def __init__(
        self,
        decoded: decode.Decoded,
        kind: catalogue.Kind,
        parameters: Parameters,
        now: datetime,
        name: str,
        progress: Progress | None,
    ) -> None:
        self.decoded = decoded
        self.parameters = parameters
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.name = name
        self.say = progress or (lambda _phase, _done, _total: None)
        self._columns = tuple(column.name for column in kind.vocabulary.columns)
        self._clock = time.monotonic()

    def carry_out(self, connection: Connection, loading: load.Loading, number: int) -> Report:
        """Does everything in the transaction of `connection`."""
        for batch in self.decoded.batches():
            interpreted = interpret.interpret(batch, self.decoded.layout, self.parameters)
            loading.keep(interpreted, interpret.ragged(batch, self.decoded.layout))
        self.say(phases.STORING, 0, None)
        outcome = loading.finish()
        for findings in loading.findings():
            runs.record_findings(connection, number, keep.placed(findings, self._columns))
        return self._report(number, outcome)

    def _report(self, number: int, outcome: load.Outcome) -> Report:
        return Report(
            run=number,
            file=self.name,
            sha256=self.decoded.sha256,
            dry_run=False,
            rows=outcome.rows,
            created=outcome.created,
            updated=outcome.updated,
            unchanged=outcome.unchanged,
            deleted=0,
            superseded=outcome.superseded,
            rejected=outcome.rejected,
            findings=outcome.codes,
            seconds=round(time.monotonic() - self._clock, 3),
            started_at=self.now,
            notes=self.decoded.notes,
            examples=outcome.examples,
        )


def _write_rejects(writer: RejectsWriter, decoded: decode.Decoded, loading: load.Loading) -> None:
    """Reads the file once more for its rejected rows, since what becomes of a row is known only after the last."""
    for batch in decoded.batches():
        lines = [*batch.cells["line"].head(1), *batch.cells["line"].tail(1), *(one.line for one in batch.ragged)]
        if lines:
            writer.write(batch, pl.concat(loading.findings(min(lines), max(lines))))
    writer.commit()
