"""The triggers that stand in for foreign keys in PostgreSQL, met as another program meets them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors

from databases.stores import PostgreSQLStores

Connection = psycopg.Connection[Any]

FILLED = """
    INSERT INTO learner (id, login, login_key, guid, guid_key) VALUES (1, 'a', 'a', 'a', 'a'), (2, 'b', 'b', 'b', 'b');
    INSERT INTO training (id, guid, guid_key, path_code) VALUES (1, 't', 't', 't');
    INSERT INTO session (id, guid, guid_key, training_id) VALUES (1, 's', 's', 1);
    INSERT INTO registration (id, guid, guid_key, learner_id, session_id)
    VALUES (1, 'r', 'r', 1, 1), (2, 'q', 'q', 2, 1);
    INSERT INTO learning_object_version (id, guid, guid_key) VALUES (1, 'v', 'v'), (2, 'w', 'w');
    INSERT INTO import_run (id, kind, state, file, actor, process, started_at)
    SELECT number, 'tracking', 'done', 'f', 'a', 'p', 0 FROM generate_series(1, 3) number;
    INSERT INTO tracking (registration_id, learning_object_version_id, progression, status, time_spent, run_id, line)
    VALUES (1, 1, 50, 'incomplete', 0, 1, 2);
    INSERT INTO import_finding (run_id, line, place, level, code, message) VALUES (2, 2, 0, 'error', 'c', 'm');
"""
"""Of registrations and learning object versions the first is referred to, of runs the first two."""

PARENTS = {
    "registration": ({1}, {2}),
    "learning_object_version": ({1}, {2}),
    "import_run": ({1, 2}, {3}),
}
"""The ids that are referred to, and those that are not."""


@pytest.fixture
def other(postgresql_stores: PostgreSQLStores) -> Iterator[Connection]:
    """The connection of another program to a store with some rows."""
    url = postgresql_stores.holding("references", fill)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '20s'")
        yield connection
    postgresql_stores.take_back()


def fill(url: str) -> None:
    """Puts the rows into a store."""
    with psycopg.connect(url) as connection:
        connection.execute(FILLED.encode())


def ids(connection: Connection, table: str) -> set[int]:
    """The ids of a table's rows."""
    return {row[0] for row in connection.execute(f"SELECT id FROM {table}".encode())}


def tracked(registration: int, learning_object: int, run: int) -> bytes:
    """A statement that inserts a tracking row."""
    return f"""
        INSERT INTO tracking
        (registration_id, learning_object_version_id, progression, status, time_spent, run_id, line)
        VALUES ({registration}, {learning_object}, 50, 'incomplete', 0, {run}, 2)
    """.encode()


@pytest.mark.parametrize("table", PARENTS)
def test_what_is_referred_to_cannot_be_deleted(other: Connection, table: str) -> None:
    referred, free = PARENTS[table]
    for number in referred:
        with pytest.raises(errors.ForeignKeyViolation, match=f"rows of {table} are referred to by (track|import_f)"):
            other.execute(f"DELETE FROM {table} WHERE id = {number}".encode())
    with pytest.raises(errors.ForeignKeyViolation):
        other.execute(f"DELETE FROM {table}".encode())
    assert ids(other, table) == referred | free


@pytest.mark.parametrize("table", PARENTS)
def test_what_nothing_refers_to_can_be_deleted(other: Connection, table: str) -> None:
    referred, free = PARENTS[table]
    for number in free:
        assert other.execute(f"DELETE FROM {table} WHERE id = {number}".encode()).rowcount == 1
    assert ids(other, table) == referred
    assert other.execute(f"DELETE FROM {table} WHERE id = 99".encode()).rowcount == 0


@pytest.mark.parametrize("table", PARENTS)
def test_a_row_can_be_deleted_after_those_that_refer_to_it(other: Connection, table: str) -> None:
    with other.transaction():
        other.execute("DELETE FROM tracking")
        other.execute("DELETE FROM import_finding")
        other.execute(f"DELETE FROM {table}".encode())
    assert ids(other, table) == set()


