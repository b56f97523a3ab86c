"""Merge: the values of a file and those that are stored, by the rules of the job, before a plan is made."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from milepost.model.columns import KEY, STORED_AS, VALUES
from milepost.model.findings import CODES
from milepost.model.merging import STATUS_ORDER, MergeRule, RowRule
from milepost.model.status import Status
from milepost.model.text import sentence, utc_text

_PLACES = {status.value: place for place, status in enumerate(STATUS_ORDER)}


def has_rules(rules: Mapping[str, MergeRule], row_rule: RowRule) -> bool:
    """Whether the rules of a job merge anything."""
    return row_rule is not RowRule.ALWAYS or any(rule is not MergeRule.REPLACE for rule in rules.values())


def merge(
    rows: pl.DataFrame, stored: pl.DataFrame, rules: Mapping[str, MergeRule], row_rule: RowRule
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of distinct targets merged with what is stored of them, and the findings on those that are older.

    `rows` has the columns KEY, VALUES and `line`, `stored` those of `tracked.SCHEMA` at least; `rules` has the rules of
    VALUE_COLUMNS. The file's values take part with their defaults, so the order of files makes no difference. A row
    that is not attempted changes nothing where the status has a rule other than `replace`. Findings have schema
    `model.batch.FINDINGS`.
    """
    rules = {STORED_AS[column]: rule for column, rule in rules.items() if rule is not MergeRule.REPLACE}
    there = stored.select(*KEY, *VALUES).rename({name: _old(name) for name in VALUES}).with_columns(is_stored=True)
    both = rows.join(there, on=KEY, how="left", maintain_order="left")
    is_stored = pl.col("is_stored").is_not_null()
    is_older = pl.lit(value=False)
    if row_rule is RowRule.NEWER:
        is_older = (pl.col("last_access_at") < pl.col(_old("last_access_at"))).fill_null(value=False)
    says_nothing = (pl.col("status") == Status.NOT_ATTEMPTED.value) & (
        pl.lit(value="status" in rules and rules["status"] is not MergeRule.REPLACE)
    )
    merged = {name: _merged(name, rules) for name in VALUES}
    both = both.with_columns(is_older=is_older & is_stored)
    result = both.with_columns(
        pl.when(is_stored & (pl.col("is_older") | says_nothing))
        .then(_old(name))
        .when(is_stored)
        .then(value)
        .otherwise(name)
        .alias(name)
        for name, value in merged.items()
    )
    return result.select(rows.columns), _older(both.filter("is_older"))


def _old(name: str) -> str:
    return f"old.{name}"


def _merged(name: str, rules: Mapping[str, MergeRule]) -> pl.Expr:
    if name == "score_max" and not rules.keys().isdisjoint({"score", "score_max"}):
        return _score_max(rules)
    if name == "first_completed_at" and rules.get(name) is MergeRule.KEEP:
        # A row that becomes completed has nothing to keep, and a given date is better than a made one.
        return _by_rule(name, MergeRule.FILL)
    return _by_rule(name, rules[name]) if name in rules else pl.col(name)


def _by_rule(name: str, rule: MergeRule) -> pl.Expr:
    new, old = pl.col(name), pl.col(_old(name))
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
    """By its rule, but never missing beside a score, nor below it; without a rule, the one that goes with the score."""
    score = _by_rule("score", rules.get("score", MergeRule.REPLACE))
    own = _maximum_of_score(score)
    if "score_max" not in rules:
        return own
    ruled = _by_rule("score_max", rules["score_max"])
    # Raised to the score, not replaced by the other maximum: with that, the order of files would make a difference.
    raised = pl.max_horizontal(ruled, score.ceil().cast(pl.Int64))
    # A least maximum from a row without a score would be raised now, and be missed once there is a lesser score.
    is_lone = pl.col("score").is_null() != pl.col(_old("score")).is_null()
    is_companion = ruled.is_null() | (is_lone & pl.lit(value=rules["score_max"] is MergeRule.LOWEST))
    return pl.when(score.is_null()).then(ruled).when(is_companion).then(own).otherwise(raised)


def _maximum_of_score(score: pl.Expr) -> pl.Expr:
    """The maximum that goes with the score that wins; of two equal scores, the greater one."""
    new, old = pl.col("score_max"), pl.col(_old("score_max"))
    is_new, is_old = score.eq_missing(pl.col("score")), score.eq_missing(pl.col(_old("score")))
    return pl.when(is_new & is_old).then(pl.max_horizontal(new, old)).when(is_old).then(old).otherwise(new)


def _older(rows: pl.DataFrame) -> pl.DataFrame:
    # About the row, not the cell: what stood in it is known no more, and patch may have filled it.
    instants = [utc_text(name) for name in ("last_access_at", _old("last_access_at"))]
    return rows.select(
        "line",
        pl.lit("older-than-stored").alias("code"),
        pl.lit(None, pl.String).alias("column"),
        pl.lit(None, pl.String).alias("value"),
        pl.lit(CODES["older-than-stored"].message).alias("message"),
        sentence("the last access is {} UTC, the stored one {} UTC", *instants).alias("hint"),
    )
