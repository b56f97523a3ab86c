"""The template of all use cases: one transaction, as a check or as a run that is on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from milepost.model import progress as phases
from milepost.model.exceptions import MilepostError, StoreError
from milepost.model.progress import Progress
from milepost.model.run import State
from milepost.stores import record
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Patience, Store, Tables

PATIENCE = 60.0
"""How many seconds a run waits for another one, unless told otherwise."""

BATCH_ROWS = 30_000
"""How many records are in Python's memory at a time."""


class Outcome(Protocol):
    """What the template must know of a report."""

    @property
    def held(self) -> tuple[str, ...]:
        """Why nothing is to be done; empty where it is."""
        ...


Reported = TypeVar("Reported")
Held_ = TypeVar("Held_", bound=Outcome)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the record says of a run when it begins."""

    kind: str
    file: str
    started_at: datetime
    configuration: str | None = None
    actor: str | None = None
    """Who runs it; the user of the operating system unless given."""
    undoes: int | None = None
    """The run that it undoes."""


def check(database: str, work: Callable[[Tables], Reported]) -> Reported:
    """Does `work` in one view of the store at `database`, which must exist; nothing can be written."""
    with open_store(database, Access.READ) as store, store.read() as tables:
        return work(tables)


def write(database: str, work: Callable[[Tables], Reported], patience: Patience, say: Progress) -> Reported:
    """Does `work` in one transaction of the store at `database`, without a record."""
    with open_store(database, Access.WRITE, patience=patience) as store, store.write() as tables:
        report = work(tables)
        say(phases.COMMITTING, 0, None)
    return report


def run(
    database: str,
    work: Callable[[Tables, int], Held_],
    entry: Entry,
    finish: Callable[[Tables, Held_], None],
    patience: Patience,
    say: Progress,
) -> Held_:
    """Does `work` as a run with a number, in one transaction of the store at `database`, and `finish`es its record.

    When the report says that the run is held, the transaction is rolled back, and the record finished in another one.
    """
    with open_store(database, Access.WRITE, patience=patience) as store:
        try:
            with _on_record(store, entry) as number, store.write() as tables:
                report = _let_through(work(tables, number))
                finish(tables, report)
                say(phases.COMMITTING, 0, None)
        except _HeldBack as held:
            report = held.report
            with store.write() as tables:
                finish(tables, report)
    return report


def _let_through(report: Held_) -> Held_:
    if report.held:
        raise _HeldBack(report)
    return report


class _HeldBack(Exception):  # noqa: N818 - it ends a transaction, and is no error
    """The run would pass a limit."""

    def __init__(self, report: Any) -> None:  # noqa: ANN401 - an exception cannot be generic
        self.report = report
        super().__init__()


@contextmanager
def _on_record(store: Store, entry: Entry) -> Iterator[int]:
    """Enters a run in a transaction of its own, and how it ended if it fails."""
    with store.write() as tables:
        number = record.begin(
            tables,
            kind=entry.kind,
            file=entry.file,
            configuration=entry.configuration,
            started_at=entry.started_at,
            actor=entry.actor,
            undoes=entry.undoes,
        )
    store.own_runs.add(number)
    try:
        yield number
    except _HeldBack:
        raise
    except BaseException as error:
        state, why = _ending(error)
        # Where even that cannot be written, the run shows as interrupted, and the first error is the one to tell.
        with suppress(StoreError), store.write() as tables:
            record.fail(tables, number, state, why)
        raise


def _ending(error: BaseException) -> tuple[State, str | None]:
    """What to record of a run that ended with `error`."""
    if isinstance(error, KeyboardInterrupt):
        return State.INTERRUPTED, None
    # Without the details of an unforeseen error: they may hold what stands in the file.
    return State.FAILED, str(error) if isinstance(error, MilepostError) else type(error).__name__


def silent(progress: Progress | None) -> Progress:
    """`progress`, or what takes its place where nobody wants to know."""
    return progress or (lambda _phase, _done, _total: None)


def reading(progress: Progress | None) -> Callable[[int, int | None], None] | None:
    """What the reading of a file reports its bytes to."""
    return None if progress is None else lambda done, total: progress(phases.READING, done, total)
