"""The tables of a store as SQLAlchemy knows them, for SQLite and PostgreSQL alike; `migrations` makes them."""

from __future__ import annotations

from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.sql.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from milepost.stores.table_description import FLAG, LONG, NUMBER, TEXT, WHOLE, Field
from milepost.stores.table_description import Table as Described
from milepost.stores.tables import TABLES

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

EXACT: TypeEngine[Any] = sa.Numeric().with_variant(sa.Double(), "sqlite")
"""Numbers that can be rounded to decimals: PostgreSQL rounds no others, and SQLite has no such type."""

# STRICT tables know INTEGER, REAL and TEXT alone.
_TYPES: dict[pl.DataType, TypeEngine[Any]] = {
    TEXT: sa.Text(),
    WHOLE: sa.Integer(),
    LONG: sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
    NUMBER: sa.Double().with_variant(sa.REAL(), "sqlite"),
    FLAG: sa.Boolean(create_constraint=False).with_variant(sa.Integer(), "sqlite"),
}


def _table(described: Described) -> sa.Table:
    parts: list[SchemaItem] = []
    for field in described.fields:
        parts += [_column(described, field), *_constraints(described, field)]
    if described.unique:
        name = "_".join(("uq", described.name, *described.unique))
        parts.append(sa.Index(name, *described.unique, unique=True))
    keyed: dict[str, Any] = {"sqlite_autoincrement": True} if described.has_ids else {"sqlite_with_rowid": False}
    return sa.Table(described.name, metadata, *parts, sqlite_strict=True, **keyed)


def _column(described: Described, field: Field) -> sa.Column[Any]:
    return sa.Column(
        field.name,
        _TYPES[field.type],
        primary_key=field.name in described.key,
        autoincrement=described.has_ids and field.name == "id",
        nullable=not field.is_required,
        index=field.is_indexed or None,
        server_default=None if field.default is None else str(field.default),
    )


def _constraints(described: Described, field: Field) -> list[SchemaItem]:
    made: list[SchemaItem] = []
    if field.is_unique:
        made.append(sa.UniqueConstraint(field.name))
    if field.among:
        allowed = ", ".join(f"'{one}'" for one in field.among)
        made.append(sa.CheckConstraint(f"{field.name} IN ({allowed})", name=field.name))
    if field.refers_to is not None:
        reference = sa.ForeignKeyConstraint([field.name], [f"{field.refers_to}.id"])
        if described.is_filled_by_imports:
            # In PostgreSQL, triggers that cost nothing for each row keep it.
            reference.ddl_if(dialect="sqlite")
        made.append(reference)
    return made


for _one in TABLES.values():
    _table(_one)

learner = metadata.tables["learner"]
learning_object_version = metadata.tables["learning_object_version"]
training = metadata.tables["training"]
training_content = metadata.tables["training_content"]
session = metadata.tables["session"]
registration = metadata.tables["registration"]
import_run = metadata.tables["import_run"]
import_finding = metadata.tables["import_finding"]
tracking = metadata.tables["tracking"]
tracking_change = metadata.tables["tracking_change"]
tracking_log_day = metadata.tables["tracking_log_day"]
