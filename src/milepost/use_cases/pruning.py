"""The prune: removes the journal of old runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from milepost.model.exceptions import UsageError
from milepost.model.phases import Progress
from milepost.model.reports import PruneReport
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
    report = template.check(database, lambda tables: _report(tables, before, dry_run=dry_run))
    if dry_run or not report.runs:
        return report

    def forget(tables: Tables) -> PruneReport:
        found = _report(tables, before, dry_run=False)
        journal.forget(tables, found.runs, at)
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
