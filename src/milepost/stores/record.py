"""The record of runs: entered before the work, completed with it, read back later."""

from __future__ import annotations

import getpass
import os
import platform
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import polars as pl
import psutil
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, Row

from milepost.model.exceptions import UsageError
from milepost.model.findings import Finding
from milepost.model.job import Report
from milepost.model.outcomes import COUNTS, UNDONE
from milepost.model.undo import UndoReport
from milepost.stores.sql import dialect, frames
from milepost.stores.sql.tables import import_finding, import_run

_FINDINGS_AT_A_TIME = 10_000


class State(StrEnum):
    """How far a run has come."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It ended with an error; nothing was changed."""
    INTERRUPTED = "interrupted"
    """It was stopped or its process died; nothing was changed."""
    HELD = "held"
    """It would have passed a limit; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Run:
    """One import of one file. The counts are None unless the run is done."""

    id: int
    kind: str
    """`tracking`, `undo`, or the kind of reference data that was loaded."""
    state: State
    file: str
    sha256: str | None
    configuration: str | None
    """The XML that the run's settings amount to."""
    actor: str
    started_at: datetime
    """In UTC, as `finished_at`."""
    finished_at: datetime | None
    seconds: float | None
    rows: int | None
    created: int | None
    updated: int | None
    unchanged: int | None
    deleted: int | None
    superseded: int | None
    rejected: int | None
    error: str | None
    """Why a failed run failed, or a held one was held."""
    digest: str | None = None
    """Of the plan that was carried out, or held."""
    undoes: int | None = None
    """The run that this one undid."""
    mends: int | None = None
    """The run whose rejects file was imported."""
    pruned_at: datetime | None = None
    """When what it changed was forgotten, so that it can no longer be undone."""


def begin(
    connection: Connection,
    *,
    kind: str,
    file: str,
    configuration: str | None,
    started_at: datetime,
    actor: str | None = None,
    undoes: int | None = None,
) -> int:
    """Enters a run as running and returns its number; runs whose process has died are marked as interrupted.

    `actor` is who runs it, the user of the operating system unless given; `undoes` is the run that it undoes.
    """
    running = _running(connection)
    dead = dialect.of(connection).dead(connection, running)
    if dead:
        connection.execute(update(import_run).where(import_run.c.id.in_(dead)).values(state=State.INTERRUPTED.value))
    number: int = connection.execute(
        insert(import_run)
        .values(
            kind=kind,
            state=State.RUNNING.value,
            file=file,
            configuration=configuration,
            actor=actor or _actor(),
            process=_this_process(),
            started_at=int(started_at.timestamp()),
            undoes=undoes,
        )
        .returning(import_run.c.id)
    ).scalar_one()
    dialect.of(connection).mark_run(connection, number)
    return number


def at_work(connection: Connection, own: Collection[int]) -> str:
    """The run that is at work beside one's `own`, as in `run 7 (tracking.csv)`."""
    running = _running(connection)
    dead = dialect.of(connection).dead(connection, running)
    alive = [number for number in running if number not in dead and number not in own]
    if not alive:
        return "another process"
    run = one(connection, min(alive))
    return f"run {run.id} ({run.file})"


def _running(connection: Connection) -> dict[int, str]:
    """The runs that are marked as running, each with what names its process."""
    query = select(import_run.c.id, import_run.c.process).where(import_run.c.state == State.RUNNING.value)
    running: dict[int, str] = dict(connection.execute(query).all())
    return running


def finish(connection: Connection, report: Report) -> None:
    """Completes the run of `report`: in the transaction that changes the store, or, if it was held, in another one."""
    connection.execute(
        update(import_run)
        .where(import_run.c.id == report.run)
        .values(
            state=(State.HELD if report.held else State.DONE).value,
            sha256=report.sha256,
            digest=report.digest,
            mends=report.mends,
            error="\n".join(report.held) or None,
            finished_at=int(datetime.now(UTC).timestamp()),
            seconds=report.seconds,
            **{name: getattr(report, name) for name in COUNTS},
        )
    )


def finish_undo(connection: Connection, report: UndoReport) -> None:
    """The same of an undo: rows that it kept as they were count as rejected."""
    counts = dict.fromkeys(COUNTS, 0) | {name: getattr(report, name) for name in ("rows", *UNDONE)}
    connection.execute(
        update(import_run)
        .where(import_run.c.id == report.run)
        .values(
            state=State.DONE.value,
            finished_at=int(datetime.now(UTC).timestamp()),
            seconds=report.seconds,
            **counts | {"rejected": report.kept},
        )
    )


def fail(connection: Connection, number: int, state: State, error: str | None) -> None:
    """Says how a run ended that changed nothing. A run that is done stays so: it was interrupted after its commit."""
    connection.execute(
        update(import_run)
        .where(import_run.c.id == number, import_run.c.state == State.RUNNING.value)
        .values(state=state.value, error=error, finished_at=int(datetime.now(UTC).timestamp()))
    )


def record_findings(connection: Connection, number: int, findings: pl.DataFrame) -> None:
    """Adds findings to a run; the columns of `import_finding` but for `run_id`."""
    frames.insert(connection, import_finding, findings.select(pl.lit(number).alias("run_id"), pl.all()))


def listing(connection: Connection) -> list[Run]:
    """All runs, the newest first."""
    rows = connection.execute(select(import_run).order_by(import_run.c.id.desc())).all()
    dead = dialect.of(connection).dead(connection, _running(connection))
    return [_run(row, dead) for row in rows]


def one(connection: Connection, number: int) -> Run:
    """The run with that number; raises UsageError when there is none."""
    row = connection.execute(select(import_run).where(import_run.c.id == number)).one_or_none()
    if row is None:
        raise UsageError(f"There is no run {number}. `milepost runs` lists them all.")
    return _run(row, dialect.of(connection).dead(connection, _running(connection)))


def findings(connection: Connection, number: int) -> Iterator[Finding]:
    """The findings of a run, by line and in their order, fetched a bounded number at a time."""
    columns = import_finding.c
    chosen = (columns.line, columns.code, columns.column, columns.value, columns.message, columns.hint)
    rows = connection.execute(
        select(*chosen).where(columns.run_id == number).order_by(columns.line, columns.place),
        execution_options={"yield_per": _FINDINGS_AT_A_TIME},
    )
    for partition in rows.partitions():
        yield from (Finding(*row) for row in partition)


def _run(row: Row[Any], dead: Sequence[int]) -> Run:
    """`dead` holds the runs that were running when their process ended."""
    fields: dict[str, Any] = dict(row._mapping)
    del fields["process"]
    state = State(fields.pop("state"))
    if fields["id"] in dead:
        state = State.INTERRUPTED
    instants: dict[str, Any] = {name: _instant(fields.pop(name)) for name in ("started_at", "finished_at", "pruned_at")}
    return Run(state=state, **instants, **fields)


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _actor() -> str:
    try:
        return getpass.getuser()
    except OSError:
        # A container may run under a number that no account has.
        return f"user {os.getuid()}"


def _this_process() -> str:
    return f"{platform.node()} {os.getpid()} {psutil.Process().create_time():.2f}"
