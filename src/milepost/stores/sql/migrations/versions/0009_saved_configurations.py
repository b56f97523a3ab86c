"""Saved configurations, choices that are remembered, and who users are to a provider of log-ins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_LONG: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "configuration",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "name_key", "content", "actor")),
        sa.Column("changed_at", _LONG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_configuration")),
        sa.UniqueConstraint("name_key", name=op.f("uq_configuration_name_key")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "remembered",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("headers", "settings", "actor")),
        sa.Column("used_at", _LONG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remembered")),
        sa.UniqueConstraint("headers", name=op.f("uq_remembered_headers")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.add_column("draft", sa.Column("began_with", sa.Text(), nullable=True))
    for name in ("issuer", "subject"):
        op.add_column("account", sa.Column(name, sa.Text(), nullable=True))
