"""What a run changed, so that it can be undone and explained; runs that were held, undone or mended."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NUMBER: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
_KEY = ("run_id", "registration_id", "learning_object_version_id")
_FORMER: dict[str, sa.types.TypeEngine[Any]] = {
    **dict.fromkeys(("first_access_at", "last_access_at", "first_completed_at"), _LONG),
    "progression": _NUMBER,
    "status": sa.Text(),
    "time_spent": sa.Integer(),
    "score": _NUMBER,
    **dict.fromkeys(("score_max", "previous_run_id", "previous_line"), sa.Integer()),
    "previous_checksum": _LONG,
}
"""What a changed row had before."""
_STATES = "state IN ('running', 'done', 'failed', 'interrupted', 'held')"


def upgrade() -> None:
    # SQLite cannot change a check: there the table is made anew. No other table needs to be.
    with op.batch_alter_table(
        "import_run", table_kwargs={"sqlite_strict": True, "sqlite_autoincrement": True}
    ) as import_run:
        import_run.add_column(sa.Column("digest", sa.Text(), nullable=True))
        import_run.add_column(sa.Column("undoes", sa.Integer(), nullable=True))
        import_run.add_column(sa.Column("mends", sa.Integer(), nullable=True))
        import_run.add_column(sa.Column("pruned_at", _LONG, nullable=True))
        import_run.drop_constraint(op.f("ck_import_run_state"), type_="check")
        import_run.create_check_constraint(op.f("ck_import_run_state"), _STATES)
    op.add_column("tracking", sa.Column("checksum", _LONG, nullable=True))
    op.create_table(
        "tracking_change",
        *(sa.Column(name, sa.Integer(), autoincrement=False, nullable=False) for name in _KEY),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        *(sa.Column(name, kind, nullable=True) for name, kind in _FORMER.items()),
        sa.CheckConstraint("change IN ('created', 'updated', 'deleted')", name=op.f("ck_tracking_change_change")),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_tracking_change")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_tracking_change_registration_id"), "tracking_change", ["registration_id"], unique=False)
