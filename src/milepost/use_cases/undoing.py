"""The undo on one page: the rows that the run changed, and the report; and the prune, which forgets them."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import polars as pl

from milepost.engines.local.sorting import Sorter
from milepost.model import phases
from milepost.model.columns import KEY
from milepost.model.exceptions import UsageError
from milepost.model.history import Run
from milepost.model.phases import UNDONE, Progress
from milepost.model.reports import KeptRow, PruneReport, Reason, UndoReport
from milepost.model.tracked import WRITERS
from milepost.steps import plan
from milepost.stores import journal, record, reference_journal, tracked_rows, undos
from milepost.stores.journal import PACKED
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import write_store
from milepost.stores.port import Among, Patience, Tables
from milepost.stores.reference_undo import ReferenceUndo
from milepost.use_cases import template

_WORDS = ("candidateLogin", "sessionGuid", "lovCode", "lovGuid")
KEPT: dict[str, pl.DataType] = {
    **dict.fromkeys(_WORDS, pl.String()),
    "line": pl.Int64(),
    "reason": pl.String(),
    "run": pl.Int64(),
}
"""The columns of the rows that are kept as they are; see `model.undo.KeptRow`."""

_PARENTS = ("registration", "learning_object_version")


@template.planned_again
def undo_run(
    database: str,
    run: int,
    *,
    dry_run: bool = False,
    kept: Callable[[pl.DataFrame], None] | None = None,
    actor: str | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
) -> UndoReport:
    """Undoes the changes of `run`, an import of tracking, a rename, a merge or an undo, in the store at `database`.

    The undo is a run in one transaction, and can be undone like any other. Rows that later runs have written or
    deleted stay as they are, and so do rows whose registration or learning object no longer exists; `kept` is called
    with all of them, in frames with the fields of `KeptRow`. `dry_run` checks: it does all the work and writes nothing.
    `actor` is who undoes; by default the user of the operating system. `now`, `progress`, `wait` and `waiting` are as
    for `import_file`.

    Returns the report. Raises UsageError if the run cannot be undone, or another `MilepostError` if nothing could be
    done; the store is then unchanged.
    """
    work = _Work(kept, template.instant(now), template.silent(progress))
    # Checks first: a missing store is not created, and a run that cannot be undone leaves no record.
    if dry_run:
        return template.check(database, lambda tables: work.carry_out(tables, run, None))
    template.check(database, lambda tables: undos.require_undoable(tables, run))

    def begin(tables: Tables) -> int:
        return record.begin(tables, undos.UNDO, f"undo of run {run}", work.now, actor, undoes=run)

    def carry_out(tables: Tables, number: int) -> UndoReport:
        return work.carry_out(tables, run, number)

    return template.run(database, carry_out, begin, record.finish_undo, Patience(wait, waiting), work.say)


@dataclass(slots=True)
class _Work:
    """One undo, from the rows that the run changed to the report."""

    tell_kept: Callable[[pl.DataFrame], None] | None
    now: datetime
    say: Progress
    _clock: float = field(default_factory=time.monotonic)
    _rows: int = 0
    _counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(UNDONE, 0))
    _examples: list[KeptRow] = field(default_factory=list)

    def carry_out(self, tables: Tables, undone: int, number: int | None) -> UndoReport:
        """Does all the work in one transaction; without a number, as a check."""
        # Another run may have undone it while this one waited.
        run = undos.require_undoable(tables, undone)
        references, order = StoredReferences(tables), undos.order(tables)
        phase = phases.STORING if number is not None else phases.PLANNING
        self.say(phases.PLANNING, 0, None)
        total = sum(getattr(run, name) or 0 for name in UNDONE)
        edits = ReferenceUndo.planned(tables, run.id)
        below = edits.below(tables)
        if number is not None:
            reference_journal.write_rows(tables, edits.restored, number)
        with closing(Sorter(PACKED)) as sorter:
            for keys in journal.touched(tables, run.id, sorter, is_undo=run.undoes is not None):
                planned = plan.plan_undo(_facts(tables, run, keys, edits), run.id, run.undoes, order)
                self._count(planned)
                self._keep(planned.filter(pl.col("outcome").is_null()), references)
                below = below.join(planned.filter(pl.col("outcome") == "deleted"), on=KEY, how="anti")
                if number is not None:
                    tracked_rows.take_back(tables, planned, run.id, number)
                self.say(phase, self._rows, total)
        edits.settle(tables, below)
        if number is not None:
            reference_journal.write_rows(tables, edits.deleted, number)
            reference_journal.delete_rows(tables, edits.deleted)
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
            references=edits.references,
            kept_references=edits.told(tables),
        )

    def _count(self, planned: pl.DataFrame) -> None:
        self._rows += planned.height
        for outcome, number in planned.drop_nulls("outcome")["outcome"].value_counts().iter_rows():
            self._counts[outcome] += number

    def _keep(self, rows: pl.DataFrame, references: StoredReferences) -> None:
        if rows.is_empty():
            return
        words = references.describe(rows, _WORDS)
        kept = pl.concat([words, rows.select("line", "reason", "run")], how="horizontal").select(*KEPT)
        for row in kept.head(template.EXAMPLES - len(self._examples)).iter_rows(named=True):
            self._examples.append(KeptRow(**row | {"reason": Reason(row["reason"])}))
        if self.tell_kept is not None:
            self.tell_kept(kept)


def _facts(tables: Tables, run: Run, keys: pl.DataFrame, edits: ReferenceUndo) -> plan.Facts:
    entries = journal.entries(tables, run.id, keys)
    writers = tables.find("tracking", keys, WRITERS)
    deleted = entries.filter(pl.col("change") == "deleted").select(KEY)
    absent = pl.concat([keys.join(writers, on=KEY, how="anti"), deleted]).unique()
    return plan.Facts(
        keys,
        entries,
        writers,
        None if run.undoes is None else journal.entries(tables, run.undoes, keys),
        journal.deletions(tables, absent),
        *(
            pl.concat([_existing(tables, table, deleted[name]), edits.existing(table)])
            for table, name in zip(_PARENTS, KEY, strict=True)
        ),
    )


def _existing(tables: Tables, table: str, ids: pl.Series) -> pl.Series:
    return tables.rows(table, {"id": pl.Int64()}, {"id": Among(ids.unique().sort())})["id"]


@template.planned_again
def prune_runs(
    database: str,
    older_than: timedelta,
    *,
    dry_run: bool = False,
    now: datetime | None = None,
    progress: Progress | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
) -> PruneReport:
    """Removes the journal of runs that finished longer ago than `older_than`, in the store at `database`.

    Such runs can no longer be undone; the rows that they wrote stay, and so do their records and findings. Pruning is
    one transaction, and not a run. `dry_run` writes nothing. `now` is by default the clock's; `progress`, `wait` and
    `waiting` are as for `import_file`.

    Returns the report. Raises UsageError if `older_than` is negative, StoreError if the store cannot be used.
    """
    if older_than < timedelta():
        raise UsageError("older_than is negative. Give an age, such as timedelta(days=400).")
    at = int((now or datetime.now(UTC)).timestamp())
    before = max(0, at - int(older_than.total_seconds()))
    # Checks first: a missing store is not created.
    report = template.check(database, lambda tables: _prunable(tables, before, dry_run=dry_run))
    if dry_run or not report.runs:
        return report
    with write_store(database, Patience(wait, waiting)) as tables:
        report = _prunable(tables, before, dry_run=False)
        journal.forget(tables, report.runs, at)
        template.silent(progress)(phases.COMMITTING, 0, None)
    return report


def _prunable(tables: Tables, before: int, *, dry_run: bool) -> PruneReport:
    runs = undos.prunable(tables, before)
    return PruneReport(
        dry_run=dry_run,
        before=datetime.fromtimestamp(before, UTC),
        runs=runs,
        changes=journal.count(tables, runs),
        lost=undos.lost_with(tables, runs),
    )
