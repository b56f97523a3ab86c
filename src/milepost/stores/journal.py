"""What runs did to tracking rows: each of them as it was before a run overwrote or deleted it.

A row that an import created has no entry: the row names the run itself, and so does the entry of whoever wrote it next.
An undo has an entry for everything that it did, and gives rows back to the run that had written them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

import polars as pl

from milepost.model.columns import KEY, VALUES
from milepost.model.history import Run
from milepost.model.tracked import KEY_SCHEMA, LOGGED, SCHEMA, packed, unpacked
from milepost.stores import reference_journal
from milepost.stores.port import Among, Tables

_WRITER = {name: f"previous_{name}" for name in ("run_id", "line", "checksum", *LOGGED, "checksum_rule")}
"""The columns of tracking beside the values, each with the one that keeps it in the journal."""

_TAKEN = {name: name for name in VALUES} | {kept: name for name, kept in _WRITER.items()}

_CHANGE = "tracking_change"
_ERASED = "erased_part"

ENTRIES = (
    KEY_SCHEMA
    | {"line": pl.Int64(), "change": pl.String()}
    | {name: SCHEMA[name] for name in VALUES}
    | {name: pl.Int64() for name in _WRITER.values()}
)
"""The columns of a run's entries."""

PACKED = "target"
"""The column by which a Sorter sorts: both ids of a key in one number."""


class Sorter(Protocol):
    """Sorts any number of rows by the column PACKED."""

    def add(self, rows: pl.DataFrame) -> None:
        """Takes rows."""
        ...

    def rows(self) -> Iterator[pl.DataFrame]:
        """All rows in their order, a bounded number of them at a time; to be called once, when all have been added."""
        ...


def keep_before(tables: Tables, rows: pl.DataFrame, run: int) -> None:
    """Keeps stored rows as they are, before `run` overwrites or deletes them.

    `rows` has the columns KEY, the `line` that does it, and the `change`.
    """
    tables.at_end.copy("tracking", _CHANGE, rows.select(*KEY, "line", "change", pl.lit(run).alias("run_id")), _TAKEN)


def say_created(tables: Tables, rows: pl.DataFrame, run: int) -> None:
    """Enters that `run`, an undo, puts deleted rows back; columns of `rows` as for `keep_before`."""
    tables.at_end.insert(_CHANGE, rows.select(*KEY, "line", "change", pl.lit(run).alias("run_id")))


def as_they_were(entries: pl.DataFrame) -> pl.DataFrame:
    """The rows of tracking that entries (columns ENTRIES) have kept."""
    return entries.select(*KEY, *VALUES, *(pl.col(kept).alias(name) for name, kept in _WRITER.items()))


def count(tables: Tables, runs: Collection[int]) -> int:
    """How many entries runs have."""
    return tables.count(_CHANGE, {"run_id": _among(runs)})


def whole(tables: Tables, runs: Mapping[int, tuple[int, int]]) -> set[int]:
    """Those of the runs whose journal has all that it should have; what erasures have removed of it counts as there.

    `runs` has, for each, how many entries there should be, and how many rows of reference data.
    """
    numbers = _among(runs)
    schema = dict.fromkeys(("run_id", "entries", "reference_rows"), pl.Int64())
    erased: dict[int, list[int]] = {}
    for run, *removed in tables.rows(_ERASED, schema, {"run_id": numbers}).iter_rows():
        erased[run] = [one + more for one, more in zip(erased.get(run, [0, 0]), removed, strict=True)]
    wanted = {
        run: [one - gone for one, gone in zip(told, erased.get(run, [0, 0]), strict=True)] for run, told in runs.items()
    }
    # One count, and one for each of the runs only where some changes were not kept.
    every = [count(tables, runs), sum(reference_journal.count(tables, run) for run, told in wanted.items() if told[1])]
    if every == [sum(told[place] for told in wanted.values()) for place in (0, 1)]:
        return set(runs)
    return {
        run
        for run, told in wanted.items()
        if [count(tables, [run]), reference_journal.count(tables, run) if told[1] else 0] == told
    }


def is_whole(tables: Tables, run: Run) -> bool:
    """Whether the journal has all that `run` did."""
    return bool(whole(tables, {run.id: expected(run)}))


def expected(run: Run) -> tuple[int, int]:
    """How many entries the journal should have of a run, and how many rows of reference data."""
    created = 0 if run.undoes is None else run.created or 0
    return created + (run.updated or 0) + (run.deleted or 0), run.reference_rows or 0


