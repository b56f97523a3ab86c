"""Which runs can be undone, which have been, and in which order the runs changed the store."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from milepost.model.clear_report import CLEAR
from milepost.model.exceptions import UsageError
from milepost.model.history import Run, State
from milepost.model.people import ERASE, MERGE, RENAME
from milepost.stores import journal
from milepost.stores import record as runs
from milepost.stores.port import Tables

IMPORT = "tracking"
UNDO = "undo"
CHANGING = (IMPORT, UNDO, RENAME, MERGE, CLEAR)
"""The kinds of run that change tracking, and can be undone. An erasure is none: it leaves nothing to put back."""

_RUN = "import_run"
_SCHEMA = {"id": pl.Int64(), "kind": pl.String(), "state": pl.String()} | dict.fromkeys(
    ("undoes", "created", "updated", "deleted", "finished_at", "pruned_at", "reference_rows"), pl.Int64()
)
_HAS_CHANGES = pl.sum_horizontal("created", "updated", "deleted", "reference_rows") > 0


def require_undoable(tables: Tables, number: int) -> Run:
    """The run with that number; raises UsageError, with the reason and what to do, unless it can be undone."""
    run = runs.one(tables, number)
    called = f"Run {run.id} ({run.file})"
    if run.kind in CHANGING and run.state is State.RUNNING:
        said = f"{called} is still at work. Undo it when it is done; `milepost runs {run.id}` tells."
        raise UsageError(said, code="run-unfinished")
    obstacle = _obstacle(tables, run)
    if obstacle is not None:
        raise UsageError(f"{called} {obstacle}", code="run-unsuitable")
    by = undone(tables).get(number)
    if by is not None:
        raise UsageError(
            f"Run {number} was undone already, by run {by}. To have its changes back, undo that: `milepost undo {by}`.",
            code="run-unsuitable",
        )
    return run


def _obstacle(tables: Tables, run: Run) -> str | None:
    """Why a run that has ended cannot be undone, to follow its name; None if it can."""
    if run.kind == ERASE:
        return "erased people, which cannot be undone: nothing is left of them."
    if run.kind not in CHANGING and not run.reference_rows:
        remedy = "To have former values of reference data back, load them again."
        able = "imports of tracking, renames, merges, clearings, undos and loads that rename"
        return f"loaded {run.kind}; only {able} can be undone. {remedy}"
    changes = (run.created or 0) + (run.updated or 0) + (run.deleted or 0)
    if run.state is not State.DONE or not (changes or run.reference_rows):
        ends = {State.HELD: "was held and ", State.FAILED: "failed and ", State.INTERRUPTED: "was interrupted and "}
        return f"{ends.get(run.state, '')}changed nothing: there is nothing to undo."
    why = None
    if run.pruned_at is not None:
        why = f"can no longer be undone: `milepost prune` removed what it changed, on {run.pruned_at:%Y-%m-%d}"
    elif run.undoes is not None and runs.one(tables, run.undoes).pruned_at is not None:
        why = f"can no longer be undone: `milepost prune` removed what run {run.undoes} changed"
    elif run.kind in CHANGING and not journal.is_whole(tables, run):
        why = "cannot be undone: it was imported before Milepost kept what it changes"
    return why and f"{why}. Its file of before, or a backup, is what is left."


def _done(tables: Tables) -> pl.DataFrame:
    """The runs that are done and can be undone while what they changed is known, in the order of their numbers."""
    found = tables.rows(_RUN, _SCHEMA, {"state": State.DONE.value}, order=("id",))
    return found.filter(pl.col("kind").is_in(CHANGING) | (pl.col("reference_rows") > 0))


def undone(tables: Tables) -> dict[int, int]:
    """The runs that are undone, each with the run that undid it; undos that are undone themselves count for nothing."""
    undos = _done(tables).filter(pl.col("undoes").is_not_null() & _HAS_CHANGES)
    found: dict[int, int] = {}
    for number, undoes in undos.sort("finished_at", "id", descending=True).select("id", "undoes").rows():
        if number not in found:
            found[undoes] = number
    return found


def prunable(tables: Tables, before: int) -> tuple[int, ...]:
    """The runs that finished before an instant and whose changes are still kept.

    With a run go all that changed the store before it: of rows that are not there, the last deletion must be known.
    """
    is_prunable = (pl.col("finished_at") < before) & pl.col("pruned_at").is_null()
    return tuple(_done(tables).filter(is_prunable)["id"])


def lost_with(tables: Tables, pruned: Collection[int]) -> tuple[int, ...]:
    """The runs that can be undone, and can no longer be once those runs are pruned: undos of them are among them."""
    done, gone, is_undone = _done(tables), list(pruned), list(undone(tables))
    forgotten = done.filter(pl.col("pruned_at").is_not_null())["id"].to_list()
    number, undoes = pl.col("id"), pl.col("undoes")
    is_lost = number.is_in(gone) | undoes.is_in(gone).fill_null(value=False)
    can_be_undone = (
        _HAS_CHANGES
        & pl.col("pruned_at").is_null()
        & ~number.is_in(is_undone)
        & ~undoes.is_in(forgotten).fill_null(value=False)
    )
    return tuple(done.filter(can_be_undone & is_lost)["id"])


ORDER = {"run_id": pl.Int64(), "place": pl.Int64(), "undoes_place": pl.Int64()}


def order(tables: Tables) -> pl.DataFrame:
    """The runs that changed tracking, in the order in which they did it; columns ORDER.

    Not that of their numbers: a run gets its number before it waits for its turn. `undoes_place` is the place of the
    run that an undo undid, and null for an import.
    """
    done = _done(tables).sort(pl.col("finished_at").fill_null(0), "id").select("undoes", run_id="id")
    found = done.with_row_index("place").cast({"place": pl.Int64()})
    places = found.select(undoes="run_id", undoes_place="place")
    return found.join(places, on="undoes", how="left", maintain_order="left").select(*ORDER)
