"""What the store says today of the rows and the lines of one import."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from sqlalchemy import and_, exists, func, select, union_all
from sqlalchemy.engine import Connection

from milepost.model.columns import KEY
from milepost.model.tracked import SCHEMA
from milepost.stores.sql import frames
from milepost.stores.sql.dialect import Query
from milepost.stores.sql.tables import import_finding, import_run, tracking, tracking_change

WRITTEN = SCHEMA | {"line": pl.Int64(), "checksum": pl.Int64()}
"""The columns of rows that a run was the last to write."""

_AT_A_TIME = 50_000


def rows(connection: Connection, run: int) -> Iterator[pl.DataFrame]:
    """The rows that no run has written after `run`, a bounded number at a time; columns WRITTEN."""
    query = select(*(tracking.c[name] for name in WRITTEN)).where(tracking.c.run_id == run)
    return frames.stream(connection, query, WRITTEN, _AT_A_TIME)


def changed_since(connection: Connection, run: int) -> dict[int, int]:
    """How many of the rows that `run` wrote are now another run's, or gone: by the last run that changed them."""
    change, stored = tracking_change.c, tracking.c
    same = [change[name] == stored[name] for name in KEY]
    stands = exists().where(*same, stored.run_id == run)
    over = select(*(change[name] for name in KEY)).where(change.previous_run_id == run, ~stands).distinct().subquery()
    every = tracking_change.alias()
    last = (
        select(*(over.c[name] for name in KEY), func.max(every.c.run_id).label("run_id"))
        .join_from(over, every, and_(*(every.c[name] == over.c[name] for name in KEY)))
        .group_by(*(over.c[name] for name in KEY))
        .subquery()
    )
    # An undo that put the row back has left it to the run that is verified.
    undone = tracking_change.alias()
    of_undo = and_(undone.c.run_id == import_run.c.undoes, *(undone.c[name] == last.c[name] for name in KEY))
    query = (
        select(last.c.run_id, func.count())
        .select_from(last.join(import_run, import_run.c.id == last.c.run_id).outerjoin(undone, of_undo))
        .where(func.coalesce(undone.c.previous_run_id, 0) != run)
        .group_by(last.c.run_id)
        .order_by(last.c.run_id)
    )
    return dict(connection.execute(query).all())


def written_lines(connection: Connection, run: int) -> pl.Series:
    """The lines of a run's file that wrote or deleted a row, in order."""
    change = tracking_change.c
    parts = union_all(
        select(tracking.c.line).where(tracking.c.run_id == run),
        select(change.previous_line).where(change.previous_run_id == run),
        select(change.line).where(and_(change.run_id == run, change.change == "deleted")),
    ).subquery()
    return _lines(connection, select(parts.c[0]))


def found_lines(connection: Connection, run: int) -> pl.Series:
    """The lines of a run's file that were rejected or superseded, in order."""
    finding = import_finding.c
    is_out = (finding.level == "error") | (finding.code == "superseded")
    return _lines(connection, select(finding.line).where(finding.run_id == run, is_out))


def _lines(connection: Connection, query: Query) -> pl.Series:
    schema = {"line": pl.Int64()}
    parts = [part["line"] for part in frames.stream(connection, query, schema, _AT_A_TIME)]
    return pl.concat([pl.Series("line", [], dtype=pl.Int64), *parts]).unique().sort()
