"""How many rows a run has skipped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("import_run", sa.Column("skipped", sa.Integer(), nullable=True))
    op.execute("UPDATE import_run SET skipped = 0 WHERE rows IS NOT NULL")
