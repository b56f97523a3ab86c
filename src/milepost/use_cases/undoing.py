"""The undo on one page: what the run changed, what becomes of each row, and the changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import polars as pl

from milepost.engines.local.sorting import Sorter
from milepost.model import progress as phases
from milepost.model.columns import KEY
from milepost.model.outcomes import UNDONE
from milepost.model.progress import Progress
from milepost.model.run import Run
from milepost.model.tracked import WRITERS
from milepost.model.undo import KeptRow, Reason, UndoReport
from milepost.steps import undo
from milepost.stores import journal, record, tracked, undos
from milepost.stores.described import Described
from milepost.stores.distinct import PACKED
from milepost.stores.port import Among, Patience, Tables
from milepost.stores.references import StoredReferences
from milepost.use_cases import template

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
_PARENTS = ("registration", "learning_object_version")


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
    """Puts back what `run`, an import of tracking or an undo, has changed in the store at `database`.

    That is a run of its own, in one transaction, and can be undone like any other. Rows that later runs have written or
    deleted since are left as they are, and so are rows whose registration or learning object is gone; `kept` is given
    all of them, a frame at a time (a table with the fields of `KeptRow`). `dry_run` finds out everything and writes
    nothing. `actor` is who undoes it: the user of the operating system unless given. `now`, `progress`, `wait` and
    `waiting` are as for `import_file`.

    Returns the report. Raises UsageError when the run cannot be undone, or another `MilepostError` when nothing could
    be done; the store is then as it was before.
    """
    work = _Work(kept, now or datetime.now(UTC), template.silent(progress))
    # A store that does not exist is not made, and a run that cannot be undone leaves no trace.
    if dry_run:
        return template.check(database, lambda tables: work.carry_out(tables, run, None))
    template.check(database, lambda tables: undos.require_undoable(tables, run))
    entry = template.Entry(undos.UNDO, f"undo of run {run}", work.now, actor=actor, undoes=run)
    return template.run(
        database,
        lambda tables, number: work.carry_out(tables, run, number),
        entry,
        record.finish_undo,
        Patience(wait, waiting),
        work.say,
    )


class _Work:
    """One undo, from the rows that the run changed to the report."""

    def __init__(self, kept: Callable[[pl.DataFrame], None] | None, now: datetime, say: Progress) -> None:
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.say = say
        self._tell_kept = kept
        self._clock = time.monotonic()
        self._rows = 0
        self._counts = dict.fromkeys(UNDONE, 0)
        self._examples: list[KeptRow] = []

    def carry_out(self, tables: Tables, undone: int, number: int | None) -> UndoReport:
        """Does everything in one transaction; without a number, as a check."""
        # Another run may have undone it while this one waited.
        run = undos.require_undoable(tables, undone)
        described, order = Described(StoredReferences(tables)), undos.order(tables)
        phase = phases.STORING if number is not None else phases.PLANNING
        self.say(phases.PLANNING, 0, None)
        total = sum(getattr(run, name) or 0 for name in UNDONE)
        with closing(Sorter(PACKED)) as sorter:
            for keys in journal.touched(tables, run.id, sorter, is_undo=run.undoes is not None):
                planned = undo.plan(_facts(tables, run, keys), run.id, run.undoes, order)
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


def _facts(tables: Tables, run: Run, keys: pl.DataFrame) -> undo.Facts:
    entries = journal.entries(tables, run.id, keys)
    writers = tables.find("tracking", keys, WRITERS)
    deleted = entries.filter(pl.col("change") == "deleted").select(KEY)
    absent = pl.concat([keys.join(writers, on=KEY, how="anti"), deleted]).unique()
    return undo.Facts(
        keys,
        entries,
        writers,
        None if run.undoes is None else journal.entries(tables, run.undoes, keys),
        journal.deletions(tables, absent),
        *(_existing(tables, table, deleted[name]) for table, name in zip(_PARENTS, KEY, strict=True)),
    )


def _existing(tables: Tables, table: str, ids: pl.Series) -> pl.Series:
    return tables.rows(table, {"id": pl.Int64()}, {"id": Among(ids.unique().sort())})["id"]
