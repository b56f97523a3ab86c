"""Supersede: which line of a target counts, and what becomes of its other lines. (Section 7.)"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from milepost.model.batch import no_findings
from milepost.model.columns import KEY, VALUE_COLUMNS
from milepost.model.findings import CODES
from milepost.model.text import sentence


def last_lines(rows: pl.DataFrame, following: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The last line of each target, and the findings on the lines that it supersedes.

    `rows` are sorted by target, the last line of each first. `following` is the row that counts for a target whose
    other lines stand at the beginning of `rows`, when that row was in an earlier frame. Findings have schema
    `model.batch.FINDINGS`.
    """
    every = rows if following is None else pl.concat([following, rows])
    same = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in KEY).fill_null(value=False)
    every = every.with_columns(is_superseded=same)
    is_superseded = every["is_superseded"]
    last = every.filter(~is_superseded).drop("is_superseded")
    if following is not None:
        last = last.slice(1)
    if not is_superseded.any():
        return last, no_findings()
    winner = {
        name: pl.when(~is_superseded).then(pl.col(of)).forward_fill()
        for name, of in (("winner", "line"), ("winner_given", "given"))
    }
    lost = every.with_columns(**winner).filter(is_superseded)
    return last, superseded(lost, _lost_values())


def layers(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The first line of each target, then the second of each that has one, and so on; within one by target."""
    rows = rows.sort(*KEY, "line").with_columns(turn=pl.int_range(pl.len()).over(KEY))
    for turn in range(int(rows["turn"].max()) + 1 if rows.height else 0):  # type: ignore[arg-type]
        yield rows.filter(pl.col("turn") == turn).drop("turn")


def superseded(rows: pl.DataFrame, then: pl.Expr) -> pl.DataFrame:
    """The findings on lines with a `winner`, the line that counts; `then` goes on after its number in the hint."""
    nothing = pl.lit(None, pl.String)
    return rows.select(
        "line",
        pl.lit("superseded").alias("code"),
        nothing.alias("column"),
        nothing.alias("value"),
        pl.lit(CODES["superseded"].message).alias("message"),
        pl.concat_str(sentence("line {} wins", "winner"), then).alias("hint"),
    )


def _lost_values() -> pl.Expr:
    """Which cells a line has and the line that supersedes it lacks."""
    has = {
        name: [(pl.col(given) // 2**place) % 2 == 1 for given in ("given", "winner_given")]
        for place, name in enumerate(VALUE_COLUMNS)
    }
    lost = [pl.when(own & ~winners).then(pl.lit(name)) for name, (own, winners) in has.items()]
    names = pl.concat_str(lost, separator=", ", ignore_nulls=True)
    return pl.when(names != "").then(sentence("; it has no {}", names)).otherwise(pl.lit(""))


def counting(layers: list[pl.DataFrame], is_by_access: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of merged lines: the row of each target, with the line that counts; and the findings on its other lines.

    `layers` has the rows of each turn as they are after it (KEY, `line`, VALUES, `given`, `completes_now`), with
    `is_older`, whether the row rule left the line out, and `own_access`, the last access of the line itself. The last
    line counts, or, `is_by_access`, the last of those with the latest access. Of a row, `given` has the cells of all
    lines that were merged, and `completes_now` says whether one of them was completed for want of a date.
    """
    if not layers:
        return pl.DataFrame(schema=dict.fromkeys((*KEY, "line", "given"), pl.Int64())), no_findings()
    every = pl.concat(layers)
    if len(layers) == 1:
        return every.drop("is_older", "own_access"), no_findings()
    every = pl.concat(layer.with_columns(turn=pl.lit(turn)) for turn, layer in enumerate(layers))
    if not is_by_access:
        every = every.with_columns(is_older=pl.lit(value=False))
    last = every.sort(*KEY, "turn").unique(KEY, keep="last", maintain_order=True)
    is_older = pl.col("is_older")
    winners = (
        every.sort(*KEY, ~is_older, pl.when(is_older).then("own_access"), "turn", nulls_last=False)
        .unique(KEY, keep="last", maintain_order=True)
        .select(*KEY, winner="line", final=last["first_completed_at"])
    )
    every = every.join(winners, on=KEY, how="left", maintain_order="left")
    is_winner = pl.col("line") == pl.col("winner")
    of_all = every.group_by(KEY, maintain_order=True).agg(
        pl.col("given").filter(is_winner | ~is_older).bitwise_or(),
        completes_now=(pl.col("completes_now") & (pl.col("first_completed_at") == pl.col("final"))).any(),
    )
    rows = last.drop("line", "given", "completes_now", "is_older", "own_access", "turn")
    rows = rows.join(winners.select(*KEY, line="winner"), on=KEY, how="left", maintain_order="left")
    rows = rows.join(of_all, on=KEY, how="left", maintain_order="left").select(layers[0].columns[:-2])
    then = pl.when(is_older).then(pl.lit("; its last access is later"))
    others = every.filter(~is_winner)
    return rows, superseded(others, then.otherwise(pl.lit("; the values of both are merged")))
