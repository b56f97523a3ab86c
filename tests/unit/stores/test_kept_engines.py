"""A server keeps connections for reading, and replaces those that were lost."""

from __future__ import annotations

import psycopg
import pytest

from databases.stores import PostgreSQLStores
from milepost.model.exceptions import StoreError
from milepost.stores.opening import keep_connections, read_store, write_store
from milepost.stores.port import Patience
from milepost.stores.sql.store import connection_of


def _server_process(url: str) -> int:
    with read_store(url) as tables:
        return int(connection_of(tables).exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def test_connections_are_kept_while_asked_for(postgresql_stores: PostgreSQLStores) -> None:
    url = postgresql_stores.empty()
    with keep_connections():
        first = _server_process(url)
        with keep_connections():
            assert _server_process(url) == first
        assert _server_process(url) == first
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [first])
        second = _server_process(url)
        assert second not in (first, _server_process_of_a_writer(url))
        # A page that fails leaves nothing behind for the next one.
        with pytest.raises(StoreError, match="division by zero"), read_store(url) as tables:
            connection_of(tables).exec_driver_sql("SELECT 1 / 0")
        assert _server_process(url) == second
    assert _server_process(url) != second
    postgresql_stores.take_back()


def _server_process_of_a_writer(url: str) -> int:
    with write_store(url, Patience(1)) as tables:
        return int(connection_of(tables).exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
