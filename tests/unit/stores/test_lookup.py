"""Rows by some of their keys, one by one or the whole table: what is joined with them is the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from databases.connections import connected
from databases.stores import Stores
from milepost.stores import opening as store
from milepost.stores.port import Access
from milepost.stores.sql import frames, lookup
from milepost.stores.sql.lookup import Lookup
from milepost.stores.sql.store import SQLStore
from milepost.stores.sql.tables import learner

SCHEMA = {"learner_id": pl.Int64(), "login": pl.String(), "number": pl.String(), "email": pl.String()}
QUERY = select(
    learner.c.id.label("learner_id"),
    learner.c.login_key.label("login"),
    learner.c.reference_number.label("number"),
    learner.c.email_key.label("email"),
)
LOGINS = ["ada", "bob", 'c"y', "d\\.", "é", "𝒷", "null", "{x,y}", "a b", "%"]
"""One learner each; every second has the number 1, every third the e-mail of all."""
ROWS = [
    (place, login, "1" if place % 2 else None, "a@x" if place % 3 == 0 else None)
    for place, login in enumerate(LOGINS, start=1)
]

logins = st.lists(st.sampled_from([*LOGINS, "nobody", ""]) | st.none(), max_size=8)
keys = st.tuples(logins, st.lists(st.sampled_from(["1", "2"]), max_size=3), st.lists(st.just("a@x"), max_size=1))


@pytest.fixture(scope="module")
def filled(all_stores: Stores) -> Iterator[SQLStore]:
    """An open store with some learners."""
    with store.open_store(all_stores.empty(), Access.WRITE) as opened:
        rows = [
            {"id": number, "login": login, "login_key": login, "guid": login, "guid_key": login}
            | {"reference_number": reference, "email": email, "email_key": email}
            for number, login, reference, email in ROWS
        ]
        with connected(opened.write()) as connection:
            schema = {name: pl.Int64() if name == "id" else pl.String() for name in rows[0]}
            frames.insert(connection, learner, pl.DataFrame(rows, schema=schema))
        yield opened
    all_stores.take_back()


def series(values: Sequence[str | None]) -> pl.Series:
    """Keys as they are sought."""
    return pl.Series(values, dtype=pl.String)


@pytest.mark.parametrize("few", [0, 3, 5_000], ids=["whole", "whole soon", "keyed"])
@pytest.mark.parametrize("at_a_time", [1, 2, 25_000])
@given(sought=st.lists(keys, min_size=1, max_size=3))
def test_what_has_the_keys_is_among_the_rows(
    filled: SQLStore, few: int, at_a_time: int, sought: list[tuple[list[str | None], list[str], list[str]]]
) -> None:
    with pytest.MonkeyPatch.context() as patch, connected(filled.read()) as connection:
        patch.setattr(lookup, "_SMALL", 0)
        patch.setattr(lookup, "_FEW", few)
        patch.setattr(lookup, "_AT_A_TIME", at_a_time)
        looking = Lookup(connection, QUERY, SCHEMA)
        for login, number, email in sought:
            found = looking.rows(login=series(login), number=series(number), email=series(email))
            assert dict(found.schema) == SCHEMA
            rows = found.rows()
            assert len(rows) == len(set(rows))
            assert set(rows) <= set(ROWS)
            wanted = {row for row in ROWS if row[1] in login or row[2] in number or row[3] in email}
            assert set(rows) >= wanted
            if few == 5_000:
                assert set(rows) == wanted


@pytest.mark.parametrize(("few", "share", "is_whole"), [(2, 10, True), (2, 3, False), (3, 10, False)])
def test_all_rows_are_read_once_that_is_less_work(
    filled: SQLStore, monkeypatch: pytest.MonkeyPatch, few: int, share: int, is_whole: bool
) -> None:
    monkeypatch.setattr(lookup, "_SMALL", 0)
    monkeypatch.setattr(lookup, "_FEW", few)
    monkeypatch.setattr(lookup, "_SHARE", share)
    with connected(filled.read()) as connection:
        found = Lookup(connection, QUERY, SCHEMA).rows(learner_id=pl.Series([1, 2], dtype=pl.Int64))
    assert sorted(found.rows()) == (ROWS if is_whole else ROWS[:2])


@pytest.mark.parametrize(("small", "is_whole"), [(len(ROWS), True), (len(ROWS) - 1, False)])
def test_a_small_table_is_read_at_once(
    filled: SQLStore, monkeypatch: pytest.MonkeyPatch, small: int, is_whole: bool
) -> None:
    monkeypatch.setattr(lookup, "_SMALL", small)
    with connected(filled.read()) as connection:
        found = Lookup(connection, QUERY, SCHEMA).rows(learner_id=pl.Series([2], dtype=pl.Int64))
    assert sorted(found.rows()) == (ROWS if is_whole else ROWS[1:2])


def test_too_many_rows_are_never_held(filled: SQLStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_SMALL", 0)
    monkeypatch.setattr(lookup, "_FEW", 0)
    monkeypatch.setattr(lookup, "_MOST_BYTES", 500)
    with connected(filled.read()) as connection:
        found = Lookup(connection, QUERY, SCHEMA).rows(login=series([*LOGINS[:5], "nobody"]))
    assert sorted(found.rows()) == ROWS[:5]


def test_no_keys_are_no_rows(filled: SQLStore) -> None:
    with connected(filled.read()) as connection:
        looking = Lookup(connection, QUERY, SCHEMA)
        assert looking.rows().rows() == []
        assert looking.rows(login=series([None, None])).rows() == []
