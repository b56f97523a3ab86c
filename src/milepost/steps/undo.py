"""Undo: what becomes of the rows that a run changed.

A row is put back when it is now as the run left it. Its writer decides that, never its values: a run writes a row once,
so the run that is named as its writer says which state the row is in.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from milepost.model.columns import KEY
from milepost.model.undo import Reason

_OPPOSITE = {"created": "deleted", "updated": "updated", "deleted": "created"}
_NEVER = 0
"""Stands in place of the run that deleted a row which no run has deleted."""
_ABSENT = {name: pl.Int64() for name in (*KEY, "deleter", "absent_by")}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store knows of some rows that a run changed."""

    keys: pl.DataFrame
    """The rows: KEY, sorted."""
    entries: pl.DataFrame
    """The entries of the run in the journal; columns `journal.ENTRIES`."""
    writers: pl.DataFrame
    """Who wrote the existing ones last; columns `tracked.WRITERS`."""
    undone_entries: pl.DataFrame | None
    """For an undo: the entries of the run that it undid."""
    deletions: pl.DataFrame
    """Which runs have deleted the rows: KEY and `run_id`."""
    registrations: pl.Series
    """The registrations that exist, of those of the rows."""
    objects: pl.Series
    """The learning object versions that exist, of those of the rows."""


def plan(facts: Facts, run: int, undoes: int | None, order: pl.DataFrame) -> pl.DataFrame:
    """What becomes of rows that `run`, which undid the run `undoes` if it is an undo, changed.

    `order` has the runs in the order in which they changed the store: `run_id`, `place`, `undoes_place`. Columns of the
    result: KEY; `line`, of the run's file; `outcome`, what is done to the row, or null where it stays; `reason` and
    `run`, why it stays and who wrote it, as in `model.undo.KeptRow`; and the journal's ENTRIES, with what is put back.
    """
    writers = facts.writers.rename({"run_id": "writer", "line": "written_line"})
    rows = facts.keys.join(facts.entries, on=KEY, how="left", maintain_order="left")
    rows = rows.join(writers, on=KEY, how="left", maintain_order="left")
    rows = rows.with_columns(
        pl.col("change").fill_null("created"),
        line=pl.coalesce("line", pl.when(pl.col("writer") == run).then("written_line")),
    )
    deletions = facts.deletions.join(order, on="run_id")
    rows = _with_left(rows, facts, run, undoes, deletions, order)
    rows = _with_deleters(rows, deletions, order.height)
    is_there, was_there = pl.col("writer").is_not_null(), pl.col("left_absent_by").is_null()
    fits = (
        pl.when(is_there & was_there)
        .then(pl.col("writer") == pl.col("left_written_by"))
        .otherwise(~is_there & ~was_there & (pl.col("absent_by") == pl.col("left_absent_by")))
    )
    rows = rows.with_columns(outcome=pl.when(fits).then(pl.col("change").replace_strict(_OPPOSITE)))
    has_parents = pl.col(KEY[0]).is_in(facts.registrations.implode()) & pl.col(KEY[1]).is_in(facts.objects.implode())
    is_gone = ((pl.col("outcome") == "created") & ~has_parents).fill_null(value=False)
    reason = (
        pl.when(is_gone)
        .then(pl.lit(Reason.GONE.value))
        .when(pl.col("outcome").is_null())
        .then(pl.when(is_there).then(pl.lit(Reason.WRITTEN.value)).otherwise(pl.lit(Reason.DELETED.value)))
    )
    return rows.with_columns(
        outcome=pl.when(~is_gone).then("outcome"),
        reason=reason,
        run=pl.when(~is_gone).then(pl.coalesce("writer", "deleter")),
    ).drop("writer", "written_line", "deleter", "absent_by", "left_written_by", "left_absent_by")


def _with_left(
    rows: pl.DataFrame, facts: Facts, run: int, undoes: int | None, deletions: pl.DataFrame, order: pl.DataFrame
) -> pl.DataFrame:
    """Adds how the run left each row: `left_written_by`, or `left_absent_by` where it did not exist afterwards."""
    was_deleted = pl.col("change") == "deleted"
    if facts.undone_entries is None:
        number = pl.lit(run, pl.Int64)
        return rows.with_columns(
            left_written_by=pl.when(~was_deleted).then(number), left_absent_by=pl.when(was_deleted).then(number)
        )
    before = facts.undone_entries.select(*KEY, left_written_by="previous_run_id")
    rows = rows.join(before, on=KEY, how="left", maintain_order="left")
    place = order.filter(pl.col("run_id") == undoes)["place"][0]
    absent = _absent_by(rows.filter(was_deleted).select(*KEY, bound=pl.lit(place, pl.Int64)), deletions)
    return rows.join(
        absent.select(*KEY, left_absent_by="absent_by"), on=KEY, how="left", maintain_order="left"
    ).with_columns(left_written_by=pl.when(~was_deleted).then("left_written_by"))


def _with_deleters(rows: pl.DataFrame, deletions: pl.DataFrame, runs: int) -> pl.DataFrame:
    """Adds, for rows that do not exist, `deleter`, the run that deleted it last, and `absent_by`."""
    missing = rows.filter(pl.col("writer").is_null()).select(*KEY, bound=pl.lit(runs, pl.Int64))
    return rows.join(_absent_by(missing, deletions), on=KEY, how="left", maintain_order="left")


def _absent_by(keys: pl.DataFrame, deletions: pl.DataFrame) -> pl.DataFrame:
    """Since which deletion the rows with those keys did not exist, at the place `bound` in the order of the runs.

    Columns: KEY; `deleter`, the last run that deleted it, or null; `absent_by`, the import to whose deletion that comes
    down: an undo that takes a new row away leaves things as they were before it came.
    """
    found = [pl.DataFrame(schema=_ABSENT)]
    open_ = keys.with_columns(deleter=pl.lit(None, pl.Int64))
    while not open_.is_empty():
        last = (
            open_.join(deletions, on=KEY, how="left")
            .filter(pl.col("place").is_null() | (pl.col("place") < pl.col("bound")))
            .sort("place", nulls_last=False)
            .unique(KEY, keep="last")
        )
        last = open_.join(last.drop("bound", "deleter"), on=KEY, how="left", maintain_order="left")
        last = last.with_columns(deleter=pl.coalesce("deleter", "run_id"))
        is_settled = pl.col("undoes_place").is_null()
        found.append(last.filter(is_settled).select(*KEY, "deleter", absent_by=pl.col("run_id").fill_null(_NEVER)))
        # The lesser of both: a clock that was set back must not make this go on for ever.
        open_ = last.filter(~is_settled).select(
            *KEY, pl.min_horizontal("undoes_place", "place").alias("bound"), "deleter"
        )
    return pl.concat(found)
