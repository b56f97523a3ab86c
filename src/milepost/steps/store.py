"""Store: carries out a plan, in the transaction that made it."""

from __future__ import annotations

from sqlalchemy import Select, Table, literal, select, tuple_
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection

from milepost.database.tables import import_finding, tracking


def store(connection: Connection, planned: Table, findings: Table, run: int) -> None:
    """Writes the rows of `planned` into the tracking, and `findings` into the record of `run`."""
    _insert_created(connection, planned, run)
    _overwrite_updated(connection, planned, run)
    _delete_deleted(connection, planned)
    kept = list(findings.columns)
    connection.execute(
        import_finding.insert().from_select(
            ["run_id", *(column.name for column in kept)], select(literal(run), *kept).order_by(*findings.primary_key)
        )
    )


def _insert_created(connection: Connection, planned: Table, run: int) -> None:
    names, rows = _rows(planned, "created", run)
    connection.execute(tracking.insert().from_select(names, rows.order_by(*planned.primary_key)))


def _overwrite_updated(connection: Connection, planned: Table, run: int) -> None:
    # As an upsert, not as an UPDATE: it is driven by the plan's few rows and never walks through the tracking.
    names, rows = _rows(planned, "updated", run)
    statement = sqlite.insert(tracking).from_select(names, rows)
    key = tracking.primary_key.columns.keys()
    new_values = {name: statement.excluded[name] for name in names if name not in key}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=new_values))


def _delete_deleted(connection: Connection, planned: Table) -> None:
    target = tuple_(*tracking.primary_key.columns)
    deleted = select(*planned.primary_key.columns).where(planned.c.outcome == "deleted")
    connection.execute(tracking.delete().where(target.in_(deleted)))


def _rows(planned: Table, outcome: str, run: int) -> tuple[list[str], Select[*tuple[object, ...]]]:
    names = [column.name for column in tracking.columns if column.name != "run_id"]
    rows = select(*(planned.c[name] for name in names), literal(run)).where(planned.c.outcome == outcome)
    return [*names, "run_id"], rows
