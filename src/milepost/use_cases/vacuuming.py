"""The vacuum: removes files that a lake store has left behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from milepost.model.reports import VacuumReport
from milepost.stores.opening import open_store, read_store
from milepost.stores.port import Access, Patience
from milepost.use_cases import template

UNNAMED_FOR = timedelta(days=7)
"""A file stays for so long after the last commit that named it, for those who still read the version before."""


def vacuum_store(
    database: str,
    *,
    dry_run: bool = False,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
) -> VacuumReport:
    """Removes the files of the lake store at `database` that no commit of the last seven days names.

    Such files are what later commits have replaced, and what runs have written that did not end well. `dry_run`
    removes nothing. `wait` and `waiting` are as for `import_file`.

    Returns the report. Raises UsageError for a store of another kind, StoreError if the store cannot be used.
    """
    with read_store(database):
        pass  # a missing store is not created
    with open_store(database, Access.WRITE, patience=Patience(wait, waiting)) as store:
        return VacuumReport(dry_run, store.vacuum(UNNAMED_FOR, dry_run=dry_run))
