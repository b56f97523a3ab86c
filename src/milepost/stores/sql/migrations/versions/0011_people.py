"""A journal of reference data, former identifiers, what erasures removed, and how long data are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_LONG: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CHANGES = "change IN ('created', 'updated', 'deleted')"
_ERASED = ("run_id", "erased_by", "written", "entries", "reference_rows")

_WAIT = """
CREATE OR REPLACE FUNCTION milepost_wait_for_imports() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Who has the turn is alone: no import is at work.
    IF current_setting('milepost.importing', true) IS NOT DISTINCT FROM 'yes' THEN
        RETURN NULL;
    END IF;
    -- In a snapshot from before the wait, rows that an import has written since would not be seen.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'feature_not_supported',
            MESSAGE = format('rows of %I can be deleted in READ COMMITTED transactions alone', TG_TABLE_NAME);
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('milepost references'), hashtext(TG_TABLE_SCHEMA));
    RETURN NULL;
END $$;
"""


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def upgrade() -> None:
    op.add_column("import_run", sa.Column("reference_rows", sa.Integer(), nullable=True))
    op.create_table(
        "reference_change",
        _whole("run_id"),
        _text("entity"),
        sa.Column("row_id", _LONG, autoincrement=False, nullable=False),
        _text("change"),
        _text("before", nullable=True),
        _text("after", nullable=True),
        sa.Column("into_id", _LONG, nullable=True),
        sa.PrimaryKeyConstraint("run_id", "entity", "row_id", name=op.f("pk_reference_change")),
        sa.CheckConstraint(_CHANGES, name=op.f("ck_reference_change_change")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "former_identifier",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("entity"),
        _whole("owner_id"),
        *map(_text, ("identifier", "value", "value_key")),
        sa.Column("ended_at", _LONG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_identifier")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "erased_part",
        *map(_whole, _ERASED),
        sa.PrimaryKeyConstraint("run_id", "erased_by", name=op.f("pk_erased_part")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "retention_rule",
        _text("kind"),
        _whole("days"),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_retention_rule")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    for table, name in (
        ("reference_change", "row_id"),
        ("reference_change", "into_id"),
        ("former_identifier", "owner_id"),
        ("former_identifier", "value_key"),
    ):
        op.create_index(op.f(f"ix_{table}_{name}"), table, [name])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_WAIT)
