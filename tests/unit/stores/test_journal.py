"""The journal keeps rows as they were, to the last value, on each database."""

from __future__ import annotations

from contextlib import closing

import polars as pl

from milepost.engines.local.sorting import Sorter
from milepost.model.columns import KEY
from milepost.stores import journal
from milepost.stores.port import Store, Tables
from milepost.stores.tables import TABLES

ROWS = pl.DataFrame(
    [
        (
            1,
            1,
            -2208988800,
            None,
            253370764799,
            0.1 + 0.2,
            "passed",
            2147483647,
            5e-324,
            2147483647,
            7,
            2,
            None,
            None,
            None,
            None,
        ),
        (1, 2, None, None, None, 33.0, "incomplete", 0, None, None, 7, 3, -(2**63), -25567, 0, 1),
        (2, 1, None, 0, None, 1 / 3, "failed", 1, 1e22, 1, 8, 2, 2**63 - 1, 19_000, 1, 2),
    ],
    schema=TABLES["tracking"].schema,
    orient="row",
)
TOUCHED = pl.DataFrame(
    {name: [1, 2, 3] for name in KEY} | {"line": [20, 21, 22], "change": ["updated", "deleted", "deleted"]}
).with_columns(learning_object_version_id=pl.Series([2, 1, 1]))


def touched(tables: Tables, run: int, *, is_undo: bool) -> list[tuple[int, ...]]:
    """The keys of the rows that a run has touched."""
    with closing(Sorter(journal.PACKED)) as sorter:
        parts = list(journal.touched(tables, run, sorter, is_undo=is_undo))
    return [row for part in parts for row in part.rows()]


def test_rows_are_kept_as_they_were_and_others_passed_over(store: Store) -> None:
    with store.write() as tables:
        tables.insert("tracking", ROWS)
        journal.keep_before(tables, TOUCHED, 9)
        journal.keep_before(tables, TOUCHED.clear(), 9)
    with store.write() as tables:
        described = TABLES["tracking_change"]
        kept = tables.rows(described.name, described.schema, order=described.key).rows()
        values = [list(row) for row in ROWS.rows()]
        assert [list(row) for row in kept] == [
            [9, *values[1][:2], 20, "updated", *values[1][2:]],
            [9, *values[2][:2], 21, "deleted", *values[2][2:]],
        ]
        found = journal.entries(tables, 9, TOUCHED)
        assert journal.as_they_were(found).sort(KEY).select(ROWS.columns).rows() == ROWS.tail(2).rows()
        assert journal.deletions(tables, TOUCHED).rows() == [(2, 1, 9)]
        assert journal.count(tables, [9, 10]) == 2
        assert touched(tables, 9, is_undo=True) == [(1, 2), (2, 1)]
        assert touched(tables, 7, is_undo=False) == [(1, 1), (1, 2)]
        journal.forget(tables, [8, 9], 0)
        assert journal.count(tables, [9, 10]) == 0


def test_rows_that_come_back_are_entered_without_values(store: Store) -> None:
    with store.write() as tables:
        created = TOUCHED.head(1).with_columns(change=pl.lit("created"))
        journal.say_created(tables, created, 9)
    with store.read() as tables:
        (kept,) = tables.rows("tracking_change", TABLES["tracking_change"].schema).rows()
        assert list(kept) == [9, 1, 2, 20, "created", *[None] * 14]
