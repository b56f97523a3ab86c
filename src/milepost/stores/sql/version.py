"""The version of a store's tables: whether it is this Milepost's, and the upgrade to it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy
from sqlalchemy import Column, MetaData, Table, Text, select
from sqlalchemy.engine import Connection

from milepost.model.exceptions import StoreError
from milepost.model.wording import argument
from milepost.stores.sql import dialect, views

_MIGRATIONS = Path(__file__).parent / "migrations"
_REVISIONS = sorted(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))
"""The versions that a store may have. A migration is one file, whose name begins with its revision."""
HEAD = _REVISIONS[-1]
_version = Table("alembic_version", MetaData(), Column("version_num", Text))


def is_current(connection: Connection, name: str) -> bool:
    """Whether the store has the tables of this version; raises StoreError when they are of a newer one."""
    found = _found(connection, name)
    if found == HEAD:
        return True
    if found is not None and found not in _REVISIONS:
        raise StoreError(
            f"The store {name} was made by a newer Milepost (its version is {found}, this one knows {HEAD}). "
            "Upgrade Milepost to use it.",
            code="store-version",
        )
    return False


def require_current(connection: Connection, name: str) -> None:
    """Raises StoreError unless the store has the tables of this version."""
    if not is_current(connection, name):
        if _found(connection, name) is None:
            remedy = f"Load or import something first, or name another with {argument('database')}."
            raise StoreError(f"{name} holds no store yet. {remedy}", code="store-missing")
        raise StoreError(
            f"The store {name} is of an older version. Any load or import upgrades it.", code="store-version"
        )


def upgrade(connection: Connection, name: str) -> None:
    """Brings the store to this version, within the transaction of `connection`.

    Raises StoreError when the database holds tables but no version, so that nothing is mixed into a
    database of another program.
    """
    if _found(connection, name) is None and sqlalchemy.inspect(connection).get_table_names():
        instead = dialect.of(connection).elsewhere
        remedy = f"Name {instead} with {argument('database')}."
        raise StoreError(f"{name} is the database of another program. {remedy}", code="store-unusable")
    # Alembic takes 0.4 s to import, which only a migration is worth.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    views.drop(connection)
    command.upgrade(config, HEAD)
    views.create(connection)


def _found(connection: Connection, name: str) -> str | None:
    if not sqlalchemy.inspect(connection).has_table(_version.name):
        return None
    found = connection.scalar(select(_version.c.version_num))
    if found is None:
        said = f"The store {name} does not say which version it is. Restore it from a backup."
        raise StoreError(said, code="store-unusable")
    return str(found)
