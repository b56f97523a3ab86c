"""What becomes of each accepted line: decided for all of them at once, before anything is written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, func, insert, literal, or_, select
from sqlalchemy.engine import Connection

from milepost import reference as catalogue
from milepost.steps.load.staging import Staging, find, joined

CREATED = "created"
UPDATED = "updated"
UNCHANGED = "unchanged"
SUPERSEDED = "superseded"


def plan(connection: Connection, stage: Staging) -> None:
    """Fills `stage.plan` with every accepted line, and adds `superseded` where a later one is for the same row."""
    linked = stage.lines.join(stage.links, stage.lines.c["line"] == stage.links.c["line"])
    winner = func.max(stage.lines.c["line"]).over(partition_by=stage.row_key())
    accepted = (
        select(stage.lines.c["line"], winner.label("winner"))
        .select_from(linked)
        .where(stage.accepted())
        .subquery("accepted_line")
    )
    outcome = case(
        (accepted.c["winner"] != accepted.c["line"], SUPERSEDED),
        (stage.links.c["stored"].is_(None), CREATED),
        (_differs(stage), UPDATED),
        else_=UNCHANGED,
    )
    origin = (
        accepted.join(stage.lines, stage.lines.c["line"] == accepted.c["line"])
        .join(stage.links, stage.links.c["line"] == accepted.c["line"])
        .outerjoin(stage.own, stage.same_row())
    )
    query = select(accepted.c["line"], accepted.c["winner"], outcome).select_from(origin)
    connection.execute(insert(stage.plan).from_select(["line", "winner", "outcome"], query))
    superseded = select(
        stage.plan.c["line"],
        literal(None).label("value"),
        joined("line ", stage.plan.c["winner"], " wins").label("hint"),
    ).where(stage.plan.c["outcome"] == SUPERSEDED)
    find(connection, stage, "superseded", None, superseded)


def changes(stage: Staging) -> dict[str, ColumnElement[Any]]:
    """The columns that an update sets, and to what: those that the file has and that may change."""
    changed: dict[str, ColumnElement[Any]] = {}
    for field in stage.fields:
        if field.role is not catalogue.Role.IDENTITY and not field.fixed:
            changed |= values(stage, field)
    for reference in stage.kind.references:
        if reference.role is not catalogue.Role.KEY:
            changed[reference.name] = stage.links.c[reference.name]
    return changed


def values(stage: Staging, field: catalogue.Field) -> dict[str, ColumnElement[Any]]:
    """What a line gives for `field`, for the column of the table and for the folded one beside it."""
    given: ColumnElement[Any] = stage.lines.c[field.column.name]
    if field.default is not None:
        given = func.coalesce(given, literal(field.default, stage.own.c[field.name].type))
    return {field.name: given, f"{field.name}_key": stage.given(field)} if field.folded else {field.name: given}


def _differs(stage: Staging) -> ColumnElement[bool]:
    compared = [stage.own.c[name].is_distinct_from(value) for name, value in changes(stage).items()]
    return or_(literal(0) == 1, *compared)
