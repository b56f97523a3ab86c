"""Which runs can be undone, which have been, and in which order the runs changed the store."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl
from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection

from milepost.model.exceptions import UsageError
from milepost.stores import journal
from milepost.stores import record as runs
from milepost.stores.record import Run, State
from milepost.stores.sql import dialect, frames
from milepost.stores.sql.tables import import_run

IMPORT = "tracking"
UNDO = "undo"
"""The kinds of run that change tracking."""

_CHANGES = import_run.c.created + import_run.c.updated + import_run.c.deleted


def require_undoable(connection: Connection, number: int) -> Run:
    """The run with that number; raises UsageError, with the reason and what to do, unless it can be undone."""
    run = runs.one(connection, number)
    _require_changes(run)
    _require_journal(connection, run)
    by = undone(connection).get(number)
    if by is not None:
        raise UsageError(
            f"Run {number} was undone already, by run {by}. To have its changes back, undo that: `milepost undo {by}`."
        )
    return run


def _require_changes(run: Run) -> None:
    called = f"Run {run.id} ({run.file})"
    if run.kind not in (IMPORT, UNDO):
        raise UsageError(
            f"{called} loaded {run.kind}; only imports of tracking, and undos, can be undone. "
            "To have former values of reference data back, load them again."
        )
    if run.state is State.RUNNING:
        raise UsageError(f"{called} is still at work. Undo it when it is done; `milepost runs {run.id}` tells.")
    if run.state is not State.DONE:
        how = {State.HELD: "was held", State.FAILED: "failed"}.get(run.state, "was interrupted")
        raise UsageError(f"{called} {how} and changed nothing: there is nothing to undo.")
    if not _changes(run):
        raise UsageError(f"{called} changed nothing: there is nothing to undo.")


def _require_journal(connection: Connection, run: Run) -> None:
    called = f"Run {run.id} ({run.file})"
    pruned = "Its file of before, or a backup, is what is left."
    if run.pruned_at is not None:
        raise UsageError(
            f"{called} can no longer be undone: `milepost prune` removed what it changed, "
            f"on {run.pruned_at:%Y-%m-%d}. {pruned}"
        )
    if run.undoes is not None and runs.one(connection, run.undoes).pruned_at is not None:
        raise UsageError(
            f"{called} can no longer be undone: `milepost prune` removed what run {run.undoes} changed. {pruned}"
        )
    kept = _changes(run) if run.kind == UNDO else (run.updated or 0) + (run.deleted or 0)
    if journal.count(connection, [run.id]) != kept:
        raise UsageError(f"{called} cannot be undone: it was imported before Milepost kept what it changes. {pruned}")


def _changes(run: Run) -> int:
    return (run.created or 0) + (run.updated or 0) + (run.deleted or 0)


def undone(connection: Connection) -> dict[int, int]:
    """The runs that are undone, each with the run that undid it; undos that are undone themselves count for nothing."""
    query = (
        select(import_run.c.id, import_run.c.undoes)
        .where(import_run.c.undoes.is_not(None), import_run.c.state == State.DONE.value, _CHANGES > 0)
        .order_by(import_run.c.finished_at.desc(), import_run.c.id.desc())
    )
    found: dict[int, int] = {}
    for number, undoes in connection.execute(query):
        if number not in found:
            found[undoes] = number
    return found


def prunable(connection: Connection, before: int) -> tuple[int, ...]:
    """The runs that finished before an instant and whose changes are still kept.

    With a run go all that changed the store before it: of rows that are not there, the last deletion must be known.
    """
    query = (
        select(import_run.c.id)
        .where(import_run.c.kind.in_([IMPORT, UNDO]), import_run.c.state == State.DONE.value)
        .where(import_run.c.finished_at < before, import_run.c.pruned_at.is_(None))
        .order_by(import_run.c.id)
    )
    return tuple(connection.scalars(query))


def lost_with(connection: Connection, pruned: Collection[int]) -> tuple[int, ...]:
    """The runs that can be undone, and can no longer be once those runs are pruned: undos of them are among them."""
    query = (
        select(import_run.c.id, import_run.c.undoes)
        .where(import_run.c.kind.in_([IMPORT, UNDO]), import_run.c.state == State.DONE.value)
        .where(_CHANGES > 0, import_run.c.pruned_at.is_(None))
        .order_by(import_run.c.id)
    )
    gone, is_undone = set(pruned), undone(connection)
    earlier = set(connection.scalars(select(import_run.c.id).where(import_run.c.pruned_at.is_not(None))))
    return tuple(
        number
        for number, undoes in connection.execute(query)
        if number not in is_undone and undoes not in earlier and (number in gone or undoes in gone)
    )


def mark_pruned(connection: Connection, pruned: Collection[int], now: int) -> None:
    """Says of runs that their changes are kept no longer."""
    among = dialect.of(connection).among(import_run.c.id, pl.Series(sorted(pruned), dtype=pl.Int64))
    connection.execute(update(import_run).where(among).values(pruned_at=now))


ORDER = {"run_id": pl.Int64(), "place": pl.Int64(), "undoes_place": pl.Int64()}


def order(connection: Connection) -> pl.DataFrame:
    """The runs that changed tracking, in the order in which they did it; columns ORDER.

    Not that of their numbers: a run gets its number before it waits for its turn. `undoes_place` is the place of the
    run that an undo undid, and null for an import.
    """
    schema = {"run_id": pl.Int64(), "undoes": pl.Int64()}
    query = (
        select(import_run.c.id, import_run.c.undoes)
        .where(import_run.c.kind.in_([IMPORT, UNDO]), import_run.c.state == State.DONE.value)
        .order_by(func.coalesce(import_run.c.finished_at, 0), import_run.c.id)
    )
    found = frames.select(connection, query, schema).with_row_index("place").cast({"place": pl.Int64()})
    places = found.select(undoes="run_id", undoes_place="place")
    return found.join(places, on="undoes", how="left", maintain_order="left").select(*ORDER)
