"""What runs did to tracking rows: each of them as it was before a run overwrote or deleted it.

A row that an import created has no entry: the row names the run itself, and so does the entry of whoever wrote it next.
An undo has an entry for everything that it did, and gives rows back to the run that had written them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import polars as pl

from milepost.model.columns import KEY, VALUES
from milepost.model.tracked import KEY_SCHEMA, LOGGED, SCHEMA
from milepost.stores.distinct import Sorter, distinct
from milepost.stores.port import Among, Tables, Where

_WRITER = {name: f"previous_{name}" for name in ("run_id", "line", "checksum", *LOGGED, "checksum_rule")}
"""The columns of tracking beside the values, each with the one that keeps it in the journal."""

_TAKEN = {name: name for name in VALUES} | {kept: name for name, kept in _WRITER.items()}

_CHANGE = "tracking_change"

ENTRIES = (
    KEY_SCHEMA
    | {"line": pl.Int64(), "change": pl.String()}
    | {name: SCHEMA[name] for name in VALUES}
    | {name: pl.Int64() for name in _WRITER.values()}
)
"""The columns of a run's entries."""


def keep_before(tables: Tables, rows: pl.DataFrame, run: int) -> None:
    """Keeps stored rows as they are, before `run` overwrites or deletes them.

    `rows` has the columns KEY, the `line` that does it, and the `change`.
    """
    tables.copy("tracking", _CHANGE, rows.select(*KEY, "line", "change", pl.lit(run).alias("run_id")), _TAKEN)


def say_created(tables: Tables, rows: pl.DataFrame, run: int) -> None:
    """Enters that `run`, an undo, puts deleted rows back; columns of `rows` as for `keep_before`."""
    tables.insert(_CHANGE, rows.select(*KEY, "line", "change", pl.lit(run).alias("run_id")))


def as_they_were(entries: pl.DataFrame) -> pl.DataFrame:
    """The rows of tracking that entries (columns ENTRIES) have kept."""
    return entries.select(*KEY, *VALUES, *(pl.col(kept).alias(name) for name, kept in _WRITER.items()))


def count(tables: Tables, runs: Collection[int]) -> int:
    """How many entries runs have."""
    return tables.count(_CHANGE, _of(runs))


def entries(tables: Tables, run: int, keys: pl.DataFrame) -> pl.DataFrame:
    """The entries of a run for `keys`; columns ENTRIES."""
    return tables.find(_CHANGE, keys, ENTRIES, {"run_id": run})


def deletions(tables: Tables, keys: pl.DataFrame) -> pl.DataFrame:
    """Which runs, undos too, have deleted the rows with those keys; columns of KEY, and `run_id`."""
    found = tables.find(_CHANGE, keys, KEY_SCHEMA | {"run_id": pl.Int64(), "change": pl.String()})
    return found.filter(pl.col("change") == "deleted").drop("change")


def touched(tables: Tables, run: int, sorter: Sorter, *, is_undo: bool = False) -> Iterator[pl.DataFrame]:
    """The keys of all rows that a run has created, updated or deleted, in order and each once."""
    return distinct(_touched(tables, run, is_undo=is_undo), sorter)


def _touched(tables: Tables, run: int, *, is_undo: bool) -> Iterator[pl.DataFrame]:
    yield from tables.stream(_CHANGE, KEY_SCHEMA, {"run_id": run})
    if not is_undo:
        yield from tables.stream(_CHANGE, KEY_SCHEMA, {"previous_run_id": run})
        yield from tables.stream("tracking", KEY_SCHEMA, {"run_id": run})


def forget(tables: Tables, runs: Collection[int]) -> None:
    """Removes the entries of runs."""
    for table in (_CHANGE, "tracking_log_change"):
        tables.remove(table, _of(runs))


def _of(runs: Collection[int]) -> Where:
    return {"run_id": Among(pl.Series(sorted(runs), dtype=pl.Int64))}
