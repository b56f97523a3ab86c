"""Which rows of reference data a clearing chooses, and what it does to them, as edits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from milepost.model.clear_report import Clearing
from milepost.model.columns import KEY
from milepost.model.tracked import KEY_SCHEMA
from milepost.stores import formers
from milepost.stores.port import Among, Tables
from milepost.stores.reference_journal import FORMER, edits, rows_by_id

_ID = pl.Int64()


def chosen(tables: Tables, clearing: Clearing, kept: pl.Series, now: datetime) -> tuple[pl.Series, int]:
    """The ids of the rows that are cleared, ascending, and among how many rows they were chosen.

    `kept` are the ids of the rows that some files have. Learners who are disabled already are not among the rows.
    """
    schema = {"id": _ID} | ({"disabled_at": _ID} if clearing.table == "learner" else {})
    rows = tables.rows(clearing.table, schema)
    ids = rows.filter(pl.col("disabled_at").is_null())["id"] if "disabled_at" in schema else rows["id"]
    return _chosen(tables, clearing, ids, kept, now).sort(), len(ids)


def _chosen(tables: Tables, clearing: Clearing, ids: pl.Series, kept: pl.Series, now: datetime) -> pl.Series:
    match clearing:
        case Clearing.OTHER_LEARNERS | Clearing.OTHER_REGISTRATIONS:
            others = kept
        case Clearing.EMPTY_SESSIONS:
            others = tables.rows("registration", {"session_id": _ID})["session_id"]
        case Clearing.UNREGISTERED_LEARNERS:
            others = tables.rows("registration", {"learner_id": _ID})["learner_id"]
        case Clearing.LEARNERS_OF_ENDED_SESSIONS:
            return ids.filter(ids.is_in(_of_ended_sessions(tables, now).implode()))
    return ids.filter(~ids.is_in(others.unique().implode()))


def _of_ended_sessions(tables: Tables, now: datetime) -> pl.Series:
    """The learners who have registrations, each of them for a session that has ended."""
    registrations = tables.rows("registration", {"learner_id": _ID, "session_id": _ID})
    sessions = tables.rows("session", {"id": _ID, "ends_at": _ID})
    has_ended = (pl.col("ends_at") < int(now.timestamp())).fill_null(value=False)
    both = registrations.join(sessions.select(session_id="id", has_ended=has_ended), on="session_id")
    return both.group_by("learner_id").agg(pl.col("has_ended").all()).filter("has_ended")["learner_id"]


def plan(tables: Tables, clearing: Clearing, ids: pl.Series, now: datetime) -> pl.DataFrame:
    """The edits that clear the rows with those ids."""
    rows = rows_by_id(tables, clearing.table, ids).drop("row_id").sort("id")
    if clearing.table == "learner":
        after = rows.with_columns(pl.all().name.prefix("stored."), disabled_at=pl.lit(int(now.timestamp()), _ID))
        return edits("learner", "updated", after)
    gone = edits(clearing.table, "deleted", rows)
    if clearing.table == "session":
        names = formers.of_rows(tables, "session", ids).with_columns(into_id="owner_id")
        gone = pl.concat([gone, edits(FORMER, "deleted", names)])
    return gone


def tracked(tables: Tables, clearing: Clearing, ids: pl.Series) -> Iterator[pl.DataFrame]:
    """The keys (KEY) of the rows of tracking that go with registrations, sorted, a bounded number at a time."""
    if clearing.table == "registration" and len(ids):
        yield from tables.stream("tracking", KEY_SCHEMA, {KEY[0]: Among(ids)}, KEY)
