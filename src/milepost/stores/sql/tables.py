"""The tables of a store, for SQLite and PostgreSQL alike; `migrations` makes them.

Instants are whole seconds since 1970-01-01T00:00:00Z. A column ending in `_key` holds the text beside it,
NFC and case-folded by Python: the databases' own folding knows too few letters, or differs between them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

from milepost.model.columns import STORED, Kind
from milepost.model.status import Status

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# STRICT tables know INTEGER, REAL and TEXT alone.
instant: TypeEngine[Any] = BigInteger().with_variant(Integer(), "sqlite")
number: TypeEngine[Any] = Double().with_variant(REAL(), "sqlite")
flag: TypeEngine[Any] = Boolean(create_constraint=False).with_variant(Integer(), "sqlite")
_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.TEXT: Text(),
    Kind.STATUS: Text(),
    Kind.NUMBER: number,
    Kind.DATETIME: instant,
}


def _refers(column: str, table: str) -> ForeignKeyConstraint:
    """A reference from a table that an import fills. In PostgreSQL, triggers that cost nothing for each row keep it."""
    constraint = ForeignKeyConstraint([column], [f"{table}.id"])
    constraint.ddl_if(dialect="sqlite")
    return constraint


def tracking_values(*, is_current: bool = False) -> tuple[Column[Any], ...]:
    """The columns that hold what is known of a learner on a learning object version; new ones at each call."""
    return tuple(
        Column(name, _TYPES.get(column.kind, Integer()), nullable=not (stored.required and is_current))
        for name, (column, stored) in STORED.items()
    )


learner = Table(
    "learner",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", Text, nullable=False),
    Column("login_key", Text, nullable=False, unique=True),
    Column("reference_number", Text, index=True),
    Column("email", Text),
    Column("email_key", Text, index=True),
    Column("guid", Text, nullable=False),
    Column("guid_key", Text, nullable=False, unique=True),
    Column("name", Text),
    Column("first_name", Text),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

learning_object_version = Table(
    "learning_object_version",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", Text, nullable=False),
    Column("guid_key", Text, nullable=False, unique=True),
    Column("code", Text, index=True),
    Column("title", Text),
    Column("publisher", Text),
    Column("runtime", Text),
    Column("locale", Text),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

training = Table(
    "training",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", Text, nullable=False),
    Column("guid_key", Text, nullable=False, unique=True),
    Column("path_code", Text, nullable=False, unique=True),
    Column("title", Text),
    Column("modality", Text),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

training_content = Table(
    "training_content",
    metadata,
    Column("training_id", ForeignKey("training.id"), primary_key=True),
    Column("learning_object_version_id", ForeignKey("learning_object_version.id"), primary_key=True, index=True),
    Column("mandatory", flag, nullable=False),
    Column("points", number, nullable=False),
    Column("position", Integer),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

session = Table(
    "session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", Text, nullable=False),
    Column("guid_key", Text, nullable=False, unique=True),
    Column("title", Text, index=True),
    Column("training_id", ForeignKey("training.id"), nullable=False, index=True),
    Column("starts_at", instant),
    Column("ends_at", instant),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

registration = Table(
    "registration",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", Text, nullable=False),
    Column("guid_key", Text, nullable=False, unique=True),
    Column("learner_id", ForeignKey("learner.id"), nullable=False),
    Column("session_id", ForeignKey("session.id"), nullable=False, index=True),
    Column("registered_at", instant),
    Column("time_spent_cbt", Integer, nullable=False, server_default="0"),
    Column("time_spent_digital", Integer, nullable=False, server_default="0"),
    Index("uq_registration_learner_id_session_id", "learner_id", "session_id", unique=True),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

import_run = Table(
    "import_run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),  # `tracking`, or the kind of reference data that was loaded
    Column("state", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", Text),
    Column("configuration", Text),
    Column("actor", Text, nullable=False),
    Column("process", Text, nullable=False),  # what tells a live run from a dead one
    Column("started_at", instant, nullable=False),
    Column("finished_at", instant),
    Column("seconds", number),
    Column("rows", Integer),
    Column("created", Integer),
    Column("updated", Integer),
    Column("unchanged", Integer),
    Column("deleted", Integer),
    Column("superseded", Integer),
    Column("rejected", Integer),
    Column("error", Text),
    Column("digest", Text),  # of the plan that was carried out, or held
    Column("undoes", Integer),  # the run that this one undid
    Column("mends", Integer),  # the run whose rejects file was imported
    Column("pruned_at", instant),  # when its before-images were removed
    CheckConstraint("state IN ('running', 'done', 'failed', 'interrupted', 'held')", name="state"),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

import_finding = Table(
    "import_finding",
    metadata,
    Column("run_id", Integer, primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),  # orders the findings of a line
    Column("level", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("column", Text),
    Column("value", Text),
    Column("message", Text, nullable=False),
    Column("hint", Text),
    _refers("run_id", "import_run"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

tracking = Table(
    "tracking",
    metadata,
    Column("registration_id", Integer, primary_key=True, autoincrement=False),
    Column("learning_object_version_id", Integer, primary_key=True, autoincrement=False),
    *tracking_values(is_current=True),
    Column("run_id", Integer, nullable=False),  # the run that last wrote the row,
    Column("line", Integer, nullable=False),  # and the line of its file
    Column("checksum", instant),  # of the key and the values as that run wrote them
    Column("logged_on", Integer),  # the newest day of the row's log, in days since 1970-01-01,
    Column("logged_time", Integer),  # and the seconds spent on it; earlier days are in `tracking_log_day`
    CheckConstraint(
        f"status IN ({', '.join(repr(status.value) for status in Status if status is not Status.NOT_ATTEMPTED)})",
        name="status",
    ),
    _refers("registration_id", "registration"),
    _refers("learning_object_version_id", "learning_object_version"),
    _refers("run_id", "import_run"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What a run did to rows that were there, as they were before. It refers to what may be gone since: so no references.
tracking_change = Table(
    "tracking_change",
    metadata,
    Column("run_id", Integer, primary_key=True, autoincrement=False),
    Column("registration_id", Integer, primary_key=True, autoincrement=False, index=True),
    Column("learning_object_version_id", Integer, primary_key=True, autoincrement=False),
    Column("line", Integer, nullable=False),  # the line that did it; of an undo, that which it undid
    Column("change", Text, nullable=False),
    *tracking_values(),
    Column("previous_run_id", Integer),  # the run that had last written the row,
    Column("previous_line", Integer),  # the line of its file,
    Column("previous_checksum", instant),  # its checksum,
    Column("previous_logged_on", Integer),  # and the newest day of its log
    Column("previous_logged_time", Integer),
    CheckConstraint("change IN ('created', 'updated', 'deleted')", name="change"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# The days of a tracking row's log before its newest one, which is in the row itself. Triggers delete them with the row.
tracking_log_day = Table(
    "tracking_log_day",
    metadata,
    Column("registration_id", Integer, primary_key=True, autoincrement=False),
    Column("learning_object_version_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),  # in days since 1970-01-01
    Column("time_spent", Integer, nullable=False),
    Column("progression", number, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# Such days as they were before a run changed them; without a time, there was none.
tracking_log_change = Table(
    "tracking_log_change",
    metadata,
    Column("run_id", Integer, primary_key=True, autoincrement=False),
    Column("registration_id", Integer, primary_key=True, autoincrement=False),
    Column("learning_object_version_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("time_spent", Integer),
    Column("progression", number),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# A line that a run has rejected and that came back in a rejects file, and which line it was there.
returned_line = Table(
    "returned_line",
    metadata,
    Column("source_run_id", Integer, primary_key=True, autoincrement=False),
    Column("source_line", Integer, primary_key=True, autoincrement=False),
    Column("run_id", Integer, primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
