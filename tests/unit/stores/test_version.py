"""The tables that migrations make are those that the program knows."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.schema import CreateTable

from databases.connections import connected
from databases.stores import PostgreSQLStores, SQLiteStores, Stores
from milepost.stores import opening as store
from milepost.stores import record as runs
from milepost.stores.port import Access
from milepost.stores.sql import metadata, postgresql, version, views
from milepost.stores.sql.store import connection_of

KEPT_BY_TRIGGERS = {
    ("tracking", "registration_id"),
    ("tracking", "learning_object_version_id"),
    ("tracking", "run_id"),
    ("import_finding", "run_id"),
}
"""The references that are no foreign keys in PostgreSQL."""


def _clauses(statement: str) -> list[str]:
    """What a CREATE TABLE says, STRICT included, in whatever order and lines."""
    # A table that was made anew has quotes around its name.
    body = re.sub(r"\s+", " ", statement.replace('"', ""))
    head, _, rest = body.partition("(")
    inside, _, options = rest.rpartition(")")
    outer_commas = r",(?![^()]*\))"
    return [head.strip(), *sorted(part.strip() for part in re.split(outer_commas, inside)), options.strip()]


def test_the_newest_migration_is_the_one_that_is_looked_for() -> None:
    scripts = ScriptDirectory(str(Path(version.__file__).parent / "migrations"))
    assert scripts.get_heads() == [version.HEAD]


def test_migrations_make_the_tables_that_the_program_knows(on_databases: Stores) -> None:
    with store.open_store(on_databases.place(), Access.WRITE) as opened, connected(opened.read()) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, metadata.metadata)
    if on_databases.kind == "postgresql":
        assert {_reference(one) for one in differences} == KEPT_BY_TRIGGERS
    else:
        assert differences == []


def _reference(difference: Any) -> tuple[str, str]:  # noqa: ANN401 - Alembic says no more
    """The table and the column of a foreign key that is missing."""
    kind, key = difference
    assert kind == "add_fk"
    return key.table.name, key.column_keys[0]


def test_migrations_make_tables_as_strict_as_the_program_knows_them(sqlite_stores: SQLiteStores) -> None:
    with store.open_store(sqlite_stores.place(), Access.WRITE) as opened, connected(opened.read()) as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        made: dict[str, str] = dict(rows.all())
    for table in metadata.metadata.tables.values():
        expected = str(CreateTable(table).compile(dialect=sqlalchemy.create_engine("sqlite://").dialect))
        assert _clauses(made[table.name]) == _clauses(expected), table.name


def test_migrations_make_the_checks_and_keys_that_the_program_knows(postgresql_stores: PostgreSQLStores) -> None:
    # Alembic compares neither checks nor keys.
    found = []
    for make in (_migrated, _described):
        url = postgresql_stores.place()
        make(url)
        with psycopg.connect(url) as connection:
            query = """
                SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = current_schema()::regnamespace AND conrelid::regclass::text <> 'alembic_version'
                ORDER BY 1, 2
            """
            found.append(connection.execute(query).fetchall())
    postgresql_stores.take_back()
    assert found[0] == found[1]
    assert found[0]


def _migrated(url: str) -> None:
    with store.open_store(url, Access.WRITE):
        pass


def _described(url: str) -> None:
    engine, _ = postgresql.engine(url)
    metadata.metadata.create_all(engine)
    engine.dispose()


def test_a_store_of_this_version_is_not_migrated_again(on_databases: Stores) -> None:
    url = on_databases.place()
    for _ in range(2):
        with store.open_store(url, Access.WRITE) as opened, connected(opened.read()) as connection:
            assert version.is_current(connection, opened.name)


def test_an_older_store_is_upgraded_with_what_it_holds(on_databases: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    url = on_databases.place()
    with monkeypatch.context() as older:
        older.setattr(version, "HEAD", "0001")
        older.setattr(views, "create", lambda _: None)
        with store.open_store(url, Access.WRITE) as opened, connected(opened.write()) as connection:
            for file in ("a.csv", "b.csv"):
                connection.execute(
                    sqlalchemy.text(
                        "INSERT INTO import_run (kind, state, file, actor, process, started_at)"
                        " VALUES ('tracking', 'done', :file, 'ada', 'host 1 2', 3)"
                    ),
                    {"file": file},
                )
    with store.open_store(url, Access.WRITE) as opened, opened.write() as tables:
        assert version.is_current(connection_of(tables), opened.name)
        assert [(run.id, run.file, run.actor) for run in runs.listing(tables)] == [
            (2, "b.csv", "ada"),
            (1, "a.csv", "ada"),
        ]
        started = datetime(2026, 1, 1, tzinfo=UTC)
        assert runs.begin(tables, kind="tracking", file="c.csv", configuration=None, started_at=started) == 3
