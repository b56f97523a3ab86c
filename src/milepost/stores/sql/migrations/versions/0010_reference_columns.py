"""More of what exports write: reference data, and how far an export has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_LONG: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ADDED = {
    "learner": ("time_zone",),
    "learning_object_version": ("object_guid",),
    "training": ("publisher", "status", "duration"),
    "training_content": ("folder",),
}


def upgrade() -> None:
    for table, names in _ADDED.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "export_mark",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("guid_key", "provider", "guid")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("last_run", "last_registration")),
        sa.Column("exported_at", _LONG, nullable=False),
        sa.PrimaryKeyConstraint("guid_key", "provider", name=op.f("pk_export_mark")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
