"""The score and its maximum: every order of every three rows of a small space comes to the same, and fits together."""

from __future__ import annotations

import itertools

import polars as pl
import pytest

from milepost.model.columns import KEY
from milepost.model.job import MergeRule, RowRule
from milepost.model.tracked import SCHEMA
from milepost.steps.merge import merge

Pair = tuple[float | None, int | None]
"""A score and its maximum."""

SCORES = (None, 0.0, 9.0, 14.5, 15.0)
MAXIMA = (None, 10, 15, 20, 100)
PAIRS: list[Pair] = [
    (score, score_max)
    for score, score_max in itertools.product(SCORES, MAXIMA)
    if score is None or (score_max is not None and score <= score_max)
]
TRIPLES = list(itertools.combinations_with_replacement(PAIRS, 3))


def rows(place: int) -> pl.DataFrame:
    """A row for each triple, with what stands in it at `place`."""
    count = len(TRIPLES)
    known = {name: [0] * count for name in SCHEMA}
    given = {
        KEY[0]: list(range(count)),
        "status": ["incomplete"] * count,
        "score": [triple[place][0] for triple in TRIPLES],
        "score_max": [triple[place][1] for triple in TRIPLES],
    }
    return pl.DataFrame(known | given, schema=SCHEMA).with_columns(line=pl.lit(1, pl.Int64), given=pl.lit(0))


@pytest.mark.parametrize("score_max", ["replace", "highest", "lowest"])
@pytest.mark.parametrize("score", ["highest", "lowest"])
def test_the_order_of_scores_makes_no_difference(score: str, score_max: str) -> None:
    rules = {"score": MergeRule(score), "scoreMax": MergeRule(score_max)}
    found = []
    for first, *others in itertools.permutations(range(3)):
        stored = rows(first).select(list(SCHEMA))
        for place in others:
            merged, findings = merge(rows(place), stored, rules, RowRule.ALWAYS)
            assert findings.is_empty()
            stored = merged.select(list(SCHEMA))
        found.append(stored)
    assert all(stored.equals(found[0]) for stored in found)
    scored = found[0].filter(pl.col("score").is_not_null())
    assert scored.select((pl.col("score") <= pl.col("score_max")).fill_null(value=False).all()).item()


def test_without_rules_rows_are_handed_on_as_they_are() -> None:
    some = rows(0)
    merged, findings = merge(some, rows(1).select(list(SCHEMA)), {"score": MergeRule.REPLACE}, RowRule.ALWAYS)
    assert merged.equals(some)
    assert findings.is_empty()
