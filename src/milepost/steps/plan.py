"""Plan: what becomes of each row, in an import (section 7) and in an undo.

The plan is data: a check shows it, an import stores it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from milepost.model.columns import COMPLETED_STATUSES, KEY, VALUES, Status
from milepost.model.job import CompletionDefault
from milepost.model.reports import Reason
from milepost.model.text import sentence, utc_text
from milepost.model.tracked import SECONDS_A_DAY, before
from milepost.steps.line_frames import found_on

_OPPOSITE = {"created": "deleted", "updated": "updated", "deleted": "created"}
_NEVER = 0
"""The deleter of a row that no run has deleted."""
_ABSENT = {name: pl.Int64() for name in (*KEY, "deleter", "absent_by")}


def plan(
    rows: pl.DataFrame, stored: pl.DataFrame, now: datetime, default: CompletionDefault = CompletionDefault.NOW
) -> pl.DataFrame:
    """What becomes of the row of each target, in the order of `rows`.

    `rows` has the columns KEY, VALUES, `line` and `given`; each target has one row. `stored` has the stored rows of the
    targets (columns `tracked.SCHEMA`, and maybe more, which the result has too). `now` is the instant at which the run
    began; `default` is the first completion of completed rows of which none is known. Columns of the result: those of
    the rows, with the first completion to store; `outcome` (created, updated, unchanged or deleted); `before` each of
    VALUES the stored value; `completes_now`, whether `now` is the first completion because no other is known. Rows that
    have `completes_now` already keep it, and their first completion.
    """
    there = stored.rename({name: before(name) for name in VALUES}).with_columns(is_stored=True)
    both = rows.join(there, on=KEY, how="left", maintain_order="left")
    is_stored = pl.col("is_stored").is_not_null()
    completed, was_completed = (pl.col(name).is_in(COMPLETED_STATUSES) for name in ("status", before("status")))
    if "completes_now" not in rows.columns:
        known = pl.coalesce("first_completed_at", pl.when(was_completed).then(before("first_completed_at")))
        # A row that was completed without a date stays so: importing what was exported changes nothing.
        becomes = completed & ~was_completed.fill_null(value=False)
        if default is CompletionDefault.LAST_ACCESS:
            known = pl.coalesce(known, pl.when(becomes).then("last_access_at"))
        takes_now = becomes & known.is_null() & pl.lit(default is not CompletionDefault.NONE)
        completion = pl.when(takes_now).then(int(now.timestamp())).when(completed).then(known)
        both = both.with_columns(first_completed_at=completion, completes_now=takes_now)
    not_attempted = pl.col("status") == Status.NOT_ATTEMPTED
    is_same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(before(name))) for name in VALUES)
    outcome = (
        pl.when(not_attempted & is_stored)
        .then(pl.lit("deleted"))
        .when(not_attempted | (is_stored & is_same))
        .then(pl.lit("unchanged"))
        .when(is_stored)
        .then(pl.lit("updated"))
        .otherwise(pl.lit("created"))
    )
    return both.with_columns(outcome=outcome).drop("is_stored")


def assumed(planned: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The findings on rows of a plan whose completion is set to `now`, though their last access is more than a day
    earlier; schema `model.batch.FINDINGS`."""
    is_earlier = pl.col("last_access_at") < int(now.timestamp()) - SECONDS_A_DAY
    remedy = "to take that, set completionDateDefault to lastAccess"
    hint = sentence(f"the last access is {{}} UTC; {remedy}", utc_text("last_access_at"))
    rows = planned.filter(pl.col("completes_now") & is_earlier)
    return found_on(rows, "completion-date-assumed", hint, "firstCompletionDate")


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


def plan_undo(facts: Facts, run: int, undoes: int | None, order: pl.DataFrame) -> pl.DataFrame:
    """What becomes of the rows that `run` changed; `undoes` is the run that it undid if it is an undo.

    A row is put back if it still is as the run left it. Its writer decides that, not its values: a run writes a row
    once, so the run that wrote it last identifies the state of the row.
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
    exists, existed = pl.col("writer").is_not_null(), pl.col("change") != "deleted"
    fits = (exists == existed) & (pl.coalesce("writer", "absent_by") == pl.col("left_by"))
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
    ).drop("writer", "written_line", "deleter", "absent_by", "left_by")


def _with_left(
    rows: pl.DataFrame, facts: Facts, run: int, undoes: int | None, deletions: pl.DataFrame, order: pl.DataFrame
) -> pl.DataFrame:
    """Adds `left_by`: who wrote each row as the run left it, or deleted it if it did not exist then."""
    if facts.undone_entries is None:
        return rows.with_columns(left_by=pl.lit(run, pl.Int64))
    place = order.filter(pl.col("run_id") == undoes)["place"][0]
    deleted = rows.filter(pl.col("change") == "deleted").select(*KEY, bound=pl.lit(place, pl.Int64))
    absent = _absent_by(deleted, deletions).select(*KEY, left_by="absent_by")
    written = facts.undone_entries.select(*KEY, left_by="previous_run_id").join(absent, on=KEY, how="anti")
    return rows.join(pl.concat([written, absent]), on=KEY, how="left", maintain_order="left")


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
