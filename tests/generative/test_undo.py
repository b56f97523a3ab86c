"""Imports, undos and redos in any order, held against a model in which every state of a row is an object.

The model puts a row back where its state is the very object that the undone run left there: it knows nothing of
journals or of who wrote what.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import milepost
from databases.transactions import reading
from generative.effort import examples
from generative.workbench import Bench
from milepost.stores.tables import TABLES

LOGINS, CODES = ("ada", "bob"), ("one", "two")
KEYS = tuple(product(LOGINS, CODES))
LOADS = 6
"""The runs that make the store."""

Key = tuple[str, str]
Row = tuple[object, ...]


@dataclass(eq=False)
class State:
    """What one import made of a row; `row` is None where it deleted it, or where there has been none."""

    run: int | None = None
    progression: int | None = None
    row: Row | None = None


@dataclass
class Run:
    """What a run changed: each row's state before and after."""

    changes: dict[Key, tuple[State, State]] = field(default_factory=dict)
    undoes: int | None = None


class Model:
    """A store with its history."""

    def __init__(self) -> None:
        self.states = {key: State() for key in KEYS}
        self.runs: dict[int, Run] = {}
        self.deleters: dict[Key, int] = {}

    def imports(self, number: int, rows: dict[Key, int | None]) -> None:
        """A run that gives rows a progression, or deletes them."""
        run = self.runs[number] = Run()
        for key, progression in rows.items():
            if self.states[key].progression != progression:
                self._change(number, run, key, State(number, progression))

    def undoes(self, number: int, other: int) -> dict[Key, tuple[str, int | None]]:
        """Undoes a run and gives the rows that are kept, with the reason and the run that did it."""
        run = self.runs[number] = Run(undoes=other)
        kept: dict[Key, tuple[str, int | None]] = {}
        for key, (before, after) in self.runs[other].changes.items():
            now = self.states[key]
            if now is after:
                self._change(number, run, key, before)
            else:
                is_there = now.progression is not None
                kept[key] = ("written", now.run) if is_there else ("deleted", self.deleters.get(key))
        return kept

    def undone_by(self, number: int) -> int | None:
        """The run that undid a run, unless that is undone itself."""
        found = [
            other
            for other, run in self.runs.items()
            if run.undoes == number and run.changes and self.undone_by(other) is None
        ]
        return found[-1] if found else None

    def refuses(self, number: int) -> str | None:
        """A piece of the message with which the undo of a run is refused."""
        if 0 < number <= LOADS:
            return "loaded"
        if number not in self.runs:
            return "There is no run"
        if not self.runs[number].changes:
            return "changed nothing"
        by = self.undone_by(number)
        return None if by is None else f"undone already, by run {by}."

    def _change(self, number: int, run: Run, key: Key, state: State) -> None:
        run.changes[key] = (self.states[key], state)
        self.states[key] = state
        if state.progression is None:
            self.deleters[key] = number


def _fill(database: str) -> None:
    reference: dict[str, dict[str, Sequence[str]]] = {
        "learners": {"candidateLogin": LOGINS},
        "learning-objects": {"lovGuid": CODES, "lovCode": CODES},
        "trainings": {"trainingPathCode": ["t"]},
        "contents": {"trainingPathCode": ["t", "t"], "lovCode": CODES},
        "sessions": {"sessionGuid": ["s"], "sessionTitle": ["s"], "trainingPathCode": ["t"]},
        "registrations": {"candidateLogin": LOGINS, "sessionGuid": ["s", "s"]},
    }
    for kind, rows in reference.items():
        milepost.load_file(kind, pl.DataFrame({name: list(cells) for name, cells in rows.items()}), database)


def _rows(database: str) -> dict[Key, Row]:
    """Whole rows of tracking."""
    with reading(database) as tables:
        found = tables.rows("tracking", TABLES["tracking"].schema).rows()
    return {(LOGINS[row[0] - 1], CODES[row[1] - 1]): row for row in found}


