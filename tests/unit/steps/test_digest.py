"""The digest of a plan: it tells every difference, and no order."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.model.columns import KEY, VALUES
from milepost.model.tracked import SCHEMA, before
from milepost.steps.summarize import PlanDigest

PLANNED = {
    **{name: SCHEMA[name] for name in KEY},
    "line": pl.Int64(),
    "outcome": pl.String(),
    **{name: SCHEMA[name] for name in VALUES},
    **{before(name): SCHEMA[name] for name in VALUES},
    "completes_now": pl.Boolean(),
}
ROW = {
    KEY[0]: 1,
    KEY[1]: 2,
    "line": 3,
    "outcome": "updated",
    "first_completed_at": 5,
    "progression": 50.0,
    "status": "incomplete",
    "completes_now": False,
}


def digest_of(*rows: dict[str, object]) -> str:
    """The digest of a plan with those rows."""
    made = PlanDigest()
    made.add_plan(pl.DataFrame([ROW | row for row in rows], schema=PLANNED))
    return made.hexdigest()


def findings(rows: list[tuple[int, str, str | None]]) -> pl.DataFrame:
    """Findings as far as the digest looks at them."""
    return pl.DataFrame(rows, schema={"line": pl.Int64, "code": pl.String, "column": pl.String}, orient="row")


DIFFERENT: list[dict[str, object]] = [
    {KEY[0]: 2, KEY[1]: 1},
    {"line": 4},
    {"outcome": "created"},
    {"first_completed_at": 6},
    {"first_completed_at": None},
    {"completes_now": True},
    {"progression": 50.00000000000001},
    {"progression": None},
    {"status": "failed"},
    {"score": 0.0},
    {"score_max": 0},
    {"time_spent": 0},
    {before("progression"): 50.0, "progression": None},
    {before("score"): 0.0},
]


def test_every_difference_shows() -> None:
    found = [digest_of(row) for row in [{}, *DIFFERENT]]
    assert len(set(found)) == len(found)
    assert all(len(one) == 64 for one in found)


def test_rows_that_are_there_twice_are_not_nothing() -> None:
    assert len({digest_of({}), digest_of({}, {}), digest_of({}, {}, {})}) == 3


def test_two_rows_that_swap_their_values_differ() -> None:
    one: dict[str, object] = {KEY[0]: 1, "progression": 1.0}
    other: dict[str, object] = {KEY[0]: 2, "progression": 2.0}
    assert digest_of(one, other) != digest_of(one | {"progression": 2.0}, other | {"progression": 1.0})


@pytest.mark.parametrize("now", [7, 8])
def test_the_instant_of_the_run_makes_no_difference(now: int) -> None:
    assert digest_of({"first_completed_at": now, "completes_now": True}) == digest_of({"completes_now": True})


def test_negative_zero_is_zero() -> None:
    assert digest_of({"progression": -0.0}) == digest_of({"progression": 0.0})


lines = st.lists(
    st.tuples(
        st.integers(2, 9),
        st.sampled_from(["superseded", "older-than-stored", "invalid-number", "date-in-future"]),
        st.sampled_from([None, "score"]),
    ),
    max_size=12,
)


@given(rows=lines, order=st.randoms(use_true_random=False), cut=st.integers(0, 12))
def test_neither_the_order_nor_the_parts_make_a_difference(
    rows: list[tuple[int, str, str | None]], order: random.Random, cut: int
) -> None:
    whole, parted = PlanDigest(), PlanDigest()
    whole.add_findings(findings(rows))
    shuffled = order.sample(rows, len(rows))
    for part in (shuffled[:cut], shuffled[cut:]):
        parted.add_findings(findings(part))
    assert whole.hexdigest() == parted.hexdigest()


@given(rows=lines.filter(bool))
def test_each_finding_counts(rows: list[tuple[int, str, str | None]]) -> None:
    every, fewer = PlanDigest(), PlanDigest()
    every.add_findings(findings(rows))
    fewer.add_findings(findings(rows[1:]))
    assert every.hexdigest() != fewer.hexdigest()
