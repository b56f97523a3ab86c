"""Plan: what becomes of each row. The plan is data: a check shows it, an import stores it. (Section 7.)"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from milepost.model.columns import COMPLETED_STATUSES, KEY, VALUES, Status
from milepost.model.tracked import before


def plan(rows: pl.DataFrame, stored: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """What becomes of the row of each target, in the order of `rows`.

    `rows` has the columns KEY, VALUES, `line` and `given`; each target has one row. `stored` has the stored rows of the
    targets (columns `tracked.SCHEMA`, and maybe more, which the result has too). `now` is the instant at which the run
    began. Columns of the result: those of the rows, with the first completion to store; `outcome` (created, updated,
    unchanged or deleted); `before` each of VALUES the stored value; `completes_now`, whether `now` is the first
    completion because no other is known, or the rows say so.
    """
    there = stored.rename({name: before(name) for name in VALUES}).with_columns(is_stored=True)
    both = rows.join(there, on=KEY, how="left", maintain_order="left")
    is_stored = pl.col("is_stored").is_not_null()
    completed, was_completed = (pl.col(name).is_in(COMPLETED_STATUSES) for name in ("status", before("status")))
    known = pl.coalesce("first_completed_at", pl.when(was_completed).then(before("first_completed_at")))
    earlier = pl.col("completes_now") if "completes_now" in rows.columns else pl.lit(value=False)
    both = both.with_columns(
        first_completed_at=pl.when(completed).then(known.fill_null(int(now.timestamp()))),
        completes_now=completed & (known.is_null() | earlier),
    )
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
