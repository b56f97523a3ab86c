"""Merge: the lines of each target become one row, by the rules of the job, before a plan is made. (Section 7.)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from milepost.model.batch import no_findings
from milepost.model.columns import KEY, STORED_AS, VALUE_COLUMNS, VALUES, Status
from milepost.model.job import STATUS_ORDER, MergeRule, RowRule
from milepost.model.text import sentence, utc_text
from milepost.model.tracked import before
from milepost.steps.line_frames import bit, found_on

_PLACES = {status.value: place for place, status in enumerate(STATUS_ORDER)}


def has_rules(rules: Mapping[str, MergeRule], row_rule: RowRule) -> bool:
    """Whether the rules of a job merge anything."""
    return row_rule is not RowRule.ALWAYS or any(rule is not MergeRule.REPLACE for rule in rules.values())


def merge(
    rows: pl.DataFrame, stored: pl.DataFrame, rules: Mapping[str, MergeRule], row_rule: RowRule
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of distinct targets merged with the stored ones, and the findings on rows that are older.

    `rows` has the columns KEY, VALUES and `line`, `stored` has at least those of `tracked.SCHEMA`; `rules` are those of
    VALUE_COLUMNS. The file's values are merged with their defaults, so the order of files makes no difference. A row
    that is not attempted changes nothing if the status has a rule other than `replace`. Findings have schema
    `model.batch.FINDINGS`.
    """
    rules = {STORED_AS[column]: rule for column, rule in rules.items() if rule is not MergeRule.REPLACE}
    old = stored.select(*KEY, *VALUES).rename({name: before(name) for name in VALUES}).with_columns(is_stored=True)
    both = rows.join(old, on=KEY, how="left", maintain_order="left")
    is_stored = pl.col("is_stored").is_not_null()
    is_older = pl.lit(row_rule is RowRule.NEWER) & (pl.col("last_access_at") < pl.col(before("last_access_at")))
    has_no_effect = (pl.col("status") == Status.NOT_ATTEMPTED) & pl.lit(value="status" in rules)
    both = both.with_columns(is_older=is_older.fill_null(value=False))
    keeps_stored = is_stored & (pl.col("is_older") | has_no_effect)
    result = both.with_columns(
        pl.when(keeps_stored).then(before(name)).when(is_stored).then(_merged(name, rules)).otherwise(name).alias(name)
        for name in VALUES
    )
    # On the row, not the cell: the cell's text is no longer known, and a patch may have filled it.
    instants = [utc_text(name) for name in ("last_access_at", before("last_access_at"))]
    hint = sentence("the last access is {} UTC, the stored one {} UTC", *instants)
    return result.select(rows.columns), found_on(both.filter("is_older"), "older-than-stored", hint)


def _merged(name: str, rules: Mapping[str, MergeRule]) -> pl.Expr:
    if name == "score_max" and not rules.keys().isdisjoint({"score", "score_max"}):
        return _score_max(rules)
    rule = rules.get(name, MergeRule.REPLACE)
    # A row that becomes completed has no date to keep, and a given date is better than a derived one.
    fills = name == "first_completed_at" and rule is MergeRule.KEEP
    return _by_rule(name, MergeRule.FILL if fills else rule)


def _by_rule(name: str, rule: MergeRule) -> pl.Expr:
    new, old = pl.col(name), pl.col(before(name))
    match rule:
        case MergeRule.HIGHEST | MergeRule.LATEST:
            return pl.max_horizontal(new, old)
        case MergeRule.LOWEST | MergeRule.EARLIEST:
            return pl.min_horizontal(new, old)
        case MergeRule.FURTHEST:
            places = [one.replace_strict(_PLACES, default=None, return_dtype=pl.Int64) for one in (new, old)]
            return pl.when(places[0] > places[1]).then(new).otherwise(old)
        case MergeRule.FILL:
            return pl.coalesce(old, new)
        case MergeRule.KEEP:
            return old
        case MergeRule.REPLACE:
            return new


def _score_max(rules: Mapping[str, MergeRule]) -> pl.Expr:
    """By its rule, but never null beside a score, nor below it; without a rule, the maximum of the winning score."""
    score = _by_rule("score", rules.get("score", MergeRule.REPLACE))
    new, old = pl.col("score_max"), pl.col(before("score_max"))
    # The maximum of the score that wins; of two equal scores, the greater maximum.
    is_new, is_old = score.eq_missing(pl.col("score")), score.eq_missing(pl.col(before("score")))
    own = pl.when(is_new & is_old).then(pl.max_horizontal(new, old)).when(is_old).then(old).otherwise(new)
    if "score_max" not in rules:
        return own
    ruled = _by_rule("score_max", rules["score_max"])
    # Raised to the score: with the other maximum in its place, the order of files would make a difference.
    raised = pl.max_horizontal(ruled, score.ceil().cast(pl.Int64))
    # The lowest maximum of a row without a score would be raised now, and be missing once a lower score arrives.
    is_lone = pl.col("score").is_null() != pl.col(before("score")).is_null()
    is_companion = ruled.is_null() | (is_lone & pl.lit(value=rules["score_max"] is MergeRule.LOWEST))
    return pl.when(score.is_null()).then(ruled).when(is_companion).then(own).otherwise(raised)


def last_lines(rows: pl.DataFrame, following: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The last line of each target, and the findings on the lines that it supersedes, with the cells they alone have.

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
    wins = pl.when(~is_superseded)
    lost = every.with_columns(
        winner=wins.then("line").forward_fill(), winner_given=wins.then("given").forward_fill()
    ).filter(is_superseded)
    missing = [pl.when(bit("given", name) & ~bit("winner_given", name)).then(pl.lit(name)) for name in VALUE_COLUMNS]
    names = pl.concat_str(missing, separator=", ", ignore_nulls=True)
    return last, _superseded(lost, pl.when(names != "").then(sentence("; it has no {}", names)).otherwise(pl.lit("")))


def layers(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The first line of each target, then the second of each that has one, and so on; within one by target."""
    rows = rows.sort(*KEY, "line").with_columns(turn=pl.int_range(pl.len()).over(KEY))
    for turn in range(int(rows["turn"].max()) + 1 if rows.height else 0):  # type: ignore[arg-type]
        yield rows.filter(pl.col("turn") == turn).drop("turn")


def _superseded(rows: pl.DataFrame, then: pl.Expr) -> pl.DataFrame:
    """The findings on lines with a `winner`; `then` continues the hint after its number."""
    return found_on(rows, "superseded", pl.concat_str(sentence("line {} wins", "winner"), then))


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
