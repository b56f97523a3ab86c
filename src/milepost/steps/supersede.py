"""Supersede: which line of a target counts, and what becomes of its other lines. (Section 7.)"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from milepost.model.batch import no_findings
from milepost.model.columns import KEY, VALUE_COLUMNS
from milepost.model.text import sentence
from milepost.steps.finding_frames import found_on
from milepost.steps.given import bit


def last_lines(rows: pl.DataFrame, following: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The last line of each target, and the findings on the lines that it supersedes.

    `rows` are sorted by target, the last line of each first. `following` is the winning row of a target that began in
    an earlier frame and goes on in `rows`. Findings have schema `model.batch.FINDINGS`.
    """
    every = rows if following is None else pl.concat([following, rows])
    same = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in KEY).fill_null(value=False)
    is_superseded = every.select(same).to_series()
    last = every.filter(~is_superseded)
    if following is not None:
        last = last.slice(1)
    if not is_superseded.any():
        return last, no_findings()
    winner = {
        name: pl.when(~is_superseded).then(pl.col(of)).forward_fill()
        for name, of in (("winner", "line"), ("winner_given", "given"))
    }
    lost = every.with_columns(**winner).filter(is_superseded)
    return last, _superseded(lost, _lost_values())


def layers(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The first line of each target, then the second of each that has one, and so on; within one by target."""
    rows = rows.sort(*KEY, "line").with_columns(turn=pl.int_range(pl.len()).over(KEY))
    for turn in range(int(rows["turn"].max()) + 1 if rows.height else 0):  # type: ignore[arg-type]
        yield rows.filter(pl.col("turn") == turn).drop("turn")


def _superseded(rows: pl.DataFrame, then: pl.Expr) -> pl.DataFrame:
    """The findings on lines with a `winner`; `then` continues the hint after its number."""
    return found_on(rows, "superseded", pl.concat_str(sentence("line {} wins", "winner"), then))


def _lost_values() -> pl.Expr:
    """The cells that a line has and its winner lacks, as the end of a hint."""
    lost = [pl.when(bit("given", name) & ~bit("winner_given", name)).then(pl.lit(name)) for name in VALUE_COLUMNS]
    names = pl.concat_str(lost, separator=", ", ignore_nulls=True)
    return pl.when(names != "").then(sentence("; it has no {}", names)).otherwise(pl.lit(""))


def counting(layers: list[pl.DataFrame], is_by_access: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The row of each target after its lines were merged, with the winning line; and the findings on its other lines.

    `layers` has the rows after each turn (KEY, `line`, VALUES, `given`, `completes_now`), with `is_older`, whether the
    row rule left the line out, and `own_access`, the last access of the line itself. The last line wins, or, if
    `is_by_access`, the last of those with the latest access. In the result, `given` has the cells of all merged lines,
    and `completes_now` is true if the final first completion of any of them was derived.
    """
    if not layers:
        return pl.DataFrame(schema=dict.fromkeys((*KEY, "line", "given"), pl.Int64())), no_findings()
    result = layers[0].drop("is_older", "own_access")
    if len(layers) == 1:
        return result, no_findings()
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
    rows = last.drop("given", "completes_now").with_columns(line=winners["winner"])
    rows = rows.join(of_all, on=KEY, how="left", maintain_order="left").select(result.columns)
    is_later, is_merged = pl.lit("; its last access is later"), pl.lit("; the values of both are merged")
    return rows, _superseded(every.filter(~is_winner), pl.when(is_older).then(is_later).otherwise(is_merged))