@pytest.mark.parametrize("table", PARENTS)
def test_a_table_that_is_referred_to_cannot_be_truncated(other: Connection, table: str) -> None:
    referred, free = PARENTS[table]
    with pytest.raises(errors.ForeignKeyViolation, match=f"rows of {table} are referred to by tracking"):
        other.execute(f"TRUNCATE {table} CASCADE".encode())
    assert ids(other, table) == referred | free
    other.execute("DELETE FROM tracking")
    other.execute("DELETE FROM import_finding")
    other.execute(f"TRUNCATE {table} CASCADE".encode())
    assert ids(other, table) == set()


@pytest.mark.parametrize("table", PARENTS)
def test_an_id_never_changes(other: Connection, table: str) -> None:
    referred, free = PARENTS[table]
    for number in referred | free:
        with pytest.raises(errors.ForeignKeyViolation, match=f"ids of {table} never change"):
            other.execute(f"UPDATE {table} SET id = 50 WHERE id = {number}".encode())
    assert other.execute(f"UPDATE {table} SET id = id".encode()).rowcount == len(referred | free)
    assert ids(other, table) == referred | free


@pytest.mark.parametrize(
    ("key", "missing"),
    [((99, 1, 1), "registration"), ((2, 99, 1), "learning_object_version"), ((2, 1, 99), "import_run")],
)
def test_tracking_refers_to_what_is_there(other: Connection, key: tuple[int, int, int], missing: str) -> None:
    with pytest.raises(errors.ForeignKeyViolation, match=f"tracking refers to a row of {missing} that is not there"):
        other.execute(tracked(*key))
    other.execute(tracked(2, 1, 1))
    column = {"registration": "registration_id", "import_run": "run_id"}.get(missing, f"{missing}_id")
    with pytest.raises(errors.ForeignKeyViolation, match=f"tracking refers to a row of {missing} that is not there"):
        other.execute(f"UPDATE tracking SET {column} = 99 WHERE registration_id = 2".encode())
    rows = other.execute("SELECT registration_id, learning_object_version_id, run_id FROM tracking ORDER BY 1")
    assert rows.fetchall() == [(1, 1, 1), (2, 1, 1)]


def test_a_finding_refers_to_a_run_that_is_there(other: Connection) -> None:
    insert = "INSERT INTO import_finding (run_id, line, place, level, code, message) VALUES (%s, 9, 0, 'e', 'c', 'm')"
    with pytest.raises(errors.ForeignKeyViolation, match="import_finding refers to a row of import_run that is not"):
        other.execute(insert, [99])
    other.execute(insert, [3])
    with pytest.raises(errors.ForeignKeyViolation):
        other.execute("DELETE FROM import_run WHERE id = 3")


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("statement", ["DELETE FROM {} WHERE id = 3", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("table", PARENTS)
def test_deletes_in_an_old_snapshot_are_refused(other: Connection, table: str, statement: str, level: str) -> None:
    message = f"^rows of {table} can be deleted in READ COMMITTED transactions alone"
    other.execute(f"SET default_transaction_isolation = '{level}'".encode())
    with pytest.raises(errors.FeatureNotSupported, match=message):
        other.execute(statement.format(table).encode())


def test_who_may_write_tracking_alone_is_held_to_the_references_too(other: Connection) -> None:
    schema = other.execute("SELECT current_schema()").fetchone()
    assert schema is not None
    with other.transaction(force_rollback=True):
        other.execute("CREATE ROLE writer")
        other.execute(f"GRANT USAGE ON SCHEMA {schema[0]} TO writer".encode())
        other.execute("GRANT INSERT ON tracking TO writer")
        other.execute("GRANT SELECT, DELETE ON learning_object_version TO writer")
        other.execute("SET LOCAL ROLE writer")
        other.execute(tracked(2, 2, 1))
        with pytest.raises(errors.ForeignKeyViolation), other.transaction():
            other.execute(tracked(2, 99, 1))
        with pytest.raises(errors.ForeignKeyViolation), other.transaction():
            other.execute("DELETE FROM learning_object_version WHERE id = 1")


def test_a_row_that_is_inserted_keeps_what_it_refers_to(other: Connection) -> None:
    with psycopg.connect(other.info.dsn) as deleting, other.transaction():
        deleting.execute("SET lock_timeout = '300ms'")
        other.execute(tracked(2, 2, 1))
        with pytest.raises(errors.LockNotAvailable):
            deleting.execute("DELETE FROM registration WHERE id = 2")
