"""What the plan says, done to the store."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, insert, literal, select, update
from sqlalchemy.engine import Connection

from milepost import reference as catalogue
from milepost.model.columns import LARGEST_INTEGER
from milepost.model.exceptions import StoreError
from milepost.steps.load import planning
from milepost.steps.load.staging import MADE_GUID, Staging
from milepost.stores.sql import dialect


def require_ids(connection: Connection, stage: Staging) -> None:
    """Raises StoreError when new rows would get ids that no file could name."""
    if "id" not in stage.own.c:
        return
    given = _given_id(stage)
    of_new = select(func.max(given), func.count() - func.count(given)).select_from(_planned(stage))
    largest_given, count = connection.execute(of_new.where(stage.plan.c["outcome"] == planning.CREATED)).one()
    highest = max(largest_given or 0, dialect.of(connection).highest_id(connection, stage.own))
    if count and highest + count > LARGEST_INTEGER:
        raise StoreError(
            f"There are no ids left for {count} new {stage.kind.name}: {highest} has been used, and "
            f"{LARGEST_INTEGER} is the highest there can be. Give every new row an id of its own."
        )


def store(connection: Connection, stage: Staging) -> None:
    """Updates and creates rows. New rows without an id get the next ones, in the order of their lines."""
    changed = planning.changes(stage)
    if changed:
        connection.execute(
            update(stage.own)
            .values(changed)
            .where(
                stage.same_row(),
                stage.lines.c["line"] == stage.links.c["line"],
                stage.lines.c["line"] == stage.plan.c["line"],
                stage.plan.c["outcome"] == planning.UPDATED,
            )
        )
    identity = next((one for one in stage.identities if one.name == "id"), None)
    if identity is None:
        _create(connection, stage, {})
        return
    given = stage.lines.c[identity.column.name]
    # Those with an id first: the database then counts on from the highest of them.
    _create(connection, stage, {"id": given}, given.is_not(None))
    dialect.of(connection).count_on(connection, stage.own)
    _create(connection, stage, {}, given.is_(None))


def _create(
    connection: Connection, stage: Staging, ids: dict[str, ColumnElement[Any]], *conditions: ColumnElement[bool]
) -> None:
    values = dict(ids)
    for field in stage.kind.fields:
        if field.name == "guid" and field.role is catalogue.Role.IDENTITY:
            values |= _guids(stage, field)
        elif field.column.name in stage.used and field.name != "id":
            values |= planning.values(stage, field)
        elif field.default is not None:
            values[field.name] = literal(field.default, stage.own.c[field.name].type)
    values |= {reference.name: stage.links.c[reference.name] for reference in stage.kind.references}
    query = (
        select(*values.values())
        .select_from(_planned(stage))
        .where(stage.plan.c["outcome"] == planning.CREATED, *conditions)
        .order_by(stage.lines.c["line"])
    )
    connection.execute(insert(stage.own).from_select(list(values), query))


def _guids(stage: Staging, field: catalogue.Field) -> dict[str, ColumnElement[Any]]:
    made = stage.lines.c[MADE_GUID]
    if field.column.name not in stage.used:
        return {"guid": made, "guid_key": made}
    return {
        "guid": func.coalesce(stage.lines.c[field.column.name], made),
        "guid_key": func.coalesce(stage.given(field), made),
    }


def _planned(stage: Staging) -> FromClause:
    return stage.plan.join(stage.lines, stage.lines.c["line"] == stage.plan.c["line"]).join(
        stage.links, stage.links.c["line"] == stage.plan.c["line"]
    )


def _given_id(stage: Staging) -> ColumnElement[Any]:
    for identity in stage.identities:
        if identity.name == "id":
            return stage.lines.c[identity.column.name]
    return literal(None, stage.own.c["id"].type)
