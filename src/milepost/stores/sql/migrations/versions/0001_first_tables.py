"""The first tables of a store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from milepost.stores.sql.migrations import guards

revision = "0001"
down_revision = None

_LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NUMBER: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
_FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
_STATES = "state IN ('running', 'done', 'failed', 'interrupted')"
_STATUSES = "status IN ('incomplete', 'completed', 'passed', 'failed', 'browsed')"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    _table(
        "import_run",
        _column("id"),
        *_texts("kind", "state", "file"),
        *_texts("sha256", "configuration", nullable=True),
        *_texts("actor", "process"),
        _column("started_at", _LONG),
        _column("finished_at", _LONG, nullable=True),
        _column("seconds", _NUMBER, nullable=True),
        *(
            _column(name, nullable=True)
            for name in ("rows", "created", "updated", "unchanged", "deleted", "superseded", "rejected")
        ),
        *_texts("error", nullable=True),
        sa.CheckConstraint(_STATES, name=op.f("ck_import_run_state")),
    )
    _table(
        "learner",
        _column("id"),
        *_texts("login", "login_key"),
        *_texts("reference_number", "email", "email_key", nullable=True),
        *_texts("guid", "guid_key"),
        *_texts("name", "first_name", nullable=True),
        unique=("guid_key", "login_key"),
        indexed=("email_key", "reference_number"),
    )
    _table(
        "learning_object_version",
        _column("id"),
        *_texts("guid", "guid_key"),
        *_texts("code", "title", "publisher", "runtime", "locale", nullable=True),
        unique=("guid_key",),
        indexed=("code",),
    )
    _table(
        "training",
        _column("id"),
        *_texts("guid", "guid_key", "path_code"),
        *_texts("title", "modality", nullable=True),
        unique=("guid_key", "path_code"),
    )
    _table(
        "import_finding",
        _column("run_id", autoincrement=False),
        _column("line"),
        _column("place"),
        *_texts("level", "code"),
        *_texts("column", "value", nullable=True),
        *_texts("message"),
        *_texts("hint", nullable=True),
        key=("run_id", "line", "place"),
        # In PostgreSQL see `guards`, here and in `tracking`.
        references={"run_id": "import_run"} if is_sqlite else {},
    )
    _table(
        "session",
        _column("id"),
        *_texts("guid", "guid_key"),
        *_texts("title", nullable=True),
        _column("training_id"),
        _column("starts_at", _LONG, nullable=True),
        _column("ends_at", _LONG, nullable=True),
        unique=("guid_key",),
        indexed=("title", "training_id"),
        references={"training_id": "training"},
    )
    _table(
        "training_content",
        _column("training_id"),
        _column("learning_object_version_id"),
        _column("mandatory", _FLAG),
        _column("points", _NUMBER),
        _column("position", nullable=True),
        key=("training_id", "learning_object_version_id"),
        indexed=("learning_object_version_id",),
        references={"learning_object_version_id": "learning_object_version", "training_id": "training"},
    )
    _table(
        "registration",
        _column("id"),
        *_texts("guid", "guid_key"),
        _column("learner_id"),
        _column("session_id"),
        _column("registered_at", _LONG, nullable=True),
        _column("time_spent_cbt", server_default="0"),
        _column("time_spent_digital", server_default="0"),
        unique=("guid_key",),
        indexed=("session_id",),
        references={"learner_id": "learner", "session_id": "session"},
    )
    op.create_index("uq_registration_learner_id_session_id", "registration", ["learner_id", "session_id"], unique=True)
    parents = {"learning_object_version_id": "learning_object_version", "registration_id": "registration"}
    _table(
        "tracking",
        _column("registration_id"),
        _column("learning_object_version_id"),
        *(_column(name, _LONG, nullable=True) for name in ("first_access_at", "last_access_at", "first_completed_at")),
        _column("progression", _NUMBER),
        *_texts("status"),
        _column("time_spent"),
        _column("score", _NUMBER, nullable=True),
        _column("score_max", nullable=True),
        _column("run_id"),
        _column("line"),
        sa.CheckConstraint(_STATUSES, name=op.f("ck_tracking_status")),
        key=("registration_id", "learning_object_version_id"),
        references=parents | {"run_id": "import_run"} if is_sqlite else {},
    )
    if not is_sqlite:
        guards.keep()


def _column(name: str, kind: Any = sa.Integer, *, nullable: bool = False, **more: Any) -> sa.Column[Any]:  # noqa: ANN401
    return sa.Column(name, kind, nullable=nullable, **more)


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [_column(name, sa.Text, nullable=nullable) for name in names]


def _table(
    name: str,
    *parts: sa.Column[Any] | sa.CheckConstraint,
    key: tuple[str, ...] = ("id",),
    unique: Collection[str] = (),
    indexed: Collection[str] = (),
    references: Mapping[str, str] | None = None,
) -> None:
    keyed = {"sqlite_autoincrement": True} if key == ("id",) else {"sqlite_with_rowid": False}
    op.create_table(
        name,
        *parts,
        *(
            sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(f"fk_{name}_{column}"))
            for column, parent in (references or {}).items()
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
        *(sa.UniqueConstraint(column, name=op.f(f"uq_{name}_{column}")) for column in unique),
        sqlite_strict=True,
        **keyed,
    )
    for column in indexed:
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
