"""Plan: what each kept row will do. The plan is data: a check shows it, an import stores it. (Section 7.)"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import polars as pl

from milepost.model.columns import KEY, VALUE_COLUMNS, VALUES
from milepost.model.findings import CODES
from milepost.model.status import COMPLETED_STATUSES, Status
from milepost.model.text import sentence
from milepost.model.tracked import before


class Outcome(StrEnum):
    """What becomes of a row that is neither rejected nor superseded."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


class Latest:
    """Tells the last line of each target from those that it supersedes."""

    def __init__(self) -> None:
        """To be given the kept rows in their order, frame by frame."""
        self._last: pl.DataFrame | None = None

    def take(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Of rows as `Keeper.rows` gives them: the last line of each target; and the findings of the others,
        schema `model.batch.FINDINGS`."""
        same = pl.lit(value=True)
        for name in KEY:
            earlier = None if self._last is None else self._last[name][0]
            same &= pl.col(name).eq_missing(pl.col(name).shift(1, fill_value=earlier))
        is_superseded = rows.select(same).to_series()
        last = rows.filter(~is_superseded)
        if not is_superseded.any():
            self._last = last.tail(1)
            return last, _superseded_findings(rows.clear().with_columns(winner="line", winner_given="given"))
        continued = self._last if self._last is not None else rows.head(1)
        winner = {
            f"winner{suffix}": pl.when(~same).then(pl.col(name)).forward_fill().fill_null(continued[name][0])
            for name, suffix in (("line", ""), ("given", "_given"))
        }
        superseded = rows.with_columns(**winner).filter(is_superseded)
        self._last = last.tail(1) if not last.is_empty() else self._last
        return last, _superseded_findings(superseded)


def plan(rows: pl.DataFrame, stored: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """What becomes of the last line of each target, in their order.

    `rows` are the last lines as `Latest.take` gives them, `stored` what the store has of their targets (columns
    `tracked.SCHEMA`), `now` the run's instant. Columns of the result: those of KEY, `line`, `outcome`, those of VALUES
    as they are to be, `before` each of VALUES what is stored, `given` as in the rows, and `completes_now`, whether
    `now` is the first completion for want of another.
    """
    stored = stored.rename({name: before(name) for name in VALUES})
    both = rows.join(stored.with_columns(is_stored=True), on=KEY, how="left", maintain_order="left")
    is_stored = pl.col("is_stored").is_not_null()
    completed, was_completed = (pl.col(name).is_in(_COMPLETED) for name in ("status", before("status")))
    known = pl.coalesce("first_completed_at", pl.when(was_completed).then(before("first_completed_at")))
    both = both.with_columns(
        first_completed_at=pl.when(completed).then(known.fill_null(int(now.timestamp()))),
        completes_now=completed & known.is_null(),
    )
    not_attempted = pl.col("status") == Status.NOT_ATTEMPTED.value
    is_same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(before(name))) for name in VALUES)
    outcome = (
        pl.when(not_attempted & is_stored)
        .then(pl.lit(Outcome.DELETED.value))
        .when(not_attempted)
        .then(pl.lit(Outcome.UNCHANGED.value))
        .when(~is_stored)
        .then(pl.lit(Outcome.CREATED.value))
        .when(is_same)
        .then(pl.lit(Outcome.UNCHANGED.value))
        .otherwise(pl.lit(Outcome.UPDATED.value))
    )
    stored_values = (before(name) for name in VALUES)
    return both.select(*KEY, "line", outcome.alias("outcome"), *VALUES, *stored_values, "given", "completes_now")


_COMPLETED = [status.value for status in COMPLETED_STATUSES]


def _superseded_findings(rows: pl.DataFrame) -> pl.DataFrame:
    lost = [
        pl.when(_has_bit("given", place) & ~_has_bit("winner_given", place)).then(pl.lit(name))
        for place, name in enumerate(VALUE_COLUMNS)
    ]
    names = pl.concat_str(lost, separator=", ", ignore_nulls=True)
    nothing = pl.lit(None, pl.String)
    hint = pl.concat_str(
        sentence("line {} wins", "winner"),
        pl.when(names != "").then(sentence("; it has no {}", names)).otherwise(pl.lit("")),
    )
    return rows.select(
        "line",
        pl.lit("superseded").alias("code"),
        nothing.alias("column"),
        nothing.alias("value"),
        pl.lit(CODES["superseded"].message).alias("message"),
        hint.alias("hint"),
    )


def _has_bit(name: str, place: int) -> pl.Expr:
    bit: pl.Expr = (pl.col(name) // 2**place) % 2 == 1
    return bit
