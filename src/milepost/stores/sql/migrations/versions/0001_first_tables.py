"""The first tables of a store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from milepost.stores.sql.migrations import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("configuration", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("finished_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("seconds", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("created", sa.Integer(), nullable=True),
        sa.Column("updated", sa.Integer(), nullable=True),
        sa.Column("unchanged", sa.Integer(), nullable=True),
        sa.Column("deleted", sa.Integer(), nullable=True),
        sa.Column("superseded", sa.Integer(), nullable=True),
        sa.Column("rejected", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('running', 'done', 'failed', 'interrupted')", name=op.f("ck_import_run_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_table(
        "learner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("login_key", sa.Text(), nullable=False),
        sa.Column("reference_number", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("guid_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner")),
        sa.UniqueConstraint("guid_key", name=op.f("uq_learner_guid_key")),
        sa.UniqueConstraint("login_key", name=op.f("uq_learner_login_key")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_learner_email_key"), "learner", ["email_key"], unique=False)
    op.create_index(op.f("ix_learner_reference_number"), "learner", ["reference_number"], unique=False)
    op.create_table(
        "learning_object_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("guid_key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("runtime", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_object_version")),
        sa.UniqueConstraint("guid_key", name=op.f("uq_learning_object_version_guid_key")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_learning_object_version_code"), "learning_object_version", ["code"], unique=False)
    op.create_table(
        "training",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("guid_key", sa.Text(), nullable=False),
        sa.Column("path_code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("modality", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
        sa.UniqueConstraint("guid_key", name=op.f("uq_training_guid_key")),
        sa.UniqueConstraint("path_code", name=op.f("uq_training_path_code")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_table(
        "import_finding",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=True),
        *_references("import_finding", {"run_id": "import_run"}, enforced=is_sqlite),
        sa.PrimaryKeyConstraint("run_id", "line", "place", name=op.f("pk_import_finding")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("guid_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ends_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_session_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("guid_key", name=op.f("uq_session_guid_key")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_session_title"), "session", ["title"], unique=False)
    op.create_index(op.f("ix_session_training_id"), "session", ["training_id"], unique=False)
    op.create_table(
        "training_content",
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("learning_object_version_id", sa.Integer(), nullable=False),
        sa.Column("mandatory", sa.Boolean().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("points", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["learning_object_version_id"],
            ["learning_object_version.id"],
            name=op.f("fk_training_content_learning_object_version_id"),
        ),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_training_content_training_id")),
        sa.PrimaryKeyConstraint("training_id", "learning_object_version_id", name=op.f("pk_training_content")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_training_content_learning_object_version_id"),
        "training_content",
        ["learning_object_version_id"],
        unique=False,
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("guid_key", sa.Text(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("time_spent_cbt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("time_spent_digital", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_registration_learner_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_registration_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("guid_key", name=op.f("uq_registration_guid_key")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_registration_session_id"), "registration", ["session_id"], unique=False)
    op.create_index("uq_registration_learner_id_session_id", "registration", ["learner_id", "session_id"], unique=True)
    op.create_table(
        "tracking",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("learning_object_version_id", sa.Integer(), nullable=False),
        sa.Column("first_access_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("last_access_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("first_completed_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("progression", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("time_spent", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=True),
        sa.Column("score_max", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('incomplete', 'completed', 'passed', 'failed', 'browsed')", name=op.f("ck_tracking_status")
        ),
        *_references(
            "tracking",
            {
                "learning_object_version_id": "learning_object_version",
                "registration_id": "registration",
                "run_id": "import_run",
            },
            enforced=is_sqlite,
        ),
        sa.PrimaryKeyConstraint("registration_id", "learning_object_version_id", name=op.f("pk_tracking")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    if not is_sqlite:
        guards.keep()


def _references(table: str, parents: dict[str, str], *, enforced: bool) -> list[sa.ForeignKeyConstraint]:
    if not enforced:
        return []  # see milepost.stores.sql.migrations.guards
    return [
        sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, parent in parents.items()
    ]
