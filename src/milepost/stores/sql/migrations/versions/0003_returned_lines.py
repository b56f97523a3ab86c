"""Which lines of a run came back in a rejects file that was imported again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    names = ("source_run_id", "source_line", "run_id", "line")
    op.create_table(
        "returned_line",
        *(sa.Column(name, sa.Integer(), autoincrement=False, nullable=False) for name in names),
        sa.PrimaryKeyConstraint(*names, name=op.f("pk_returned_line")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
