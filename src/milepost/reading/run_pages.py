"""The findings and the changes of a run page by page, for any number of them, and what a store holds in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import polars as pl

from milepost.formats.write.export_writer import COLUMNS
from milepost.model.batch import RECORDED
from milepost.model.columns import KEY, LARGEST_INTEGER
from milepost.model.history import Run, State
from milepost.model.likeness import fold
from milepost.model.text import fold_all
from milepost.reading.runs import changed, require_kept
from milepost.stores import record
from milepost.stores.journal import ENTRIES
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import read_store
from milepost.stores.port import Among, Between, Condition, Presence, Tables, Where

Cursor: TypeAlias = tuple[int, int]
"""Where a page ends: the key of its last row."""

BEGINNING: Cursor = (-1, -1)

KINDS = ("learner", "learning_object_version", "training", "session", "registration", "tracking")
"""The tables whose rows are counted."""

_RUN = "import_run"
_Change: TypeAlias = tuple[object, ...]
_counted: dict[str, tuple[_Change, Mapping[str, int]]] = {}
"""For each store its rows, and after which change they were counted."""
_UNFINISHED = (State.RUNNING.value, State.INTERRUPTED.value)
_END = 1 << 62
_OF_ONE_LINE = 100
"""More findings than a line can have."""
_AT_A_TIME = 2_000
_MOST_ROWS = 50_000
"""Rows of the journal that are searched for one page."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a list, and where the next ones begin."""

    rows: pl.DataFrame
    after: Cursor | None
    """The argument `after` for the next page; None if there is none."""


@dataclass(frozen=True, slots=True)
class RunsPart:
    """Some runs, the newest first, and where the older ones begin."""

    runs: tuple[Run, ...]
    before: int | None
    """The argument `before` for the next page; None if there is none."""
    total: int
    """How many runs there are in all."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are listed: those that are all of this; None says nothing."""

    state: str | None = None
    kind: str | None = None
    file: str | None = None
    """A part of the file's name, without letter case."""
    since: datetime | None = None
    """The first instant at which they began."""
    until: datetime | None = None
    """The last one."""

    def where(self) -> Where:
        """What the store can tell of it. A run that is interrupted may be stored as running."""
        states = _UNFINISHED if self.state in _UNFINISHED else () if self.state is None else (self.state,)
        first, last = (None if at is None else int(at.timestamp()) for at in (self.since, self.until))
        found: dict[str, Condition] = {} if self.kind is None else {"kind": self.kind}
        found |= {"state": Among(pl.Series(states))} if states else {}
        if first is not None or last is not None:
            found["started_at"] = Between(0 if first is None else first, _END if last is None else last)
        return found


def runs_page(
    database: str, wanted: RunFilter | None = None, *, before: int | None = None, limit: int = 100
) -> RunsPart:
    """At most `limit` runs that are older than the run `before`, of those that are `wanted`; by default all.

    Raises StoreError when there is no store.
    """
    wanted, found = wanted or RunFilter(), list[Run]()
    with read_store(database) as tables:
        last, window = tables.highest_id(_RUN), limit + 1
        last = last if before is None else min(last, before - 1)
        while len(found) <= limit and last > 0:
            first = max(last - window + 1, 1)
            numbers = _numbers(tables, wanted, Between(first, last))
            for part in numbers.to_frame().iter_slices(limit + 1):
                listing = record.listing(tables, {"id": Among(part["id"])})
                found += [run for run in listing if wanted.state in (None, run.state)]
                if len(found) > limit:
                    break
            # Where few are like that, ever more are looked at.
            last, window = first - 1, window * 4
        total = tables.count(_RUN)
    return RunsPart(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None, total)


def _numbers(tables: Tables, wanted: RunFilter, among: Between) -> pl.Series:
    """The runs among those that the store finds, the newest first."""
    found = tables.rows(_RUN, {"id": pl.Int64(), "file": pl.String()}, {"id": among, **wanted.where()})
    if wanted.file is not None:
        found = found.filter(fold_all(found["file"]).str.contains(fold(wanted.file), literal=True))
    return found["id"].sort(descending=True)


