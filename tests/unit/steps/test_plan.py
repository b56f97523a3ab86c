"""What each kept row will do, wherever one frame ends and the next begins."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.model.batch import FINDINGS
from milepost.model.columns import KEY, VALUE_COLUMNS, VALUES
from milepost.model.tracked import SCHEMA, before
from milepost.steps.merge import last_lines
from milepost.steps.plan import plan

NOW = datetime(2024, 6, 1, 12, 0, 0, tzinfo=UTC)
KEPT = {name: SCHEMA[name] for name in (*KEY, *VALUES)} | {"line": pl.Int64(), "given": pl.Int64()}
"""The columns of kept rows."""
ROW = {"progression": 50.0, "status": "incomplete", "time_spent": 60}

Line = tuple[int, int, int, int]
"""Registration, learning object version, line, and a bit for each column that has a value."""

targets = st.tuples(st.integers(1, 3), st.integers(1, 2))
given_bits = st.sampled_from([0, 1, 0b101, 0b11111111])


@st.composite
def kept(draw: st.DrawFn) -> list[Line]:
    """Kept rows in their order: by target, the last line of each first."""
    named = draw(st.lists(st.tuples(targets, given_bits), max_size=14))
    lines = [(*target, line, bits) for line, (target, bits) in enumerate(named, start=2)]
    return sorted(lines, key=lambda row: (row[0], row[1], -row[2]))


def cut(rows: list[Line], borders: list[int]) -> list[pl.DataFrame]:
    """The rows in frames that end at those places; none is empty, unless all are."""
    ends = sorted({min(border, len(rows)) for border in borders} | {len(rows)})
    return [frame(rows[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def frame(rows: list[Line]) -> pl.DataFrame:
    """Kept rows as a frame."""
    cells = [dict(zip((*KEY, "line", "given"), row, strict=True)) | ROW for row in rows]
    return pl.DataFrame(cells, schema=KEPT)


def naively(rows: list[Line]) -> tuple[list[int], list[tuple[int, str]]]:
    """The lines that win, and the others with their hints."""
    winners: dict[tuple[int, int], tuple[int, int]] = {}
    superseded = []
    for registration, learning_object, line, bits in rows:
        winner, has = winners.setdefault((registration, learning_object), (line, bits))
        if winner == line:
            continue
        lost = [name for place, name in enumerate(VALUE_COLUMNS) if bits & (1 << place) and not has & (1 << place)]
        hint = f"line {winner} wins" + (f"; it has no {', '.join(lost)}" if lost else "")
        superseded.append((line, hint))
    return [line for line, _ in winners.values()], superseded


@given(rows=kept(), borders=st.lists(st.integers(1, 14)))
def test_the_last_line_of_each_target_wins_wherever_frames_end(rows: list[Line], borders: list[int]) -> None:
    following: pl.DataFrame | None = None
    lines: list[int] = []
    said: list[tuple[int, str]] = []
    for part in cut(rows, borders):
        last, findings = last_lines(part, following)
        following = last.tail(1) if last.height else following
        assert findings.schema == FINDINGS
        assert last.schema == part.schema
        assert set(findings["code"]) <= {"superseded"}
        lines += last["line"].to_list()
        said += findings.select("line", "hint").rows()
    assert (lines, said) == naively(rows)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_target_goes_on_through_many_frames(size: int) -> None:
    rows = [(1, 1, line, 1 if line % 2 else 3) for line in range(30, 1, -1)] + [(1, 2, 40, 0)]
    following: pl.DataFrame | None = None
    taken = []
    for part in cut(rows, list(range(size, len(rows), size))):
        taken.append(last_lines(part, following))
        following = taken[-1][0].tail(1) if taken[-1][0].height else following
    assert [line for last, _ in taken for line in last["line"]] == [30, 40]
    hints = [hint for _, findings in taken for hint in findings["hint"]]
    assert hints == ["line 30 wins"] * 28


def planned(row: dict[str, object], stored: dict[str, object] | None) -> dict[str, object]:
    """What becomes of one row for which `stored` is there."""
    key = dict.fromkeys(KEY, 1)
    rows = pl.DataFrame([key | {"line": 2} | row], schema=KEPT)
    there = pl.DataFrame([] if stored is None else [key | stored], schema=SCHEMA)
    return plan(rows, there, NOW).row(0, named=True)


INCOMPLETE: dict[str, object] = {"progression": 50.0, "status": "incomplete", "time_spent": 60}
COMPLETED: dict[str, object] = {"progression": 100.0, "status": "completed", "time_spent": 60}
NOT_ATTEMPTED: dict[str, object] = {"progression": 0.0, "status": "notAttempted", "time_spent": 0}
RUN = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("row", "stored", "outcome", "completed_at"),
    [
        (INCOMPLETE, None, "created", None),
        (INCOMPLETE, INCOMPLETE, "unchanged", None),
        (INCOMPLETE | {"score": 0.0}, INCOMPLETE, "updated", None),
        (INCOMPLETE, INCOMPLETE | {"score": 0.0}, "updated", None),
        (INCOMPLETE | {"progression": 50.00000000000001}, INCOMPLETE, "updated", None),
        (INCOMPLETE | {"first_completed_at": 5}, None, "created", None),
        (INCOMPLETE, COMPLETED | {"first_completed_at": 5}, "updated", None),
        (COMPLETED, None, "created", RUN),
        (COMPLETED | {"first_completed_at": 7}, None, "created", 7),
        (COMPLETED, INCOMPLETE, "updated", RUN),
        (COMPLETED, COMPLETED | {"first_completed_at": 5}, "unchanged", 5),
        (COMPLETED | {"status": "passed"}, COMPLETED | {"first_completed_at": 5}, "updated", 5),
        (COMPLETED | {"first_completed_at": 7}, COMPLETED | {"first_completed_at": 5}, "updated", 7),
        (COMPLETED | {"status": "failed"}, COMPLETED | {"first_completed_at": 5}, "updated", None),
        (NOT_ATTEMPTED, None, "unchanged", None),
        (NOT_ATTEMPTED, INCOMPLETE, "deleted", None),
    ],
)
def test_what_becomes_of_a_row(
    row: dict[str, object], stored: dict[str, object] | None, outcome: str, completed_at: int | None
) -> None:
    found = planned(row, stored)
    assert (found["outcome"], found["first_completed_at"]) == (outcome, completed_at)
    assert found["completes_now"] == (completed_at == RUN)
    was = stored or {}
    assert {name: found[before(name)] for name in VALUES} == {name: was.get(name) for name in VALUES}
    as_given = {name: row.get(name) for name in VALUES if name != "first_completed_at"}
    assert {name: found[name] for name in as_given} == as_given


def test_a_plan_is_in_the_order_of_its_rows() -> None:
    rows = frame([(3, 1, 9, 0), (1, 2, 4, 0), (1, 1, 8, 0), (2, 1, 2, 0)])
    stored = pl.DataFrame([{KEY[0]: 1, KEY[1]: 1} | INCOMPLETE, {KEY[0]: 2, KEY[1]: 1} | COMPLETED], schema=SCHEMA)
    found = plan(rows, stored, NOW)
    assert found["line"].to_list() == [9, 4, 8, 2]
    assert found["outcome"].to_list() == ["created", "created", "unchanged", "updated"]
    stored_values = [before(name) for name in VALUES]
    assert found.columns == [*KEY, *VALUES, "line", "given", *stored_values, "completes_now", "outcome"]
