"""The views show what the exports show."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

import milepost
from databases.connections import connected
from databases.stores import Stores
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql import export_queries, views
from milepost.stores.sql.rollup import rollup
from spec import tables
from spec.tables import Tables


@pytest.fixture
def tracked(on_databases: Stores, tmp_path: Path) -> Tables:
    """Two rows, one of them with two days."""
    filled = on_databases.holding(tables.SCHOOL, partial(tables.fill, tables.SCHOOL, tmp_path))
    school = Tables(filled, tmp_path)
    for access, time in (("2024-02-01 10:00:00", 50), ("2024-02-03 10:00:00", 80)):
        school.reports(f"lastAccessDate | timeSpent | progression | score\n{access} | {time} | 40 | 7")
    school.reports("lovCode | trackingStatus\nbook | passed")
    return school


def shown(school: Tables, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a query in SQL."""
    with open_store(school.database, Access.READ) as opened, connected(opened.read()) as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_the_rollup(tracked: Tables) -> None:
    columns = "progression, learning_objects, started, finished, status, time_spent, score"
    rows = shown(tracked, f"SELECT {columns} FROM registration_rollup WHERE time_global > 0")
    assert rows == [(round(140 / 6, 6), 6, 2, 1, "incomplete", 80, 7.0)]
    with open_store(tracked.database, Access.READ) as opened, connected(opened.read()) as connection:
        wanted = [tuple(row) for row in connection.execute(rollup().order_by("registration_id"))]
    assert shown(tracked, "SELECT * FROM registration_rollup ORDER BY registration_id") == wanted


def test_the_log(tracked: Tables) -> None:
    rows = shown(tracked, "SELECT day, time_spent, progression FROM tracking_log WHERE time_spent > 0 ORDER BY day")
    assert [(str(day), time, progression) for day, time, progression in rows] == [
        ("2024-02-01", 50, 40.0),
        ("2024-02-03", 30, 40.0),
    ]
    with open_store(tracked.database, Access.READ) as opened, connected(opened.read()) as connection:
        days = export_queries.every_day().subquery()
        assert len(shown(tracked, "SELECT * FROM tracking_log")) == len(connection.execute(select(days)).all()) == 3


def test_they_are_made_anew(tracked: Tables) -> None:
    with open_store(tracked.database, Access.WRITE) as opened, connected(opened.write()) as connection:
        views.drop(connection)
        # As a version with another view of that name has left it.
        connection.execute(text("CREATE VIEW tracking_log AS SELECT 1 AS day"))
        views.drop(connection)
        views.create(connection)
    assert len(shown(tracked, "SELECT * FROM tracking_log")) == 3
    assert len(shown(tracked, "SELECT * FROM registration_rollup")) == milepost.registrations(tracked.database).height
