"""What a run changed, so that it can be undone and explained; runs that were held, undone or mended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATES = "state IN ('running', 'done', 'failed', 'interrupted', 'held')"


def upgrade() -> None:
    # SQLite cannot change a check: there the table is made anew. No other table needs to be.
    with op.batch_alter_table(
        "import_run", table_kwargs={"sqlite_strict": True, "sqlite_autoincrement": True}
    ) as import_run:
        import_run.add_column(sa.Column("digest", sa.Text(), nullable=True))
        import_run.add_column(sa.Column("undoes", sa.Integer(), nullable=True))
        import_run.add_column(sa.Column("mends", sa.Integer(), nullable=True))
        import_run.add_column(sa.Column("pruned_at", _instant(), nullable=True))
        import_run.drop_constraint(op.f("ck_import_run_state"), type_="check")
        import_run.create_check_constraint(op.f("ck_import_run_state"), _STATES)
    op.add_column("tracking", sa.Column("checksum", _instant(), nullable=True))
    op.create_table(
        "tracking_change",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("registration_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("learning_object_version_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("first_access_at", _instant(), nullable=True),
        sa.Column("last_access_at", _instant(), nullable=True),
        sa.Column("first_completed_at", _instant(), nullable=True),
        sa.Column("progression", _number(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("time_spent", sa.Integer(), nullable=True),
        sa.Column("score", _number(), nullable=True),
        sa.Column("score_max", sa.Integer(), nullable=True),
        sa.Column("previous_run_id", sa.Integer(), nullable=True),
        sa.Column("previous_line", sa.Integer(), nullable=True),
        sa.Column("previous_checksum", _instant(), nullable=True),
        sa.CheckConstraint("change IN ('created', 'updated', 'deleted')", name=op.f("ck_tracking_change_change")),
        sa.PrimaryKeyConstraint(
            "run_id", "registration_id", "learning_object_version_id", name=op.f("pk_tracking_change")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_tracking_change_registration_id"), "tracking_change", ["registration_id"], unique=False)


def _instant() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number() -> sa.types.TypeEngine[float]:
    return sa.Double().with_variant(sa.REAL(), "sqlite")
