"""A small store, made by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import insert

from databases.connections import connected
from databases.stores import Stores
from milepost.stores import opening as store
from milepost.stores.port import Access
from milepost.stores.sql import metadata


@pytest.fixture
def database(on_databases: Stores) -> str:
    """A store with two learners in one session, and three tracking rows."""
    return on_databases.holding("exports", _fill)


def _fill(url: str) -> None:
    with store.open_store(url, Access.WRITE) as opened, connected(opened.write()) as connection:
        for table, rows in _ROWS.items():
            for row in rows:
                connection.execute(insert(getattr(metadata, table)).values(row))


_ROWS: dict[str, list[Mapping[str, object]]] = {
    "learner": [
        {"id": 1, "login": "Zoë", "login_key": "zoë", "guid": "l-1", "guid_key": "l-1", "reference_number": 'R "1"'},
        {"id": 2, "login": "adam", "login_key": "adam", "guid": "l-2", "guid_key": "l-2", "email": "a@x, b"},
    ],
    "learning_object_version": [
        {"id": 1, "guid": "B-LOV", "guid_key": "b-lov", "code": "two\nlines"},
        {"id": 2, "guid": "a-lov", "guid_key": "a-lov", "code": "one"},
    ],
    "training": [{"id": 9, "guid": "t", "guid_key": "t", "path_code": "PATH", "title": "A training"}],
    "session": [{"id": 5, "guid": "s", "guid_key": "s", "title": "2024, spring", "training_id": 9}],
    "registration": [
        {"id": 1, "guid": "r-1", "guid_key": "r-1", "learner_id": 1, "session_id": 5},
        {"id": 2, "guid": "r-2", "guid_key": "r-2", "learner_id": 2, "session_id": 5},
    ],
    "import_run": [
        {"id": 1, "kind": "tracking", "state": "done", "file": "f", "actor": "a", "process": "p", "started_at": 0}
    ],
    "tracking": [
        {"registration_id": 1, "learning_object_version_id": 1, "run_id": 1, "line": 2}
        | {"progression": 33.5, "status": "incomplete", "time_spent": 60, "score": 0.1, "score_max": 20}
        | {"first_access_at": -2208988800, "last_access_at": 1706745600, "first_completed_at": None},
        {"registration_id": 1, "learning_object_version_id": 2, "run_id": 1, "line": 3}
        | {"progression": 100.0, "status": "passed", "time_spent": 0, "score": None, "score_max": None}
        | {"first_access_at": None, "last_access_at": None, "first_completed_at": 253370764799},
        {"registration_id": 2, "learning_object_version_id": 1, "run_id": 1, "line": 4}
        | {"progression": 1e-7, "status": "failed", "time_spent": 1, "score": 1e16, "score_max": 2147483647}
        | {"first_access_at": None, "last_access_at": None, "first_completed_at": None},
    ],
}
