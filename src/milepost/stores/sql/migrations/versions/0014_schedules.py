"""When whole configurations run by themselves, and the jobs that do it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_LONG: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("configuration", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "cron", "zone")),
        sa.Column("is_paused", sa.Integer(), nullable=False),
        sa.Column("next_at", _LONG, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("changed_at", _LONG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.add_column("job", sa.Column("schedule_id", sa.Integer(), nullable=True))
    op.add_column("job", sa.Column("night", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_job_schedule_id"), "job", ["schedule_id"])
