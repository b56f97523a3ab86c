"""What every store does with its tables, by the one description of them."""

from __future__ import annotations

from contextlib import suppress

import polars as pl
import pytest

from databases.stores import Stores
from milepost.model.columns import KEY
from milepost.model.exceptions import StoreError
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Among, Between, Presence, Store, Tables, Where
from milepost.stores.sql import sqlite

LEARNER = {"id": pl.Int64(), "login": pl.String(), "email": pl.String()}
DAY = dict.fromkeys((*KEY, "day", "time_spent"), pl.Int64()) | {"progression": pl.Float64()}


RUN = {"kind": "k", "state": "done", "file": "f", "actor": "a", "process": "p", "started_at": 0}


class UndoneError(Exception):
    """Undoes what a test has written."""


def learners(*logins: str, first: int | None = None) -> pl.DataFrame:
    """Learners with those logins, and ids from `first` on if it is given."""
    texts = pl.Series(logins, dtype=pl.String)
    rows = pl.DataFrame(dict.fromkeys(("guid_key", "login", "guid", "login_key"), texts))
    return rows if first is None else rows.with_row_index("id", first)


def logins(tables: Tables) -> list[tuple[object, ...]]:
    """The ids and the logins that are stored."""
    return tables.rows("learner", {"id": pl.Int64(), "login": pl.String()}, order=("id",)).rows()


def test_rows_get_the_next_ids_unless_they_have_some(store: Store) -> None:
    with store.write() as tables:
        tables.insert("learner", learners("a", "b"))
        tables.insert("learner", learners("g", "h", first=7))
        tables.insert("learner", learners("i"))
        assert tables.add("learner", dict.fromkeys(("login", "login_key", "guid", "guid_key"), "j")) == 10
        assert logins(tables) == [(1, "a"), (2, "b"), (7, "g"), (8, "h"), (9, "i"), (10, "j")]
        tables.remove("learner", {"id": Between(8, 10)})
        assert tables.highest_id("learner") == 10
        tables.insert("learner", learners("k"))
        assert logins(tables)[-1] == (11, "k")
        assert tables.highest_id("session") == 0


def test_columns_of_one_type_are_read_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    day = {KEY[0]: 1, KEY[1]: 2, "day": 3, "time_spent": 4, "progression": 0.1}
    with store.write() as tables:
        tables.insert("tracking_log_day", pl.DataFrame([day], schema=DAY))
        for name, kind in DAY.items():
            for few in (0, 1_000):
                monkeypatch.setattr(sqlite, "_FEW_ROWS", few)
                assert tables.rows("tracking_log_day", {name: kind}).rows() == [(day[name],)]


def test_any_number_of_rows_is_counted(store: Store) -> None:
    with store.write() as tables:
        tables.insert("learner", learners(*map(str, range(20_000))))
        assert tables.count("learner") == 20_000
        assert tables.count("learner", most=1_000) == 1_000


def test_ids_below_one_do_not_count(store: Store) -> None:
    with store.write() as tables:
        tables.insert("learner", learners("a", first=None).with_columns(id=pl.lit(-5)))
        assert tables.highest_id("learner") == 0
        tables.insert("learner", learners("b"))
        assert logins(tables) == [(-5, "a"), (1, "b")]


def test_absent_columns_are_null_or_take_their_default(store: Store) -> None:
    with store.write() as tables:
        _register(tables)
        schema = {"registered_at": pl.Int64(), "time_spent_cbt": pl.Int64()}
        assert tables.rows("registration", schema).rows() == [(None, 0)] * 2


def _register(tables: Tables) -> None:
    tables.insert("learner", learners("a", "b"))
    tables.add("training", {"guid": "t", "guid_key": "t", "path_code": "t"})
    tables.add("session", {"guid": "s", "guid_key": "s", "training_id": 1})
    owners = {"learner_id": [1, 2], "session_id": [1, 1], "guid": ["r", "q"], "guid_key": ["r", "q"]}
    tables.insert("registration", pl.DataFrame(owners))


