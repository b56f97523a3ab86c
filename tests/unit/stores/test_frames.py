"""Frames into tables and back: every value comes out as it went in, on each database."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from milepost.stores.port import Among, Schema
from milepost.stores.sql import sqlite
from milepost.stores.sql.metadata import learning_object_version, training
from milepost.stores.sql.store import SQLStore, SQLTables

LEARNER = {
    "id": pl.Int64(),
    "login": pl.String(),
    "login_key": pl.String(),
    "guid": pl.String(),
    "guid_key": pl.String(),
    "name": pl.String(),
    "first_name": pl.String(),
}
NUMBERS = {
    "registration_id": pl.Int64(),
    "learning_object_version_id": pl.Int64(),
    "first_access_at": pl.Int64(),
    "progression": pl.Float64(),
    "status": pl.String(),
    "time_spent": pl.Int64(),
    "score": pl.Float64(),
    "run_id": pl.Int64(),
    "line": pl.Int64(),
}
AWKWARD = (
    *("", " ", "NULL", "null", "\\N", "\\.", "\\", "\\n", "\\\\.", '"', '""', '","', "'", "''", ",", ",,"),
    *("\n", "\r", "\r\n", "\n\\.\n", "a\n\\.\nb", "\t", "\v", "\x01", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffd"),
    *("𝒷😀", "e\u0301", "é", "İ", "ß", "\U0010ffff", "true", "1", "1e5", "%s", "{}", ":name", "?", "$1", "x" * 70_000),
)
texts = st.sampled_from(AWKWARD) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
floats = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [
        0.1 + 0.2,
        5e-324,
        -5e-324,
        1.7976931348623157e308,
        1e16,
        1e22,
        123456789.123456789,
        1 / 3,
        2.2250738585072014e-308,
    ]
)
longs = st.integers(-(2**63), 2**63 - 1)


class UndoneError(Exception):
    """Undoes what a test has written."""


@contextmanager
def rolled_back(opened: SQLStore) -> Iterator[SQLTables]:
    """A transaction that leaves nothing behind."""
    with suppress(UndoneError), opened.write() as tables:
        if tables.connection.dialect.name == "sqlite":
            # These rows refer to others that are not there.
            tables.connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        yield tables
        raise UndoneError


def learners(values: list[tuple[str | None, str | None]]) -> pl.DataFrame:
    """Learners with those names."""
    rows = [(number, *[f"l{number}"] * 4, *names) for number, names in enumerate(values, 1)]
    return pl.DataFrame(rows, schema=LEARNER, orient="row")


def numbers(values: list[tuple[int | None, float, int, float | None]]) -> pl.DataFrame:
    """Tracking rows with those values."""
    rows = [
        (1, place, first, one, "failed", spent, score, 1, 2) for place, (first, one, spent, score) in enumerate(values)
    ]
    return pl.DataFrame(rows, schema=NUMBERS, orient="row")


def learners_of(tables: SQLTables, at_a_time: int = 50_000) -> pl.DataFrame:
    """The learners that are stored."""
    return joined(LEARNER, tables.stream("learner", LEARNER, order=("id",), at_a_time=at_a_time))


def numbers_of(tables: SQLTables, at_a_time: int = 50_000) -> pl.DataFrame:
    """The tracking rows that are stored."""
    return joined(
        NUMBERS, tables.stream("tracking", NUMBERS, order=("learning_object_version_id",), at_a_time=at_a_time)
    )


def few_and_many(tables: SQLTables, table: str, schema: Schema, order: str) -> pl.DataFrame:
    """The rows of a table, read as few are and as many are: both ways give the same."""
    few = tables.rows(table, schema, order=(order,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite, "_FEW_ROWS", 0)
        many = tables.rows(table, schema, order=(order,))
    assert_frame_equal(few, many, check_exact=True)
    return few


def joined(schema: Schema, parts: Iterator[pl.DataFrame]) -> pl.DataFrame:
    """Parts of a result in one frame; none of them is empty, and all have the schema."""
    held = list(parts)
    assert not any(part.is_empty() for part in held)
    assert all(part.schema == dict(schema) for part in held)
    return pl.concat([pl.DataFrame(schema=dict(schema)), *held])


@given(values=st.lists(st.tuples(texts | st.none(), texts | st.none()), max_size=8), at_a_time=st.integers(1, 9))
def test_text_comes_back_as_it_was(
    opened: SQLStore, values: list[tuple[str | None, str | None]], at_a_time: int
) -> None:
    frame = learners(values)
    with rolled_back(opened) as tables:
        tables.insert("learner", frame.select(random.Random(0).sample(frame.columns, len(frame.columns))))
        assert learners_of(tables, at_a_time).rows() == frame.rows()
        assert tables.rows("learner", LEARNER, {"id": Among(frame["id"])}, ("id",)).rows() == frame.rows()
        assert few_and_many(tables, "learner", LEARNER, "id").rows() == frame.rows()


def test_every_awkward_text_comes_back_as_it_was(opened: SQLStore) -> None:
    frame = learners([(text, other) for text in AWKWARD for other in ("", None, "x", "\\.")])
    with rolled_back(opened) as tables:
        tables.insert("learner", frame)
        assert learners_of(tables, 7).rows() == frame.rows()
        assert few_and_many(tables, "learner", LEARNER, "id").rows() == frame.rows()


@pytest.mark.parametrize("text", AWKWARD)
def test_one_column_of_awkward_text(opened: SQLStore, text: str) -> None:
    schema = {"name": pl.String()}
    frame = learners([(text, None), (None, None), (text, None)])
    with rolled_back(opened) as tables:
        tables.insert("learner", frame)
        expected = [(text,), (None,), (text,)]
        assert joined(schema, tables.stream("learner", schema, order=("id",), at_a_time=1)).rows() == expected
        assert few_and_many(tables, "learner", schema, "id").rows() == expected


@given(values=st.lists(st.tuples(longs | st.none(), floats, st.integers(0, 2**31 - 1), floats | st.none()), max_size=8))
def test_numbers_come_back_as_they_were(
    opened: SQLStore, values: list[tuple[int | None, float, int, float | None]]
) -> None:
    frame = numbers(values)
    with rolled_back(opened) as tables:
        tables.insert("tracking", frame)
        assert numbers_of(tables, 3).rows() == frame.rows()
        assert few_and_many(tables, "tracking", NUMBERS, "learning_object_version_id").rows() == frame.rows()


@given(data=st.data())
def test_rows_are_overwritten_by_their_keys(opened: SQLStore, data: st.DataObject) -> None:
    rows = st.tuples(longs | st.none(), floats, st.integers(0, 2**31 - 1), floats | st.none())
    before = numbers(data.draw(st.lists(rows, max_size=6)))
    changed = numbers(data.draw(st.lists(rows, min_size=before.height, max_size=before.height)))
    changed = changed.filter(pl.Series([data.draw(st.booleans()) for _ in range(before.height)], dtype=pl.Boolean))
    with rolled_back(opened) as tables:
        tables.insert("tracking", before)
        tables.overwrite("tracking", changed.select(reversed(changed.columns)))
        expected = before.update(changed, on=["learning_object_version_id"], include_nulls=True)
        assert numbers_of(tables).rows() == expected.rows()


def test_columns_that_are_not_given_keep_their_values(opened: SQLStore) -> None:
    with rolled_back(opened) as tables:
        tables.insert("learner", learners([("a", "b"), ("c", "d"), ("e", "f")]))
        tables.overwrite("learner", learners([("", None), ("x", "y")]).select("id", *_REQUIRED, "name"))
        assert learners_of(tables).select("name", "first_name").rows() == [("", "b"), ("x", "d"), ("e", "f")]


_REQUIRED = ("login", "login_key", "guid", "guid_key")


@given(count=st.integers(0, 8), gone=st.sets(st.integers(0, 8)))
def test_rows_are_deleted_by_their_keys(opened: SQLStore, count: int, gone: set[int]) -> None:
    frame = numbers([(None, float(place), place, None) for place in range(count)])
    keys = pl.DataFrame({"learning_object_version_id": sorted(gone)}, schema={"learning_object_version_id": pl.Int64})
    with rolled_back(opened) as tables:
        tables.insert("tracking", frame)
        # Of the other registration there is nothing, whatever is asked for.
        for registration in (2, 1):
            tables.delete("tracking", keys.with_columns(registration_id=pl.lit(registration, pl.Int64)))
            kept = [place for place in range(count) if registration == 2 or place not in gone]
            assert numbers_of(tables)["time_spent"].to_list() == kept


@pytest.mark.parametrize("how", [SQLTables.insert, SQLTables.overwrite, SQLTables.delete])
def test_no_rows_are_nothing_to_do(opened: SQLStore, how: Callable[..., None]) -> None:
    with rolled_back(opened) as tables:
        how(tables, "tracking", numbers([]))
        assert numbers_of(tables).is_empty()


def test_flags_come_back_as_flags(opened: SQLStore) -> None:
    schema = {"mandatory": pl.Boolean(), "points": pl.Float64(), "position": pl.Int64()}
    rows = [(True, 0.1, None), (False, 1e300, 5), (True, 0.0, -1)]
    with rolled_back(opened) as tables:
        tables.connection.execute(training.insert().values(id=1, guid="t", guid_key="t", path_code="t"))
        for number in range(1, 4):
            values = {"id": number, "guid": f"v{number}", "guid_key": f"v{number}"}
            tables.connection.execute(learning_object_version.insert().values(values))
        frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
            pl.lit(1).alias("training_id"), pl.Series("learning_object_version_id", [1, 2, 3])
        )
        tables.insert("training_content", frame)
        parts = tables.stream("training_content", schema, order=("learning_object_version_id",), at_a_time=2)
        assert joined(schema, parts).rows() == rows
