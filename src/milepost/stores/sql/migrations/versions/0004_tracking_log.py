"""On which days the time of a tracking row was spent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NUMBER: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
_KEY = ("registration_id", "learning_object_version_id", "day")

_SQLITE = """
CREATE TRIGGER tracking_log_deleted AFTER DELETE ON tracking
BEGIN
    DELETE FROM tracking_log_day
    WHERE registration_id = OLD.registration_id
    AND learning_object_version_id = OLD.learning_object_version_id;
END
"""

_POSTGRESQL = """
CREATE FUNCTION milepost_delete_log() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE format('DELETE FROM %I.tracking_log_day', TG_TABLE_SCHEMA);
    ELSE
        EXECUTE format(
            'DELETE FROM %I.tracking_log_day AS log USING gone WHERE log.registration_id = gone.registration_id'
            ' AND log.learning_object_version_id = gone.learning_object_version_id',
            TG_TABLE_SCHEMA
        );
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER milepost_log_deleted AFTER DELETE ON tracking REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION milepost_delete_log();
CREATE TRIGGER milepost_log_truncated AFTER TRUNCATE ON tracking
    FOR EACH STATEMENT EXECUTE FUNCTION milepost_delete_log();
"""


def upgrade() -> None:
    # Rows that are there keep no day: their time counts for the day of their last access.
    for table, prefix in (("tracking", ""), ("tracking_change", "previous_")):
        for name in ("logged_on", "logged_time"):
            op.add_column(table, sa.Column(prefix + name, sa.Integer(), nullable=True))
    op.create_table(
        "tracking_log_day",
        *(sa.Column(name, sa.Integer(), autoincrement=False, nullable=False) for name in _KEY),
        sa.Column("time_spent", sa.Integer(), nullable=False),
        sa.Column("progression", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_tracking_log_day")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tracking_log_change",
        *(sa.Column(name, sa.Integer(), autoincrement=False, nullable=False) for name in ("run_id", *_KEY)),
        sa.Column("time_spent", sa.Integer(), nullable=True),
        sa.Column("progression", _NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("run_id", *_KEY, name=op.f("pk_tracking_log_change")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute(_SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL)