def counts(database: str) -> Mapping[str, int]:
    """How many rows the store at `database` has of each of KINDS. Raises StoreError when there is no store.

    They are counted once after each run, since runs alone change them.
    """
    with read_store(database) as tables:
        seen = _last_change(tables)
        if database not in _counted or _counted[database][0] != seen:
            _counted[database] = seen, {name: tables.count(name) for name in KINDS}
        return _counted[database][1]


def _last_change(tables: Tables) -> _Change:
    """What tells one state of the store from another: the newest run, and how many have ended."""
    newest, schema = tables.highest_id(_RUN), {"id": pl.Int64(), "started_at": pl.Int64()}
    begun = tables.rows(_RUN, schema, {"id": newest})
    return *begun.rows(), tables.count(_RUN, {"finished_at": Presence.PRESENT})


def count(database: str, table: str) -> int:
    """How many rows one of KINDS has. Raises StoreError when there is no store."""
    with read_store(database) as tables:
        return tables.count(table)


def findings_page(
    database: str, run: int, *, where: Mapping[str, str] | None = None, after: Cursor = BEGINNING, limit: int = 100
) -> Part:
    """At most `limit` findings of a run, by line and in their order, after the cursor `after`.

    The columns are those of `read_findings`; `where` maps `code`, `level` or `column` to the text that it must be.
    Raises StoreError when there is no store, UsageError when there is no such run.
    """
    with read_store(database) as tables:
        record.one(tables, run)
        line, place = after
        conditions: dict[str, Condition] = {"run_id": run, "line": Between(line, LARGEST_INTEGER), **(where or {})}
        found = tables.rows("import_finding", RECORDED, conditions, ("line", "place"), limit + 1 + _OF_ONE_LINE)
    found = found.filter((pl.col("line") > line) | (pl.col("place") > place))
    page = found.head(limit)
    return Part(page, (page["line"][-1], page["place"][-1]) if found.height > limit else None)


def changes_page(
    database: str, run: int, *, where: Mapping[str, str] | None = None, after: Cursor = BEGINNING, limit: int = 100
) -> Part:
    """About `limit` changes of stored values by a run after the cursor `after`, row by row of the store.

    The columns are those of `read_changes`; `where` maps `field` or `kind` to the text that it must be. All changes of
    a row are on one page. A page may have fewer, even none, where many rows do not meet `where`: its `after` tells
    whether there are more. Raises StoreError when there is no store, UsageError when there is no such run, or when its
    changes are forgotten.
    """
    schema = pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String()) | {"line": pl.Int64()})
    pages, searched, wanted = [schema], 0, [pl.col(name) == text for name, text in (where or {}).items()]
    with read_store(database) as tables:
        chosen = record.one(tables, run)
        require_kept(chosen)
        references, cursor = StoredReferences(tables), after
        while sum(page.height for page in pages) < limit and searched < _MOST_ROWS:
            entries = _entries(tables, run, cursor, limit if not wanted else _AT_A_TIME)
            if entries.is_empty():
                return Part(pl.concat(pages), None)
            cursor = (entries[KEY[0]][-1], entries[KEY[1]][-1])
            searched += entries.height
            found = changed(tables, chosen, entries.filter(pl.col("change") != "created"), references)
            pages.append(found.select(COLUMNS).filter(*wanted))
    return Part(pl.concat(pages), cursor)


def _entries(tables: Tables, run: int, after: Cursor, most: int) -> pl.DataFrame:
    """At most `most` entries of the journal of `run` after a key: those of one registration, and of later ones."""
    registration, learning_object = KEY
    same: Where = {"run_id": run, registration: after[0], learning_object: Between(after[1] + 1, LARGEST_INTEGER)}
    later: Where = {"run_id": run, registration: Between(after[0] + 1, LARGEST_INTEGER)}
    found = tables.rows("tracking_change", ENTRIES, same, KEY, most) if after != BEGINNING else None
    if found is not None and found.height == most:
        return found
    rest = tables.rows("tracking_change", ENTRIES, later, KEY, most - (0 if found is None else found.height))
    return rest if found is None else pl.concat([found, rest])