def test_conditions(store: Store) -> None:
    with store.write() as tables:
        rows = learners("a", "b", "c", "d", first=1)
        tables.insert("learner", rows.with_columns(email=pl.Series([None, "x", "y", "x"])))
        found: dict[str, Where] = {
            "value": {"email": "x"},
            "number": {"id": 3},
            "range": {"id": Between(2, 3)},
            "values": {"login": Among(pl.Series(["a", "d", "z"]))},
            "numbers": {"id": Among(pl.Series([4, 9]))},
            "no values": {"id": Among(pl.Series([], dtype=pl.Int64))},
            "present": {"email": Presence.PRESENT},
            "both": {"email": "x", "id": Between(3, 9)},
            "none": {},
        }
        ids = {name: _ids(tables, where) for name, where in found.items()}
        assert ids == {
            "value": [2, 4],
            "number": [3],
            "range": [2, 3],
            "values": [1, 4],
            "numbers": [4],
            "no values": [],
            "present": [2, 3, 4],
            "both": [4],
            "none": [1, 2, 3, 4],
        }
        assert {name: tables.count("learner", where) for name, where in found.items()} == {
            name: len(one) for name, one in ids.items()
        }
        assert tables.count("learner", most=3) == 3
        assert tables.count("learner", {"email": "x"}, most=3) == 2


def test_rows_and_streams_have_the_schema_and_the_order_that_are_asked_for(store: Store) -> None:
    with store.write() as tables:
        tables.insert("learner", learners("b", "é", "B", "a"))
        parts = list(tables.stream("learner", LEARNER, order=("login",), at_a_time=3))
        assert [part.height for part in parts] == [3, 1]
        for found in (pl.concat(parts), tables.rows("learner", LEARNER, order=("login",))):
            assert dict(found.schema) == LEARNER
            assert found["login"].to_list() == ["B", "a", "b", "é"]
        assert list(tables.stream("learner", LEARNER, {"id": 9})) == []
        assert dict(tables.rows("learner", LEARNER, {"id": 9}).schema) == LEARNER


def test_rows_are_changed_by_conditions(store: Store) -> None:
    with store.write() as tables:
        tables.insert("learner", learners("a", "b", "c"))
        tables.change("learner", {"email": "x", "name": None}, {"id": Between(2, 9)})
        tables.change("learner", {"email": "y"}, {"email": "x", "login": "c"})
        assert tables.rows("learner", {"email": pl.String()}, order=("id",)).to_series().to_list() == [None, "x", "y"]
        # What has no value is not among those that have it.
        tables.remove("learner", {"email": "x"})
        assert [login for _, login in logins(tables)] == ["a", "c"]


def _ids(tables: Tables, where: Where) -> list[int]:
    return tables.rows("learner", LEARNER, where, order=("id",))["id"].to_list()


DAYS = pl.DataFrame([(1, 1, 5, 60, 1.5), (1, 2, 5, 61, 2.5), (2, 1, 5, 62, 3.5)], schema=DAY, orient="row")


def test_rows_are_found_overwritten_and_deleted_by_their_keys(store: Store) -> None:
    with store.write() as tables:
        tables.insert("tracking_log_day", DAYS)
        keys = DAYS.select(KEY).head(2)
        assert tables.find("tracking_log_day", pl.concat([keys, keys]), DAY).sort(KEY).rows() == DAYS.rows()[:2]
        assert tables.find("tracking_log_day", keys, {"day": pl.Int64()}, {"time_spent": 61}).rows() == [(5,)]
        tables.overwrite("tracking_log_day", DAYS.tail(1).with_columns(time_spent=pl.lit(0), progression=pl.lit(0.5)))
        tables.delete("tracking_log_day", DAYS.select(*KEY, "day").head(1))
        rows = tables.rows("tracking_log_day", DAY, order=KEY).rows()
        assert rows == [(1, 2, 5, 61, 2.5), (2, 1, 5, 0, 0.5)]


