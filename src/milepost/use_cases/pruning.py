"""The prune: what old runs changed is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from milepost.model.exceptions import UsageError
from milepost.model.progress import Progress
from milepost.model.undo import PruneReport
from milepost.stores import journal, undos
from milepost.stores.port import Patience, Tables
from milepost.use_cases import template


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
    """Forgets what runs changed that finished longer ago than `older_than`, in the store at `database`.

    Such runs can no longer be undone; what they wrote stays, and so do their records and findings. It is one
    transaction, and no run. `dry_run` says what would be forgotten and writes nothing. `now` is the clock's unless
    given; `progress`, `wait` and `waiting` are as for `import_file`.

    Returns the report. Raises UsageError when `older_than` is negative, StoreError when the store cannot be used.
    """
    if older_than < timedelta():
        raise UsageError("older_than is negative. Give an age, such as timedelta(days=400).")
    at = int((now or datetime.now(UTC)).timestamp())
    before = max(0, at - int(older_than.total_seconds()))
    # A store that does not exist is not made.
    report = template.check(database, lambda tables: _report(tables, before, dry_run=dry_run))
    if dry_run or not report.runs:
        return report

    def forget(tables: Tables) -> PruneReport:
        found = _report(tables, before, dry_run=False)
        journal.forget(tables, found.runs)
        undos.mark_pruned(tables, found.runs, at)
        return found

    return template.write(database, forget, Patience(wait, waiting), template.silent(progress))


def _report(tables: Tables, before: int, *, dry_run: bool) -> PruneReport:
    runs = undos.prunable(tables, before)
    return PruneReport(
        dry_run=dry_run,
        before=datetime.fromtimestamp(before, UTC),
        runs=runs,
        changes=journal.count(tables, runs),
        lost=undos.lost_with(tables, runs),
    )
