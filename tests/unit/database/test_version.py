"""The tables that migrations make are those that the program knows."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.schema import CreateTable

from milepost.database import store, tables, version


def _clauses(statement: str) -> list[str]:
    """What a CREATE TABLE says, STRICT included, in whatever order."""
    return sorted(line.strip().rstrip(",") for line in statement.splitlines() if line.strip())


def test_the_newest_migration_is_the_one_that_is_looked_for() -> None:
    scripts = ScriptDirectory(str(Path(version.__file__).parent / "migrations"))
    assert scripts.get_heads() == [version.HEAD]


def test_migrations_make_the_tables_that_the_program_knows(tmp_path: Path) -> None:
    with (
        store.open_store(str(tmp_path / "milepost.db"), store.Access.WRITE) as opened,
        opened.read() as connection,
    ):
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        made: dict[str, str] = dict(rows.all())
    for table in tables.metadata.tables.values():
        expected = str(CreateTable(table).compile(dialect=sqlalchemy.create_engine("sqlite://").dialect))
        assert _clauses(made[table.name]) == _clauses(expected), table.name


def test_a_store_of_this_version_is_not_migrated_again(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    for _ in range(2):
        with store.open_store(str(path), store.Access.WRITE) as opened, opened.read() as connection:
            assert version.is_current(connection, opened.name)