def test_rows_are_copied_with_columns_of_others_that_have_their_keys(store: Store) -> None:
    with store.write() as tables:
        tables.insert("tracking_log_day", DAYS)
        keys = DAYS.select(*KEY, "day").tail(2).with_columns(run_id=pl.lit(3))
        other = keys.head(1).with_columns(day=pl.lit(6, pl.Int64))
        tables.copy("tracking_log_day", "tracking_log_change", pl.concat([keys, other]), {"time_spent": "time_spent"})
        schema = {"run_id": pl.Int64(), **DAY}
        rows = tables.rows("tracking_log_change", schema, order=KEY).rows()
        assert rows == [(3, 1, 2, 5, 61, None), (3, 2, 1, 5, 62, None)]


def test_what_is_rolled_back_was_never_there(store: Store) -> None:
    with store.write() as tables:
        tables.insert("learner", learners("a"))
    with suppress(UndoneError), store.write() as tables:
        tables.insert("learner", learners("b"))
        tables.remove("learner", {"login": "a"})
        raise UndoneError
    with store.read() as tables:
        assert logins(tables) == [(1, "a")]


def test_a_reader_sees_one_state(stores: Stores) -> None:
    url = stores.empty()
    with open_store(url, Access.WRITE) as one, open_store(url, Access.READ) as other, other.read() as before:
        assert logins(before) == []
        with one.write() as tables:
            tables.insert("learner", learners("a"))
            assert logins(before) == []
        assert logins(before) == []


@pytest.mark.parametrize(
    "broken",
    [
        learners("a"),
        learners("b").with_columns(guid_key=pl.lit("a")),
        learners("b").with_columns(login=pl.lit(None, pl.String)),
        learners("b", first=1),
    ],
    ids=["login", "GUID", "null", "id"],
)
def test_rows_that_break_a_rule_are_refused(store: Store, broken: pl.DataFrame) -> None:
    with store.write() as tables:
        tables.insert("learner", learners("a"))
    with pytest.raises(StoreError, match=r"Nothing was changed|written the same rows"), store.write() as tables:
        tables.insert("learner", broken)
    with store.read() as tables:
        assert logins(tables) == [(1, "a")]


def test_only_some_texts_are_allowed(store: Store) -> None:
    with pytest.raises(StoreError), store.write() as tables:
        tables.add("import_run", RUN | {"state": "tired"})


def test_pairs_are_unique(store: Store) -> None:
    with store.write() as tables:
        _register(tables)
    with pytest.raises(StoreError), store.write() as tables:
        tables.add("registration", {"learner_id": 2, "session_id": 1, "guid": "z", "guid_key": "z"})


def test_a_store_that_is_read_cannot_be_written(stores: Stores) -> None:
    with (
        open_store(stores.empty(), Access.READ) as opened,
        pytest.raises(StoreError),
        opened.write() as tables,
    ):
        tables.insert("learner", learners("a"))


def test_days_go_with_their_rows(store: Store) -> None:
    with store.write() as tables:
        _register(tables)
        objects = {"guid": ["v", "w"], "guid_key": ["v", "w"]}
        tables.insert("learning_object_version", pl.DataFrame(objects))
        tables.add("import_run", RUN)
        tables.insert("tracking_log_day", DAYS)
        tracked = DAYS.select(*KEY, "time_spent", "progression", status=pl.lit("passed"), run_id=1, line=2)
        tables.insert("tracking", tracked)
        tables.delete("tracking", tracked.select(KEY).head(1))
        assert tables.count("tracking_log_day") == 2
        tables.remove("tracking", {"registration_id": 1})
        assert tables.rows("tracking_log_day", DAY).rows() == DAYS.rows()[2:]
