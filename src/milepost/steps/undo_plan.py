"""Undo: what becomes of the rows that a run changed.

A row is put back if it still is as the run left it. Its writer decides that, not its values: a run writes a row once,
so the run that wrote it last identifies the state of the row.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from milepost.model.columns import KEY
from milepost.model.reports import Reason

_OPPOSITE = {"created": "deleted", "updated": "updated", "deleted": "created"}
_NEVER = 0
"""The deleter of a row that no run has deleted."""
_ABSENT = {name: pl.Int64() for name in (*KEY, "deleter", "absent_by")}


@dataclass(frozen=True, slots=True)
class Facts:
    """The data of the store on some rows that a run changed."""

    keys: pl.DataFrame
    """The rows: KEY, sorted."""
    entries: pl.DataFrame
    """The entries of the run in the journal; columns `journal.ENTRIES`."""
    writers: pl.DataFrame
    """The last writers of the rows that exist; columns `tracked.WRITERS`."""
    undone_entries: pl.DataFrame | None
    """If the run is an undo: the entries of the run that it undid."""
    deletions: pl.DataFrame
    """The runs that deleted the rows: KEY and `run_id`."""
    registrations: pl.Series
    """The existing ones among the registrations of the rows."""
    objects: pl.Series
    """The existing ones among the learning object versions of the rows."""


def plan(facts: Facts, run: int, undoes: int | None, order: pl.DataFrame) -> pl.DataFrame:
    """What becomes of the rows that `run` changed; `undoes` is the run that it undid if it is an undo.

    `order` has the runs in the order of their changes: `run_id`, `place`, `undoes_place`. Columns of the result: KEY;
    `line`, of the run's file; `outcome`, what is done to the row, null where it stays; `reason` and `run`, why it stays
    and who wrote it, as in `model.undo.KeptRow`; and the journal's ENTRIES, with the values to put back.
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
    # Rows that do not exist: who deleted them last.
    missing = rows.filter(pl.col("writer").is_null()).select(*KEY, bound=pl.lit(order.height, pl.Int64))
    rows = rows.join(_absent_by(missing, deletions), on=KEY, how="left", maintain_order="left")
    exists, existed = pl.col("writer").is_not_null(), pl.col("left_absent_by").is_null()
    fits = (
        pl.when(exists & existed)
        .then(pl.col("writer") == pl.col("left_written_by"))
        .otherwise(~exists & ~existed & (pl.col("absent_by") == pl.col("left_absent_by")))
    )
    rows = rows.with_columns(outcome=pl.when(fits).then(pl.col("change").replace_strict(_OPPOSITE)))
    has_parents = pl.col(KEY[0]).is_in(facts.registrations.implode()) & pl.col(KEY[1]).is_in(facts.objects.implode())
    is_gone = ((pl.col("outcome") == "created") & ~has_parents).fill_null(value=False)
    reason = (
        pl.when(is_gone)
        .then(pl.lit(Reason.GONE.value))
        .when(pl.col("outcome").is_null())
        .then(pl.when(exists).then(pl.lit(Reason.WRITTEN.value)).otherwise(pl.lit(Reason.DELETED.value)))
    )
    return rows.with_columns(
        outcome=pl.when(~is_gone).then("outcome"),
        reason=reason,
        run=pl.when(~is_gone).then(pl.coalesce("writer", "deleter")),
    ).drop("writer", "written_line", "deleter", "absent_by", "left_written_by", "left_absent_by")


def _with_left(
    rows: pl.DataFrame, facts: Facts, run: int, undoes: int | None, deletions: pl.DataFrame, order: pl.DataFrame
) -> pl.DataFrame:
    """Adds the state in which the run left each row: `left_written_by`, or `left_absent_by` if it did not exist."""
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
    absent = absent.select(*KEY, left_absent_by="absent_by")
    rows = rows.join(absent, on=KEY, how="left", maintain_order="left")
    return rows.with_columns(left_written_by=pl.when(~was_deleted).then("left_written_by"))


def _absent_by(keys: pl.DataFrame, deletions: pl.DataFrame) -> pl.DataFrame:
    """The deletions because of which the rows did not exist at the place `bound` in the order of the runs.

    Columns: KEY; `deleter`, the last run that deleted the row, or null; `absent_by`, the import whose deletion is in
    effect: an undo that removes a new row restores the state before that row, which may be an earlier deletion.
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
        # The lower place of both, so that the loop ends even if a clock was set back.
        bound = pl.min_horizontal("undoes_place", "place")
        open_ = last.filter(~is_settled).select(*KEY, bound.alias("bound"), "deleter")
    return pl.concat(found)
