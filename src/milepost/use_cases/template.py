"""The template of all use cases: one transaction, as a check or as a recorded run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from milepost.formats.read import decode
from milepost.formats.read.byte_stream import OnBytes
from milepost.model import phases
from milepost.model.columns import TRACKING
from milepost.model.exceptions import MilepostError, StoreError
from milepost.model.history import State
from milepost.model.job import Job
from milepost.model.phases import Progress
from milepost.stores import record
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Patience, Store, Tables

PATIENCE = 60.0
"""Seconds that a run waits for another one by default."""

BATCH_ROWS = 30_000
"""Records in memory at a time."""

EXAMPLES = 20
"""Rows that a report shows as examples."""


class Outcome(Protocol):
    """The part of a report that the template uses."""

    @property
    def held(self) -> tuple[str, ...]:
        """Why the run must not be carried out; empty if it may."""
        ...


Reported = TypeVar("Reported")
Held_ = TypeVar("Held_", bound=Outcome)


@dataclass(frozen=True, slots=True)
class Entry:
    """The record of a run when it begins."""

    kind: str
    file: str
    started_at: datetime
    configuration: str | None = None
    actor: str | None = None
    """Who runs it; by default the user of the operating system."""
    undoes: int | None = None
    """The run that it undoes."""


def check(database: str, work: Callable[[Tables], Reported]) -> Reported:
    """Does `work` in one read-only view of the store at `database`, which must exist."""
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
    """Does `work` as a run with a number, in one transaction of the store at `database`; `finish` completes its record.

    If the report says that the run is held, the transaction is rolled back, and the record completed in another one.
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


class _HeldBack(Exception):  # noqa: N818 - ends a transaction, and is no error
    """The run would pass a limit."""

    def __init__(self, report: Any) -> None:  # noqa: ANN401 - an exception cannot be generic
        self.report = report
        super().__init__()


@contextmanager
def _on_record(store: Store, entry: Entry) -> Iterator[int]:
    """Enters a run in its own transaction, and its ending if it fails."""
    with store.write() as tables:
        number = record.begin(tables, **asdict(entry))
    store.own_runs.add(number)
    try:
        yield number
    except _HeldBack:
        raise
    except BaseException as error:
        state, why = _ending(error)
        # If the record cannot be written either, the run shows as interrupted. Report the first error.
        with suppress(StoreError), store.write() as tables:
            record.fail(tables, number, state, why)
        raise


def _ending(error: BaseException) -> tuple[State, str | None]:
    """The state and the error to record of a run that ended with `error`."""
    if isinstance(error, KeyboardInterrupt):
        return State.INTERRUPTED, None
    # Without the details of an unforeseen error: they may quote the file.
    return State.FAILED, str(error) if isinstance(error, MilepostError) else type(error).__name__


def silent(progress: Progress | None) -> Progress:
    """`progress`, or a function that does nothing."""
    return progress or (lambda _phase, _done, _total: None)


def reading(progress: Progress | None) -> Callable[[int, int | None], None] | None:
    """The receiver of the bytes read of a file."""
    return None if progress is None else lambda done, total: progress(phases.READING, done, total)


def instant(now: datetime | None) -> datetime:
    """The instant at which a run begins, in UTC and whole seconds: `now`, or the clock's."""
    return (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)


def open_tracking(
    file: decode.File, job: Job, batch_rows: int, on_bytes: OnBytes | None = None
) -> AbstractContextManager[decode.Decoded]:
    """Opens a file of tracking as `job` describes it; see `decode.open_file`."""
    fields, mandatory = job.fields, job.mandatory
    return decode.open_file(
        file, job.reading, TRACKING, fields=fields, mandatory=mandatory, batch_rows=batch_rows, on_bytes=on_bytes
    )