def _import(database: str, rows: dict[Key, int | None]) -> milepost.Report:
    table = pl.DataFrame(
        [
            (login, code, "s", progression, "notAttempted" if progression is None else "incomplete")
            for (login, code), progression in rows.items()
        ],
        schema={
            "candidateLogin": pl.String(),
            "lovCode": pl.String(),
            "sessionGuid": pl.String(),
            "progression": pl.Int64(),
            "trackingStatus": pl.String(),
        },
        orient="row",
    )
    return milepost.import_file(table, database)


imports = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([10, 20, None]), min_size=1, max_size=4)
steps = st.lists(imports | st.integers(1, 12), min_size=2, max_size=12)
"""Each step is an import, or the undo of a run: 1 is the newest, 2 the one before it."""


@examples(15)
@given(steps=steps)
def test_undos_put_back_what_the_model_says(bench: Bench, steps: list[dict[Key, int | None] | int]) -> None:
    bench.clear()
    database = bench.stores.holding("undo", _fill)
    model = Model()
    newest = LOADS
    for step in steps:
        if isinstance(step, dict):
            newest += 1
            assert _import(database, step).run == newest
            model.imports(newest, step)
            written = _rows(database)
            for key, (_, state) in model.runs[newest].changes.items():
                state.row = written.get(key)
        else:
            newest += _undo(database, model, newest + 1, newest + 1 - step)
        assert _rows(database) == {key: state.row for key, state in model.states.items() if state.row is not None}


def _undo(database: str, model: Model, number: int, other: int) -> int:
    """Undoes a run, and gives how many runs that was."""
    refusal = model.refuses(other)
    if refusal is not None:
        for dry_run in (True, False):
            with pytest.raises(milepost.UsageError, match=refusal):
                milepost.undo_run(database, other, dry_run=dry_run)
        return 0
    checked = milepost.undo_run(database, other, dry_run=True)
    told: list[pl.DataFrame] = []
    report = milepost.undo_run(database, other, kept=told.append)
    kept = model.undoes(number, other)
    assert (report.run, checked.run) == (number, None)
    rows = pl.concat(told).iter_rows(named=True) if told else ()
    assert {(row["candidateLogin"], row["lovCode"]): (row["reason"], row["run"]) for row in rows} == kept
    counts = {
        "created": sum(before.progression is None for before, _ in model.runs[number].changes.values()),
        "deleted": sum(after.progression is None for _, after in model.runs[number].changes.values()),
        "kept": len(kept),
        "rows": len(model.runs[other].changes),
    }
    assert counts == {name: getattr(report, name) for name in counts}
    for name in ("rows", "created", "updated", "deleted", "kept", "examples", "undoes", "file"):
        assert getattr(checked, name) == getattr(report, name)
    return 1


@examples(6)
@given(files=st.lists(imports, min_size=1, max_size=5))
def test_undoing_all_imports_backwards_and_redoing_them_gives_every_export_again(
    bench: Bench, files: list[dict[Key, int | None]]
) -> None:
    bench.clear()
    database = bench.stores.holding("undo", _fill)
    exports = [_exported(database)]
    changed = []
    for file in files:
        report = _import(database, file)
        if report.created + report.updated + report.deleted:
            assert report.run is not None
            changed.append(report.run)
            exports.append(_exported(database))
    backwards = []
    for place, number in reversed(list(enumerate(changed))):
        backwards.append(milepost.undo_run(database, number))
        assert _exported(database) == exports[place]
    for place, undone in enumerate(reversed(backwards), 1):
        assert undone.run is not None
        assert (milepost.undo_run(database, undone.run).kept, undone.kept) == (0, 0)
        assert _exported(database) == exports[place]


def _exported(database: str) -> bytes:
    out = io.BytesIO()
    milepost.export_tracking(database, out)
    return out.getvalue()
