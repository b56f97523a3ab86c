"""Lines that were rejected and came back in a rejects file: which of them were accepted then."""

from __future__ import annotations

import polars as pl
from sqlalchemy import exists, func, select
from sqlalchemy.engine import Connection

from milepost.stores import undos
from milepost.stores.record import State
from milepost.stores.sql import dialect, frames
from milepost.stores.sql.tables import import_finding, import_run, returned_line

REJECTED = {"source_line": pl.Int64(), "codes": pl.String()}
"""The columns of the lines that a run has rejected: their codes once each, in the order of the alphabet."""


def is_done(connection: Connection, run: int) -> bool:
    """Whether there is an import of tracking with that number that is done."""
    found = select(import_run.c.id).where(
        import_run.c.id == run, import_run.c.kind == undos.IMPORT, import_run.c.state == State.DONE.value
    )
    return connection.scalar(found) is not None


def rejected(connection: Connection, run: int, lines: pl.Series) -> pl.DataFrame:
    """Those of the lines that `run` has rejected; columns REJECTED."""
    finding = import_finding.c
    query = select(finding.line, finding.code, finding.level).where(
        finding.run_id == run, dialect.of(connection).among(finding.line, lines.unique().sort())
    )
    found = frames.collect(connection, query, {"source_line": pl.Int64(), "code": pl.String(), "level": pl.String()})
    is_rejected = (pl.col("level") == "error").any()
    codes = pl.col("code").unique().sort().str.join(" ").alias("codes")
    return found.group_by("source_line").agg(codes, is_rejected).filter("level").select(*REJECTED)


def keep(connection: Connection, rows: pl.DataFrame, source_run: int, run: int) -> None:
    """Keeps that lines of `source_run` (`source_line`) are lines of the file of `run` (`line`)."""
    runs = (pl.lit(source_run).alias("source_run_id"), pl.lit(run).alias("run_id"))
    frames.insert(connection, returned_line, rows.select(*runs, "source_line", "line"))


def mended(connection: Connection, run: int) -> dict[int, int]:
    """How many lines that `run` had rejected were accepted by each later run, the first that did so.

    A line may have been rejected several times on the way. Runs that are undone count for nothing.
    """
    returned, again = returned_line.c, returned_line.alias().c
    first = (
        select(returned.source_line.label("origin"), returned.run_id, returned.line)
        .where(returned.source_run_id == run)
        .cte("came_back", recursive=True)
    )
    came_back = first.union(
        select(first.c.origin, again.run_id, again.line).where(
            again.source_run_id == first.c.run_id, again.source_line == first.c.line
        )
    ).c
    finding = import_finding.c
    is_rejected = exists().where(
        finding.run_id == came_back.run_id, finding.line == came_back.line, finding.level == "error"
    )
    undone = pl.Series(sorted(undos.undone(connection)), dtype=pl.Int64)
    accepted = (
        select(func.min(came_back.run_id).label("run_id"))
        .where(~is_rejected, ~dialect.of(connection).among(came_back.run_id, undone))
        .group_by(came_back.origin)
        .subquery()
    )
    query = select(accepted.c.run_id, func.count()).group_by(accepted.c.run_id).order_by(accepted.c.run_id)
    return dict(connection.execute(query).all())
