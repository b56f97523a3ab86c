"""Who may use the web application, and the secrets that say who asks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_LONG: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ROLES = "role IN ('viewer', 'importer', 'administrator')"
_KINDS = "kind IN ('session', 'token', 'invitation')"


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "name_key", "role")),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("created_at", _LONG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name_key", name=op.f("uq_account_name_key")),
        sa.CheckConstraint(_ROLES, name=op.f("ck_account_role")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "hash", "role")),
        sa.Column("label", sa.Text(), nullable=True),
        *(sa.Column(name, _LONG, nullable=False) for name in ("created_at", "used_at", "ends_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("hash", name=op.f("uq_credential_hash")),
        sa.CheckConstraint(_KINDS, name=op.f("ck_credential_kind")),
        sa.CheckConstraint(_ROLES, name=op.f("ck_credential_role")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_credential_account_id"), "credential", ["account_id"])
