"""By which rule the checksum of a row was made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Rows that have a checksum and no rule are of the first rule.
    op.add_column("tracking", sa.Column("checksum_rule", sa.Integer(), nullable=True))
    op.add_column("tracking_change", sa.Column("previous_checksum_rule", sa.Integer(), nullable=True))
