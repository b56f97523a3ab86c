"""What runs of whole configurations have done, and the files that they have taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_LONG: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "night",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", _LONG, nullable=False),
        sa.Column("finished_at", _LONG, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_night")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_night_name"), "night", ["name"])
    op.create_table(
        "night_file",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "part", "file", "sha256")),
        *(sa.Column(name, _LONG, nullable=False) for name in ("bytes", "changed_ns")),
        sa.Column("last_run", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("taken_at", _LONG, nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("settled_at", _LONG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_night_file")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_night_file_name"), "night_file", ["name"])
    op.create_index(op.f("ix_night_file_sha256"), "night_file", ["sha256"])
