"""Learner and session identifiers to the one registration that fits them all."""

from __future__ import annotations

from typing import Any, TypeVar

import polars as pl
from sqlalchemy import CompoundSelect, Table, distinct, func, select, union_all
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement, Select

from milepost.database import frames
from milepost.database.tables import learner, registration, session, training
from milepost.model import columns
from milepost.steps.join import explain, sought
from milepost.steps.join.names import Names
from milepost.steps.join.scratch import contexts, learners, matching_learners, matching_sessions, pairs, unexplained

_CONTEXT = (*columns.SESSION_COLUMNS, *columns.TRAINING_COLUMNS)
_FOUND = {
    "pair_key": pl.Int64(),
    "registrations": pl.Int64(),
    "registration_id": pl.Int64(),
    "training_id": pl.Int64(),
}
_COUNTED = {"pair_key": pl.Int64(), "learners": pl.Int64(), "sessions": pl.Int64()}


def find(connection: Connection, names: Names, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with `registration_id` and `training_id`, and the rows that have none: `line`, `hint`."""
    wanted = rows.filter("sought")
    wanted = _numbered(connection, wanted, learners, columns.LEARNER_COLUMNS, "learner_key")
    wanted = _numbered(connection, wanted, contexts, _CONTEXT, "context_key")
    combinations, wanted = sought.number(wanted, ("learner_key", "context_key"), "pair_key")
    frames.refill(connection, pairs, combinations)
    _match(connection)
    found = frames.select(connection, _registrations(), _FOUND)
    wanted = wanted.join(found, on="pair_key", how="left", maintain_order="left")
    is_one = pl.col("registrations") == 1
    missing = _counted(connection, wanted.filter(~is_one.fill_null(value=False)))
    linked = rows.join(
        wanted.filter(is_one).select("line", "registration_id", "training_id"),
        on="line",
        how="left",
        maintain_order="left",
    )
    return linked, explain.registrations(connection, names, missing)


def _numbered(
    connection: Connection, rows: pl.DataFrame, table: Table, names: tuple[str, ...], key: str
) -> pl.DataFrame:
    """`rows` with the number of their combination of identifiers, which `table` then holds."""
    combinations, rows = sought.number(rows, [f"{name}.key" for name in names], key)
    frames.refill(connection, table, combinations.rename({f"{name}.key": name for name in names}))
    return rows


def _match(connection: Connection) -> None:
    """Fills the tables of learners and sessions that fit each combination."""
    connection.execute(matching_learners.delete())
    connection.execute(matching_learners.insert().from_select(["learner_key", "learner_id"], _learners()))
    connection.execute(matching_sessions.delete())
    connection.execute(matching_sessions.insert().from_select(["context_key", "session_id"], _sessions()))


def _learners() -> CompoundSelect[int, int]:
    """Anchored at one identifier each, so that every branch can use an index; the others are checked."""
    given = learners.c
    stored = {
        "candidateLogin": learner.c.login_key,
        "candidateRefNumber": learner.c.reference_number,
        "candidateEmail": learner.c.email_key,
    }
    agreement = sought.agrees((given[name], stored[name]) for name in stored)
    branches = []
    earlier: list[ColumnElement[bool]] = []
    for name, column in stored.items():
        branch = select(given.learner_key, learner.c.id).join_from(learners, learner, column == given[name])
        branches.append(branch.where(agreement, *earlier))
        earlier.append(given[name].is_(None))
    return union_all(*branches)


def _sessions() -> CompoundSelect[int, int]:
    """Anchored at the session's GUID, else its id, else its title; the others are checked."""
    given = contexts.c
    stored = {
        "sessionGuid": session.c.guid_key,
        "sessionId": session.c.id,
        "sessionTitle": session.c.title,
        "trainingPathCode": training.c.path_code,
        "trainingId": training.c.id,
        "trainingGuid": training.c.guid_key,
    }
    agreement = sought.agrees((given[name], stored[name]) for name in stored)
    branches = []
    earlier: list[ColumnElement[bool]] = []
    for name in columns.SESSION_COLUMNS:
        branch = (
            select(given.context_key, session.c.id)
            .join_from(contexts, session, stored[name] == given[name])
            .join(training, training.c.id == session.c.training_id)
        )
        branches.append(branch.where(agreement, *earlier))
        earlier.append(given[name].is_(None))
    return union_all(*branches)


def _counted(connection: Connection, missing: pl.DataFrame) -> pl.DataFrame:
    """`missing` with how many `learners` and `sessions` have the registrations that fit, where there are several."""
    several = missing.filter(pl.col("registrations") > 1).select(pl.col("pair_key").alias("key"))
    frames.refill(connection, unexplained, several.unique().sort("key"))
    found = frames.select(connection, _learners_and_sessions(), _COUNTED)
    return missing.join(found, on="pair_key", how="left", maintain_order="left")


def _registrations() -> Select[int, int, int, int]:
    """Of each pair: how many registrations fit, one of them, and its training."""
    return (
        _fitting(
            select(
                pairs.c.pair_key,
                func.count(registration.c.id),
                func.min(registration.c.id),
                func.min(session.c.training_id),
            ).select_from(pairs)
        )
        .join(session, session.c.id == registration.c.session_id)
        .group_by(pairs.c.pair_key)
    )


def _learners_and_sessions() -> Select[int, int, int]:
    """Of the unexplained pairs: how many learners and sessions fit. Counting the distinct is slow, so not of all."""
    return _fitting(
        select(
            pairs.c.pair_key,
            func.count(distinct(registration.c.learner_id)),
            func.count(distinct(registration.c.session_id)),
        ).join_from(unexplained, pairs, pairs.c.pair_key == unexplained.c.key)
    ).group_by(pairs.c.pair_key)


_Query = TypeVar("_Query", bound=Select[*tuple[Any, ...]])


def _fitting(query: _Query) -> _Query:
    """`query`, which is about pairs, with the registrations that fit each pair."""
    return (
        query.join(matching_learners, matching_learners.c.learner_key == pairs.c.learner_key)
        .join(registration, registration.c.learner_id == matching_learners.c.learner_id)
        .join(
            matching_sessions,
            (matching_sessions.c.context_key == pairs.c.context_key)
            & (matching_sessions.c.session_id == registration.c.session_id),
        )
    )
