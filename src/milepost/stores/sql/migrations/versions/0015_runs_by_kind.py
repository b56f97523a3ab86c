"""Runs are found by their kind and their state, and say how many lines have each finding."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("import_run", sa.Column("findings", sa.Text(), nullable=True))
    for column in ("kind", "state"):
        op.create_index(op.f(f"ix_import_run_{column}"), "import_run", [column])
