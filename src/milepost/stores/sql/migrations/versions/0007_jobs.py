"""The files that are about to be imported in the web application, and the jobs that do it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_LONG: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = "state IN ('waiting', 'running', 'done', 'failed', 'cancelled')"


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        *_texts("file", "folder"),
        sa.Column("bytes", _LONG, nullable=False),
        *_texts("sha256", nullable=True),
        *_texts("settings"),
        *_texts("checked", "digest", nullable=True),
        *_texts("actor"),
        sa.Column("created_at", _LONG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        *_texts("kind", "state"),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        *_texts("task", "actor"),
        *_texts("request", nullable=True),
        sa.Column("created_at", _LONG, nullable=False),
        *(sa.Column(name, _LONG, nullable=True) for name in ("started_at", "finished_at")),
        *_texts("process", nullable=True),
        sa.Column("beat_at", _LONG, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_run", sa.Integer(), nullable=True),
        sa.Column("is_stopping", sa.Integer(), nullable=False),
        *_texts("phase", nullable=True),
        *(sa.Column(name, _LONG, nullable=True) for name in ("done", "total")),
        sa.Column("run", sa.Integer(), nullable=True),
        *_texts("checked", "error_code", "error", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.CheckConstraint(_STATES, name=op.f("ck_job_state")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    for name in ("draft_id", "request"):
        op.create_index(op.f(f"ix_job_{name}"), "job", [name])
