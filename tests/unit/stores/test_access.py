"""Stored tracking by its keys: in one go where they lie close together, else pair by pair; the same rows either way."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from databases.connections import open_database
from databases.stores import Stores
from generative.effort import examples
from milepost.model.columns import KEY
from milepost.model.tracked import SCHEMA
from milepost.stores.port import Access
from milepost.stores.sql import store
from milepost.stores.sql.store import SQLStore, SQLTables

REGISTRATIONS, OBJECTS = 40, 3
FAR = 2**31 - 1
"""The highest id."""

Key = tuple[int, int]


def row_of(key: Key) -> tuple[object, ...]:
    """What is stored under a key, each value another."""
    registration, learning_object = key
    second = registration * 7 - learning_object
    return (
        *key,
        second,
        None,
        -second,
        registration / 3,
        "passed",
        learning_object,
        None if registration % 2 else 0.1,
        20,
    )


STORED = {
    key: row_of(key)
    for key in [
        *((one, other) for one in range(1, REGISTRATIONS + 1) for other in range(1, OBJECTS + 1)),
        (FAR, 1),
        (FAR, FAR),
        (1, FAR),
    ]
}


@pytest.fixture(scope="module")
def filled(all_databases: Stores) -> Iterator[SQLStore]:
    """An open store with tracking, in a transaction that is not committed: it refers to nothing that is there."""
    with open_database(all_databases.empty(), Access.WRITE) as opened:
        frame = pl.DataFrame(list(STORED.values()), schema=SCHEMA, orient="row")
        with opened.write() as tables:
            if tables.connection.dialect.name == "sqlite":
                tables.connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            tables.insert("tracking", frame.with_columns(run_id=pl.lit(1), line=pl.lit(2)))
            yield opened
            tables.connection.get_transaction().rollback()  # type: ignore[union-attr]
    all_databases.take_back()


def sought(keys: list[Key]) -> pl.DataFrame:
    """Keys as they are asked for."""
    return pl.DataFrame(keys, schema=dict.fromkeys(KEY, pl.Int64), orient="row")


keys_of_any_kind = st.lists(
    st.tuples(
        st.integers(1, REGISTRATIONS + 3) | st.sampled_from([1, FAR, FAR - 1]),
        st.integers(1, OBJECTS + 1) | st.sampled_from([1, FAR]),
    ),
    max_size=12,
)


@pytest.mark.parametrize("dense", [True, False], ids=["range", "pairs"])
@pytest.mark.parametrize("at_a_time", [1, 3, 25_000])
@examples(20)
@given(keys=keys_of_any_kind)
def test_the_stored_rows_of_the_keys_are_found(filled: SQLStore, dense: bool, at_a_time: int, keys: list[Key]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SQLTables, "_is_dense", lambda *_: dense)
        patch.setattr(store, "_AT_A_TIME", at_a_time)
        found = SQLTables(filled.connection).find("tracking", sought(keys), SCHEMA)
    assert dict(found.schema) == SCHEMA
    assert sorted(found.rows()) == sorted(STORED[key] for key in set(keys) if key in STORED)


@pytest.mark.parametrize(
    ("keys", "is_dense"),
    [
        ([(one, 1) for one in range(1, 21)], True),
        ([(1, 1)], True),
        ([(1, 1), (REGISTRATIONS, 1)], False),
        ([(1, 1), (FAR, 1)], False),
        ([(REGISTRATIONS + 1, 1), (FAR - 1, 1)], True),
    ],
    ids=["close", "one", "far", "very far", "where nothing is"],
)
def test_keys_that_lie_close_together_are_read_in_one_go(
    filled: SQLStore, monkeypatch: pytest.MonkeyPatch, keys: list[Key], is_dense: bool
) -> None:
    decide, decided = SQLTables._is_dense, []

    def noted(*given: object) -> bool:
        decided.append(decide(*given))  # type: ignore[arg-type]
        return decided[-1]

    monkeypatch.setattr(SQLTables, "_is_dense", noted)
    found = SQLTables(filled.connection).find("tracking", sought(keys), SCHEMA)
    assert decided == [is_dense]
    assert sorted(found.rows()) == sorted(STORED[key] for key in keys if key in STORED)


def test_keys_are_judged_a_piece_at_a_time(filled: SQLStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_AT_A_TIME", 3)
    keys = [(1, 1), (2, 1), (3, 1), (FAR, FAR)]
    found = SQLTables(filled.connection).find("tracking", sought(keys), SCHEMA)
    assert sorted(found.rows()) == [STORED[key] for key in keys]


def test_no_keys_are_no_rows(filled: SQLStore) -> None:
    assert SQLTables(filled.connection).find("tracking", sought([]), SCHEMA).rows() == []
