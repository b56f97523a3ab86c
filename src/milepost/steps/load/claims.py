"""Ids and GUIDs: each belongs to one row for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import polars as pl
from sqlalchemy import ColumnElement, FromClause, and_, func, or_, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from milepost.model.batch import FINDINGS
from milepost.model.findings import CODES
from milepost.steps.load.staging import Staging, add_findings, find, joined, stored_name

Key: TypeAlias = tuple[Any, ...]
"""What says which row a line means."""

_AT_A_TIME = 10_000


def find_changed(connection: Connection, stage: Staging) -> None:
    """Adds `already-taken` where a line gives a stored row another id or GUID than it has."""
    who = joined(f"this {stage.kind.noun} has ") if stage.kind.label is None else _named(stage, stage.own, " has ")
    for identity in stage.identities:
        value = stage.lines.c[identity.column.name].label("value")
        hint = joined(who, stage.own.c[identity.name], "; ids and GUIDs never change").label("hint")
        query = (
            select(stage.lines.c["line"], value, hint)
            .select_from(_linked(stage).join(stage.own, stage.same_row()))
            .where(stage.given(identity) != stage.own.c[stored_name(identity)])
        )
        find(connection, stage, "already-taken", identity, query)


def find_taken(connection: Connection, stage: Staging) -> None:
    """Adds `already-taken` where a line gives a new row an id or GUID that a stored row has."""
    holder = stage.own.alias("holder")
    who = joined(f"another {stage.kind.noun} has it") if stage.kind.label is None else _named(stage, holder, " has it")
    for identity in stage.identities:
        value = stage.lines.c[identity.column.name].label("value")
        query = (
            select(stage.lines.c["line"], value, who.label("hint"))
            .select_from(_linked(stage).join(holder, holder.c[stored_name(identity)] == stage.given(identity)))
            .where(_is_new(stage))
        )
        find(connection, stage, "already-taken", identity, query)


def find_contested(connection: Connection, stage: Staging) -> None:
    """Adds `already-taken` where a line gives a new row an id or GUID that an earlier line gives another new row.

    The first accepted line has it for its row, be it superseded or not. To be called when all other errors are known.
    """
    if not stage.identities:
        return
    width = len(stage.row_key())
    lines = connection.execute(_contested_lines(stage), execution_options={"yield_per": _AT_A_TIME})
    found = [
        (line, "already-taken", stage.identities[place].column.name, str(value), f"line {holder} has it first")
        for line, place, value, holder in _refused((one[0], one[1 : width + 1], one[width + 1 :]) for one in lines)
    ]
    schema = {name: FINDINGS[name] for name in ("line", "code", "column", "value", "hint")}
    messages = {
        identity.column.name: CODES["already-taken"].message.format(column=identity.column.name)
        for identity in stage.identities
    }
    message = pl.col("column").replace_strict(messages, return_dtype=pl.String).alias("message")
    add_findings(connection, stage, pl.DataFrame(found, schema=schema, orient="row").with_columns(message))


def _refused(lines: Iterable[tuple[int, Key, Key]]) -> Iterator[tuple[int, int, Any, int]]:
    """The lines that get nothing: line, place of the identity, its value, and the line that has it.

    `lines` holds lines for new rows in ascending order, each with the key of its row and its ids and GUIDs.
    """
    holders: dict[tuple[int, Any], tuple[Key, int]] = {}
    for line, key, given in lines:
        claims = [(place, value) for place, value in enumerate(given) if value is not None]
        refused = [(line, *claim, holders[claim][1]) for claim in claims if holders.get(claim, (key,))[0] != key]
        yield from refused
        if not refused:
            for claim in claims:
                holders.setdefault(claim, (key, line))


def _contested_lines(stage: Staging) -> Select[Any]:
    """Line, key and identities of the lines without error for new rows, where another new row is given one of them."""
    keys = [key.label(f"key_{place}") for place, key in enumerate(stage.row_key())]
    given = [stage.given(identity).label(f"given_{place}") for place, identity in enumerate(stage.identities)]
    candidates = (
        select(stage.lines.c["line"], *keys, *given)
        .select_from(_linked(stage))
        .where(_is_new(stage), stage.accepted())
        .cte("candidates")
    )
    contested = []
    for identity in given:
        value = candidates.c[identity.name]
        several = or_(*(func.min(candidates.c[key.name]) != func.max(candidates.c[key.name]) for key in keys))
        shared = select(value).where(value.is_not(None)).group_by(value).having(several)
        contested.append(value.in_(shared))
    return select(candidates).where(or_(*contested)).order_by(candidates.c["line"])


def _linked(stage: Staging) -> FromClause:
    return stage.lines.join(stage.links, stage.lines.c["line"] == stage.links.c["line"])


def _is_new(stage: Staging) -> ColumnElement[bool]:
    """Whether a line says which row it means, and the store has no such row."""
    return and_(stage.links.c["stored"].is_(None), *(key.is_not(None) for key in stage.row_key()))


def _named(stage: Staging, row: FromClause, rest: str) -> ColumnElement[str]:
    return joined(f'the {stage.kind.noun} "', row.c[stage.kind.label or ""], f'"{rest}')