def entries(tables: Tables, run: int, keys: pl.DataFrame) -> pl.DataFrame:
    """The entries of a run for `keys`; columns ENTRIES."""
    return tables.find(_CHANGE, keys, ENTRIES, {"run_id": run})


def deletions(tables: Tables, keys: pl.DataFrame) -> pl.DataFrame:
    """Which runs, undos too, have deleted the rows with those keys; columns of KEY, and `run_id`."""
    found = tables.find(_CHANGE, keys, KEY_SCHEMA | {"run_id": pl.Int64(), "change": pl.String()})
    return found.filter(pl.col("change") == "deleted").drop("change")


def touched(tables: Tables, run: int, sorter: Sorter, *, is_undo: bool = False) -> Iterator[pl.DataFrame]:
    """The keys of all rows that a run has created, updated or deleted, in order and each once."""
    return _distinct(_touched(tables, run, is_undo=is_undo), sorter)


def _touched(tables: Tables, run: int, *, is_undo: bool) -> Iterator[pl.DataFrame]:
    yield from tables.stream(_CHANGE, KEY_SCHEMA, {"run_id": run})
    if not is_undo:
        yield from tables.stream(_CHANGE, KEY_SCHEMA, {"previous_run_id": run})
        yield from tables.stream("tracking", KEY_SCHEMA, {"run_id": run})


def changed_since(tables: Tables, run: int, sorter: Sorter) -> dict[int, int]:
    """How many of the rows that `run` wrote are now another run's, or gone: by the last run that changed them."""
    undoes = tables.rows("import_run", {"id": pl.Int64(), "undoes": pl.Int64()}).rename({"id": "run_id"})
    counted = [pl.DataFrame(schema={"run_id": pl.Int64(), "rows": pl.Int64()})]
    for keys in _distinct(tables.stream(_CHANGE, KEY_SCHEMA, {"previous_run_id": run}), sorter):
        standing = tables.find("tracking", keys, KEY_SCHEMA, {"run_id": run})
        over = keys.join(standing, on=KEY, how="anti")
        counted.append(_last_changes(tables, over, undoes, run).group_by("run_id").agg(rows=pl.len().cast(pl.Int64)))
    return dict(pl.concat(counted).group_by("run_id").agg(pl.col("rows").sum()).sort("run_id").rows())


def _last_changes(tables: Tables, keys: pl.DataFrame, undoes: pl.DataFrame, run: int) -> pl.DataFrame:
    """The last run that changed each of the rows (columns KEY and `run_id`), unless it has left it to `run`."""
    schema = KEY_SCHEMA | {"run_id": pl.Int64(), "previous_run_id": pl.Int64()}
    every = tables.find(_CHANGE, keys, schema)
    last = every.group_by(KEY).agg(pl.col("run_id").max()).join(undoes, on="run_id")
    # An undo that put the row back has left it to the run that the undone one had found.
    before = every.select(*KEY, undoes="run_id", left_to="previous_run_id")
    last = last.join(before, on=[*KEY, "undoes"], how="left")
    return last.filter(pl.col("left_to").ne_missing(run)).select(*KEY, "run_id")


def forget(tables: Tables, runs: Collection[int], now: int) -> None:
    """Removes the entries of runs, and marks the runs as pruned at the instant `now`."""
    forgotten = _among(runs)
    for table in (_CHANGE, "tracking_log_change"):
        tables.remove(table, {"run_id": forgotten})
    # Who may only prune imports may lack the right.
    if tables.count("reference_change", {"run_id": forgotten}, 1):
        tables.remove("reference_change", {"run_id": forgotten})
    tables.change("import_run", {"pruned_at": now}, {"id": forgotten})


def _among(runs: Collection[int]) -> Among:
    return Among(pl.Series(sorted(runs), dtype=pl.Int64))


def _distinct(parts: Iterable[pl.DataFrame], sorter: Sorter) -> Iterator[pl.DataFrame]:
    """The rows of frames with the columns KEY, in order and each once; `sorter` holds none yet."""
    for part in parts:
        sorter.add(part.select(packed(*(pl.col(name) for name in KEY)).alias(PACKED)))
    target = pl.col(PACKED)
    last: int | None = None
    for rows in sorter.rows():
        found = rows.filter(target.ne_missing(target.shift(1, fill_value=last)))
        last = rows[PACKED][-1] if not rows.is_empty() else last
        if not found.is_empty():
            yield found.select(unpacked(target))
