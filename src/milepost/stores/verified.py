"""What the store says today of the rows and the lines of one import."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from milepost.model.columns import KEY
from milepost.model.tracked import KEY_SCHEMA, SCHEMA
from milepost.stores.distinct import Sorter, distinct
from milepost.stores.port import Tables, Where

WRITTEN = SCHEMA | dict.fromkeys(("line", "checksum", "checksum_rule"), pl.Int64())
"""The columns of rows that a run was the last to write."""

_CHANGE = "tracking_change"


def rows(tables: Tables, run: int) -> Iterator[pl.DataFrame]:
    """The rows that no run has written after `run`, a bounded number at a time; columns WRITTEN."""
    return tables.stream("tracking", WRITTEN, {"run_id": run})


def changed_since(tables: Tables, run: int, sorter: Sorter) -> dict[int, int]:
    """How many of the rows that `run` wrote are now another run's, or gone: by the last run that changed them."""
    undoes = tables.rows("import_run", {"id": pl.Int64(), "undoes": pl.Int64()}).rename({"id": "run_id"})
    counted = [pl.DataFrame(schema={"run_id": pl.Int64(), "rows": pl.Int64()})]
    for keys in distinct(tables.stream(_CHANGE, KEY_SCHEMA, {"previous_run_id": run}), sorter):
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


def written_lines(tables: Tables, run: int) -> pl.Series:
    """The lines of a run's file that wrote or deleted a row, in order."""
    return _lines(
        tables,
        ("tracking", "line", {"run_id": run}),
        (_CHANGE, "previous_line", {"previous_run_id": run}),
        (_CHANGE, "line", {"run_id": run, "change": "deleted"}),
    )


def found_lines(tables: Tables, run: int) -> pl.Series:
    """The lines of a run's file that were rejected or superseded, in order."""
    return _lines(
        tables,
        ("import_finding", "line", {"run_id": run, "level": "error"}),
        ("import_finding", "line", {"run_id": run, "code": "superseded"}),
    )


def _lines(tables: Tables, *sources: tuple[str, str, Where]) -> pl.Series:
    parts = [pl.Series("line", [], dtype=pl.Int64)]
    for table, column, where in sources:
        parts += [part[column].alias("line") for part in tables.stream(table, {column: pl.Int64()}, where)]
    return pl.concat(parts).unique().sort()
