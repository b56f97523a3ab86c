"""The undo on one page: what the run changed, what becomes of each row, and the changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import polars as pl

from milepost.model import progress as phases
from milepost.model.outcomes import UNDONE
from milepost.model.progress import Progress
from milepost.model.undo import KeptRow, Reason, UndoReport
from milepost.runs import running
from milepost.steps import undo
from milepost.steps.keep.sorting import Sorter
from milepost.stores import distinct, journal, tracked, undos
from milepost.stores import record as runs
from milepost.stores.described import Described
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Patience, Tables
from milepost.stores.record import Run
from milepost.stores.references import StoredReferences

EXAMPLES = 20
"""So many of the rows that are kept as they are stand in the report."""

KEPT = {
    "candidateLogin": pl.String(),
    "sessionGuid": pl.String(),
    "lovCode": pl.String(),
    "lovGuid": pl.String(),
    "line": pl.Int64(),
    "reason": pl.String(),
    "run": pl.Int64(),
}
"""The columns of the rows that are kept as they are; see `model.undo.KeptRow`."""

_WORDS = ("candidateLogin", "sessionGuid", "lovCode", "lovGuid")


def undo_run(
    database: str,
    run: int,
    *,
    dry_run: bool = False,
    kept: Callable[[pl.DataFrame], None] | None = None,
    actor: str | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    wait: float = running.PATIENCE,
    waiting: Callable[[str], None] | None = None,
) -> UndoReport:
    """Puts back what `run`, an import of tracking or an undo, has changed in the store at `database`.

    That is a run of its own, in one transaction, and can be undone like any other. Rows that later runs have written or
    deleted since are left as they are, and so are rows whose registration or learning object is gone; `kept` is given
    all of them, a frame at a time (a table with the fields of `KeptRow`). `dry_run` finds out everything and writes
    nothing. `actor` is who undoes it: the user of the operating system unless given. `now`, `progress`, `wait` and
    `waiting` are as for `import_file`.

    Returns the report. Raises UsageError when the run cannot be undone, or another `MilepostError` when nothing could
    be done; the store is then as it was before.
    """
    work = _Work(kept, now or datetime.now(UTC), progress)
    # A store that is not there is not made, and a run that cannot be undone leaves no trace.
    with open_store(database, Access.READ) as opened, opened.read() as tables:
        chosen = undos.require_undoable(tables, run)
        if dry_run:
            return work.carry_out(tables, chosen, None)
    with (
        open_store(database, Access.WRITE, patience=Patience(wait, waiting)) as opened,
        running.recorded(opened, undos.UNDO, f"undo of run {run}", None, work.now, actor=actor, undoes=run) as number,
        opened.write() as tables,
    ):
        # Another run may have undone it while this one waited.
        report = work.carry_out(tables, undos.require_undoable(tables, run), number)
        runs.finish_undo(tables, report)
        work.say(phases.COMMITTING, 0, None)
    return report


class _Work:
    """One undo, from the rows that the run changed to the report."""

    def __init__(self, kept: Callable[[pl.DataFrame], None] | None, now: datetime, progress: Progress | None) -> None:
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.say = progress or (lambda _phase, _done, _total: None)
        self._tell_kept = kept
        self._clock = time.monotonic()
        self._rows = 0
        self._counts = dict.fromkeys(UNDONE, 0)
        self._examples: list[KeptRow] = []

    def carry_out(self, tables: Tables, run: Run, number: int | None) -> UndoReport:
        """Does everything in the transaction of `tables`; without a number, as a check."""
        undoing = undo.Undoing(tables, run)
        described = Described(StoredReferences(tables))
        phase = phases.STORING if number is not None else phases.PLANNING
        self.say(phases.PLANNING, 0, None)
        total = sum(getattr(run, name) or 0 for name in UNDONE)
        with closing(Sorter(distinct.PACKED)) as sorter:
            for keys in journal.touched(tables, run.id, sorter, is_undo=run.undoes is not None):
                planned = undoing.plan(keys)
                self._count(planned)
                self._keep(planned.filter(pl.col("outcome").is_null()), described)
                if number is not None:
                    tracked.take_back(tables, planned, run.id, number)
                self.say(phase, self._rows, total)
        return UndoReport(
            run=number,
            undoes=run.id,
            file=run.file,
            dry_run=number is None,
            rows=self._rows,
            **self._counts,
            kept=self._rows - sum(self._counts.values()),
            examples=tuple(self._examples),
            seconds=round(time.monotonic() - self._clock, 3),
            started_at=self.now,
        )

    def _count(self, planned: pl.DataFrame) -> None:
        self._rows += planned.height
        for outcome, number in planned.drop_nulls("outcome")["outcome"].value_counts().iter_rows():
            self._counts[outcome] += number

    def _keep(self, rows: pl.DataFrame, described: Described) -> None:
        if rows.is_empty():
            return
        told = described.describe(rows, _WORDS)
        kept = pl.concat([told, rows.select("line", "reason", "run")], how="horizontal").select(*KEPT)
        for row in kept.head(EXAMPLES - len(self._examples)).iter_rows(named=True):
            self._examples.append(KeptRow(**row | {"reason": Reason(row["reason"])}))
        if self._tell_kept is not None:
            self._tell_kept(kept)
