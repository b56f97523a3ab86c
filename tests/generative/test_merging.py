"""The merge of two rows against the naive oracle: more pairs, and stranger ones, than whole imports come by."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from generative import oracle, oracle_values, strategies, workbench
from generative.effort import examples
from generative.oracle_store import Tracking
from generative.oracle_values import Settings
from milepost.model.columns import KEY, VALUES
from milepost.model.job import CompletionDefault, MergeRule, RowRule
from milepost.model.tracked import SCHEMA
from milepost.steps.merge import merge
from milepost.steps.plan import plan

Pair = tuple[Tracking, Tracking]
"""A row of a file, with its defaults, and the stored one."""

NOW = 5_000
INSTANTS = (None, 1_000, 2_000, 3_000)


@st.composite
def rows(draw: DrawFn, *, stored: bool) -> Tracking:
    """An attempted row as it comes from a file, or as it is stored: then a completed one has its date."""
    status = draw(st.sampled_from(oracle_values.STATUSES[1:]))
    completed = status in oracle_values.COMPLETED
    score, score_max = draw(st.sampled_from([(None, None), (None, 10), (None, 20), *SCORED]))
    return Tracking(
        first_access=draw(st.sampled_from(INSTANTS)),
        last_access=draw(st.sampled_from(INSTANTS)),
        first_completion=draw(st.sampled_from(INSTANTS[1:] if stored else INSTANTS)) if completed else None,
        progression=draw(st.sampled_from([0.0, 50.0, 100.0])),
        status=status,
        time_spent=draw(st.sampled_from([0, 60, 70])),
        score=score,
        score_max=score_max,
    )


SCORED = [(score, score_max) for score in (0.0, 9.0, 14.5, 15.0) for score_max in (10, 15, 100) if score <= score_max]


def frame(found: list[Tracking]) -> pl.DataFrame:
    """The rows as the package has them, one for each registration."""
    values = [workbench.comparable(one) for one in found]
    return pl.DataFrame(
        [(number, 1, *row) for number, row in enumerate(values)], schema={**SCHEMA}, orient="row"
    ).with_columns(line=pl.lit(2, pl.Int64), given=pl.lit(0))


@examples(100)
@given(
    pairs=st.lists(st.tuples(rows(stored=False), rows(stored=True)), min_size=10, max_size=30),
    rules=strategies.merge_rules(),
    default=st.sampled_from(CompletionDefault),
)
def test_rows_are_merged_as_the_oracle_does(
    pairs: list[Pair], rules: dict[str, str], default: CompletionDefault
) -> None:
    new, old = (frame(list(each)) for each in zip(*pairs, strict=True))
    stored = old.select(list(SCHEMA))
    merged, _ = merge(new, stored, {column: MergeRule(rule) for column, rule in rules.items()}, RowRule.ALWAYS)
    planned = plan(merged, stored, datetime.fromtimestamp(NOW, UTC), default)
    settings = Settings(merge=rules, completion_default=default)
    settled = [oracle.settled(one, before, settings, NOW) for one, before in pairs]
    expected = [workbench.comparable(row) for row, _ in settled]
    assert planned.sort(KEY)["completes_now"].to_list() == [takes_now for _, takes_now in settled]
    assert planned.sort(KEY).select(VALUES).rows() == expected
