"""The copy of a store into another one: every row of every table, ids and history included, and a comparison."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from milepost.model import phases
from milepost.model.exceptions import StoreError
from milepost.model.phases import Progress
from milepost.model.reports import CopyReport
from milepost.stores.opening import open_store, read_store
from milepost.stores.port import Access, Patience, Tables
from milepost.stores.tables import TABLES
from milepost.use_cases import template

_SEEDS = (0x6D696C65, 0x706F7374)
"""Two hashes of 64 bits for each row."""


def copy_store(
    source: str,
    target: str,
    *,
    progress: Progress | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
) -> CopyReport:
    """Copies the store at the URL `source` into the one at `target`, which is made if it is missing, and has no rows.

    All tables are copied as they are: ids, runs, findings, journal, log. So what could be undone in the source can be
    undone in the copy. The copy is one transaction, and no run. Then the rows of both are compared by checksums.
    `progress`, `wait` and `waiting` are as for `import_file`; they are about the target.

    Returns the report. Raises StoreError if the target has rows, if a store cannot be used, or if the copy differs.
    """
    say = template.silent(progress)
    with (
        read_store(source) as old,
        open_store(target, Access.WRITE, patience=Patience(wait, waiting)) as store,
        store.write() as new,
    ):
        _require_empty(new, store.name)
        sums = _copied(old, new, say)
        say(phases.COMMITTING, 0, None)
    with read_store(target) as new:
        for table, expected in sums.items():
            if _checksum(new, table) != expected:
                raise StoreError(
                    f"The copy differs from its source in the table {table}. Do not use it. Remove it, and copy again."
                )
    return CopyReport({table: rows for table, (rows, *_) in sums.items()})


def _require_empty(tables: Tables, name: str) -> None:
    filled = next((table for table in TABLES if tables.count(table, most=1)), None)
    if filled is not None:
        raise StoreError(
            f"The store {name} is not empty: its table {filled} has rows. Nothing was done. Name a new store.",
            code="store-unusable",
        )


def _copied(old: Tables, new: Tables, say: Progress) -> dict[str, tuple[int, ...]]:
    """Copies all tables, those that others refer to first, and gives their checksums."""
    total = sum(old.count(table) for table in TABLES)
    sums: dict[str, tuple[int, ...]] = {}
    done = 0
    for name, table in TABLES.items():
        sums[name] = _NOTHING
        for rows in old.stream(name, table.schema, order=table.key):
            new.at_end.insert(name, rows)
            sums[name] = _added(sums[name], rows)
            done += rows.height
            say(phases.STORING, done, total)
        if table.has_ids:
            new.pass_over_ids(name, old.highest_id(name))
    return sums


_NOTHING = (0, 0, 0)


def _checksum(tables: Tables, table: str) -> tuple[int, ...]:
    """The number of rows, and two sums over them that do not depend on their order."""
    found: tuple[int, ...] = _NOTHING
    for rows in tables.stream(table, TABLES[table].schema):
        found = _added(found, rows)
    return found


def _added(before: tuple[int, ...], rows: pl.DataFrame) -> tuple[int, ...]:
    sums = (int(rows.hash_rows(seed=seed).cast(pl.UInt128).sum() or 0) for seed in _SEEDS)
    return tuple(one + other for one, other in zip(before, (rows.height, *sums), strict=True))
