"""Rows by some of their keys, one by one or the whole table: what is joined with them is the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from databases.stores import Stores
from generative.effort import examples
from milepost.stores import lookups
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Store

COLUMNS = ("id", "login_key", "reference_number", "email_key")
SCHEMA = {name: pl.Int64() if name == "id" else pl.String() for name in COLUMNS}
LOGINS = ["ada", "bob", 'c"y', "d\\.", "é", "𝒷", "null", "{x,y}", "a b", "%"]
"""One learner each; every second has the number 1, every third the e-mail of all."""
ROWS = [
    (place, login, "1" if place % 2 else None, "a@x" if place % 3 == 0 else None)
    for place, login in enumerate(LOGINS, start=1)
]

logins = st.lists(st.sampled_from([*LOGINS, "nobody", ""]) | st.none(), max_size=8)
keys = st.tuples(logins, st.lists(st.sampled_from(["1", "2"]), max_size=3), st.lists(st.just("a@x"), max_size=1))


@pytest.fixture(scope="module")
def filled(all_stores: Stores) -> Iterator[Store]:
    """An open store with some learners."""
    with open_store(all_stores.empty(), Access.WRITE) as opened:
        rows = [
            {"id": number, "login": login, "login_key": login, "guid": login, "guid_key": login}
            | {"reference_number": reference, "email": email, "email_key": email}
            for number, login, reference, email in ROWS
        ]
        with opened.write() as tables:
            schema = {name: pl.Int64() if name == "id" else pl.String() for name in rows[0]}
            tables.insert("learner", pl.DataFrame(rows, schema=schema))
        yield opened
    all_stores.take_back()


def series(values: Sequence[str | None]) -> pl.Series:
    """Keys as they are sought."""
    return pl.Series(values, dtype=pl.String)


@pytest.mark.parametrize("few", [0, 3, 5_000], ids=["whole", "whole soon", "keyed"])
@pytest.mark.parametrize("at_a_time", [1, 2, 25_000])
@examples(20)
@given(sought=st.lists(keys, min_size=1, max_size=3))
def test_what_has_the_keys_is_among_the_rows(
    filled: Store, few: int, at_a_time: int, sought: list[tuple[list[str | None], list[str], list[str]]]
) -> None:
    with pytest.MonkeyPatch.context() as patch, filled.read() as tables:
        patch.setattr(lookups, "_SMALL", 0)
        patch.setattr(lookups, "_FEW", few)
        patch.setattr(lookups, "_AT_A_TIME", at_a_time)
        looking = StoredReferences(tables)
        for login, number, email in sought:
            found = looking.rows(
                "learner", COLUMNS, login_key=series(login), reference_number=series(number), email_key=series(email)
            )
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
    filled: Store, monkeypatch: pytest.MonkeyPatch, few: int, share: int, is_whole: bool
) -> None:
    monkeypatch.setattr(lookups, "_SMALL", 0)
    monkeypatch.setattr(lookups, "_FEW", few)
    monkeypatch.setattr(lookups, "_SHARE", share)
    with filled.read() as tables:
        found = StoredReferences(tables).rows("learner", COLUMNS, id=pl.Series([1, 2], dtype=pl.Int64))
    assert sorted(found.rows()) == (ROWS if is_whole else ROWS[:2])


@pytest.mark.parametrize(("small", "is_whole"), [(len(ROWS), True), (len(ROWS) - 1, False)])
def test_a_small_table_is_read_at_once(
    filled: Store, monkeypatch: pytest.MonkeyPatch, small: int, is_whole: bool
) -> None:
    monkeypatch.setattr(lookups, "_SMALL", small)
    with filled.read() as tables:
        found = StoredReferences(tables).rows("learner", COLUMNS, id=pl.Series([2], dtype=pl.Int64))
    assert sorted(found.rows()) == (ROWS if is_whole else ROWS[1:2])


def test_too_many_rows_are_never_held(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "_SMALL", 0)
    monkeypatch.setattr(lookups, "_FEW", 0)
    monkeypatch.setattr(lookups, "_MOST_BYTES", 500)
    with filled.read() as tables:
        found = StoredReferences(tables).rows("learner", COLUMNS, login_key=series([*LOGINS[:5], "nobody"]))
    assert sorted(found.rows()) == ROWS[:5]


def test_no_keys_are_no_rows(filled: Store) -> None:
    with filled.read() as tables:
        looking = StoredReferences(tables)
        assert looking.rows("learner", COLUMNS).rows() == []
        assert looking.rows("learner", COLUMNS, login_key=series([None, None])).rows() == []


def test_names_are_distinct_and_in_the_order_of_code_points(filled: Store) -> None:
    with filled.read() as tables:
        found = StoredReferences(tables)
        names = found.names("learner", "login", len(LOGINS))
        assert names is not None
        assert names.to_list() == sorted(LOGINS)
        assert found.names("learner", "login", len(LOGINS) - 1) is None
        numbers = found.names("learner", "reference_number", len(LOGINS) // 2)
        assert numbers is not None
        assert numbers.to_list() == ["1"]
        titles = found.names("session", "title", 0)
        assert titles is not None
        assert titles.to_list() == []
