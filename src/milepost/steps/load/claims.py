"""Ids and GUIDs: each belongs to one row for ever."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping
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
    """Adds `already-taken` where a line gives a new row an id or GUID that the file gives another new row.

    Of the rows that claim it in the end, the one whose line stands first has it. To be called when all other errors
    are known.
    """
    if not stage.identities:
        return
    lines = connection.execution_options(yield_per=_AT_A_TIME).execute(_contested_lines(stage))
    width = len(stage.row_key())
    by_key: dict[Key, list[tuple[int, Key]]] = defaultdict(list)
    for line, *rest in lines:
        by_key[tuple(rest[:width])].append((line, tuple(rest[width:])))
    found = [
        (line, "already-taken", identity.column.name, str(value), f"line {holder} has it first")
        for line, place, value, holder in _refused(by_key)
        for identity in stage.identities[place : place + 1]
    ]
    schema = {name: FINDINGS[name] for name in ("line", "code", "column", "value", "hint")}
    messages = {
        identity.column.name: CODES["already-taken"].message.format(column=identity.column.name)
        for identity in stage.identities
    }
    frame = pl.DataFrame(found, schema=schema, orient="row")
    message = pl.col("column").replace_strict(messages, return_dtype=pl.String).alias("message")
    add_findings(connection, stage, frame.with_columns(message))


def _refused(lines: Mapping[Key, list[tuple[int, Key]]]) -> Iterator[tuple[int, int, Any, int]]:
    """The lines that get nothing: line, place of the identity, its value, and the first line of the row that has it.

    `lines` holds, for every contested new row, its lines in ascending order, each with its ids and GUIDs.
    The last line of a row counts; when it is refused, the one before it does.
    """
    left = {key: [(line, _claims(given)) for line, given in of_row] for key, of_row in lines.items()}
    first: dict[tuple[Key, tuple[int, Any]], int] = {}
    for key, of_row in left.items():
        for line, claims in of_row:
            for claim in claims:
                first.setdefault((key, claim), line)

    def turn(key: Key) -> tuple[int, Key]:
        """A row comes to its turn where the file first claims something for it that its last line claims too."""
        line, claims = left[key][-1]
        return min((first[key, claim] for claim in claims), default=line), key

    waiting = [turn(key) for key in left]
    heapq.heapify(waiting)
    holders: dict[tuple[int, Any], int] = {}
    while waiting:
        _, key = heapq.heappop(waiting)
        line, claims = left[key].pop()
        refused = [(line, *claim, holders[claim]) for claim in claims if claim in holders]
        yield from refused
        if not refused:
            holders |= {claim: first[key, claim] for claim in claims}
        elif left[key]:
            heapq.heappush(waiting, turn(key))


def _claims(given: Key) -> list[tuple[int, Any]]:
    return [(place, value) for place, value in enumerate(given) if value is not None]


def _contested_lines(stage: Staging) -> Select[Any]:
    """Line, key and identities of all acceptable lines for new rows that share an id or GUID with another new row."""
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
        shared = (
            select(candidates.c[identity.name])
            .where(candidates.c[identity.name].is_not(None))
            .group_by(candidates.c[identity.name])
            .having(or_(*(func.min(candidates.c[key.name]) != func.max(candidates.c[key.name]) for key in keys)))
        )
        row_keys = [candidates.c[key.name] for key in keys]
        contested.append(select(*row_keys).distinct().where(candidates.c[identity.name].in_(shared)))
    rows = contested[0].union(*contested[1:]).subquery("contested")
    same = and_(*(candidates.c[key.name] == rows.c[key.name] for key in keys))
    return select(candidates).join(rows, same).order_by(candidates.c["line"])


def _linked(stage: Staging) -> FromClause:
    return stage.lines.join(stage.links, stage.lines.c["line"] == stage.links.c["line"])


def _is_new(stage: Staging) -> ColumnElement[bool]:
    """Whether a line says which row it means, and the store has no such row."""
    return and_(stage.links.c["stored"].is_(None), *(key.is_not(None) for key in stage.row_key()))


def _named(stage: Staging, row: FromClause, rest: str) -> ColumnElement[str]:
    return joined(f'the {stage.kind.noun} "', row.c[stage.kind.label or ""], f'"{rest}')
