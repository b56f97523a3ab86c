"""Plan: what each kept row will do. The plan is data: a check shows it, an import stores it. (Section 7.)"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

import polars as pl
from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Integer,
    MetaData,
    Select,
    Subquery,
    Table,
    Text,
    and_,
    case,
    func,
    select,
)
from sqlalchemy.engine import Connection

from milepost.database import frames
from milepost.database.tables import tracking, tracking_values
from milepost.model.columns import VALUE_COLUMNS
from milepost.model.findings import CODES
from milepost.model.status import COMPLETED_STATUSES, Status


class Outcome(StrEnum):
    """What becomes of a row that is neither rejected nor superseded."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


_tables = MetaData()

planned = Table(
    "planned",
    _tables,
    Column("registration_id", Integer, primary_key=True),
    Column("learning_object_version_id", Integer, primary_key=True),
    Column("line", Integer),
    Column("outcome", Text),
    Column("given", Integer),  # as in the staged row
    *tracking_values(),
    prefixes=["TEMPORARY"],
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""One row for each target, with the values it is to have."""

VALUES = tuple(column.name for column in tracking_values())
"""The names of the stored values, in planned and tracking alike."""

_KEY = ("registration_id", "learning_object_version_id")


def plan(connection: Connection, staged: Table, now: datetime) -> None:
    """Fills the table `planned` from the rows in `staged`; `now` is the run's instant."""
    _tables.create_all(connection, checkfirst=False)
    connection.execute(planned.insert().from_select(planned.columns.keys(), _decided(staged, now)))


def superseded(connection: Connection, staged: Table) -> Iterator[pl.DataFrame]:
    """The findings of the lines that a later line supersedes; schema `model.batch.FINDINGS`."""
    kept, last = (connection.scalar(select(func.count()).select_from(table)) for table in (staged, planned))
    if kept == last:
        return  # to find that out of the lines themselves would take long
    earlier = and_(_same_target(staged, planned), staged.c.line < planned.c.line)
    query = (
        select(staged.c.line, staged.c.given, planned.c.line, planned.c.given)
        .join_from(staged, planned, earlier)
        .order_by(staged.c.line)
    )
    schema = {"line": pl.Int64(), "given": pl.Int64(), "winner": pl.Int64(), "winner_given": pl.Int64()}
    for rows in frames.stream(connection, query, schema):
        yield _superseded_findings(rows)


def _decided(staged: Table, now: datetime) -> Select[*tuple[object, ...]]:
    """The last row of each target, what is derived for it, and what it does to the stored row."""
    last = _with_next(staged)
    completed = last.c.status.in_([str(status) for status in COMPLETED_STATUSES])
    was_completed = tracking.c.status.in_([str(status) for status in COMPLETED_STATUSES])
    first_completed_at = case(
        (~completed, None),
        (last.c.first_completed_at.is_not(None), last.c.first_completed_at),
        (was_completed, tracking.c.first_completed_at),
        else_=int(now.timestamp()),
    )
    values = {name: last.c[name] for name in VALUES} | {"first_completed_at": first_completed_at}
    is_stored = tracking.c.registration_id.is_not(None)
    not_attempted = last.c.status == Status.NOT_ATTEMPTED.value
    outcome = case(
        (and_(not_attempted, is_stored), Outcome.DELETED.value),
        (not_attempted, Outcome.UNCHANGED.value),
        (~is_stored, Outcome.CREATED.value),
        (and_(*(tracking.c[name].is_not_distinct_from(values[name]) for name in VALUES)), Outcome.UNCHANGED.value),
        else_=Outcome.UPDATED.value,
    )
    return (
        select(*(last.c[name] for name in _KEY), last.c.line, outcome, last.c.given, *(values[name] for name in VALUES))
        .join_from(last, tracking, _same_target(last, tracking), isouter=True)
        .where(last.c.next_line.is_(None))
    )


def _with_next(staged: Table) -> Subquery:
    """The staged rows, each with the next line for the same target, if there is one."""
    target = [staged.c[name] for name in _KEY]
    next_line = func.lead(staged.c.line).over(partition_by=target, order_by=staged.c.line)
    return select(staged, next_line.label("next_line")).subquery()


def _same_target(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(*(one.c[name] == other.c[name] for name in _KEY))


def _superseded_findings(rows: pl.DataFrame) -> pl.DataFrame:
    lost = [
        pl.when(_has_bit("given", place) & ~_has_bit("winner_given", place)).then(pl.lit(name))
        for place, name in enumerate(VALUE_COLUMNS)
    ]
    names = pl.concat_str(lost, separator=", ", ignore_nulls=True)
    nothing = pl.lit(None, pl.String)
    hint = pl.concat_str(
        pl.format("line {} wins", "winner"),
        pl.when(names != "").then(pl.format("; it has no {}", names)).otherwise(pl.lit("")),
    )
    return rows.select(
        "line",
        pl.lit("superseded").alias("code"),
        nothing.alias("column"),
        nothing.alias("value"),
        pl.lit(CODES["superseded"].message).alias("message"),
        hint.alias("hint"),
    )


def _has_bit(name: str, place: int) -> pl.Expr:
    bit: pl.Expr = (pl.col(name) // 2**place) % 2 == 1
    return bit
