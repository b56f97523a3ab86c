"""The template of all use cases: one transaction, as a check or as a recorded run."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar, cast

from milepost.formats.read import decode
from milepost.formats.read.byte_stream import OnBytes
from milepost.formats.write.rejects import RejectsWriter
from milepost.model import phases
from milepost.model.clear_report import ClearReport
from milepost.model.columns import TRACKING
from milepost.model.exceptions import MilepostError, StoreError, was_interrupted
from milepost.model.history import State
from milepost.model.job import MEMORY, Job, Parameters
from milepost.model.people import EraseReport, PeopleReport
from milepost.model.phases import Progress
from milepost.model.reports import Report, UndoReport
from milepost.stores import record
from milepost.stores.opening import open_store, read_store
from milepost.stores.port import Access, OvertakenError, Patience, Store, Tables

PATIENCE = 60.0
"""Seconds that a run waits for another one by default."""

BATCH_ROWS = 30_000
"""Records in memory at a time, where a run holds the usual memory."""

_MOST_BATCH_ROWS = 150_000
"""Larger batches are no faster."""

EXAMPLES = 20
"""Rows that a report shows as examples."""


Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
Result = TypeVar("Result")
RunReport = TypeVar("RunReport", Report, UndoReport, PeopleReport, EraseReport, ClearReport)


def check(database: str, work: Callable[[Tables], Result]) -> Result:
    """Does `work` in one read-only view of the store at `database`, which must exist."""
    with read_store(database) as tables:
        return work(tables)


def run(
    database: str,
    work: Callable[[Tables, int], RunReport],
    begin: Callable[[Tables], int],
    finish: Callable[[Tables, RunReport], None],
    patience: Patience,
    say: Progress,
) -> RunReport:
    """Does `work` as a run with a number, in one transaction of the store at `database`.

    `begin` enters its record before that, in a transaction of its own, and `finish` completes it. If the report says
    that the run is held, the transaction is rolled back, and the record completed in another one.
    """
    with open_store(database, Access.WRITE, patience=patience) as store:
        with _on_record(store, begin) as number, suppress(_HeldBack), store.write() as tables:
            report = work(tables, number)
            if report.held:
                raise _HeldBack
            finish(tables, report)
            say(phases.COMMITTING, 0, None)
        if report.held:
            with store.write() as tables:
                finish(tables, report)
    return report


class _CommittedError(StoreError):
    """It says already what is committed."""


@contextmanager
def after_commit(done: str, left: str) -> Iterator[None]:
    """What follows a commit. An error in it would say that nothing was changed; this one says the truth.

    `done` says what is committed, and `left` what is not done and how to do it. Raises StoreError with both.
    """
    try:
        yield
    except _CommittedError:
        raise
    except (MilepostError, OSError) as error:
        code = error.code if isinstance(error, MilepostError) else MilepostError.code
        raise _CommittedError(f"{done}, and that stays so. The rest failed ({code}): {left}") from error


class _HeldBack(Exception):  # noqa: N818 - rolls a transaction back, and is no error
    """The run would pass a limit."""


@contextmanager
def _on_record(store: Store, begin: Callable[[Tables], int]) -> Iterator[int]:
    """Enters a run in its own transaction, and its ending if it fails."""
    with store.write() as tables:
        number = begin(tables)
    store.own_runs.add(number)
    try:
        yield number
    except BaseException as error:
        state, why = State.INTERRUPTED, None
        if not was_interrupted(error):
            # Without the details of an unforeseen error: they may quote the file.
            state, why = State.FAILED, str(error) if isinstance(error, MilepostError) else type(error).__name__
        if isinstance(error, MilepostError):
            error.run = number
        # If the record cannot be written either, the run shows as interrupted. Report the first error.
        with suppress(StoreError), store.write() as tables:
            record.fail(tables, number, state, why)
        raise


def planned_again(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """`function`, done anew when another process has committed meanwhile, for the seconds of its keyword `wait`.

    It is not done anew when it reads or writes a stream, which it has used up.
    """

    @functools.wraps(function)
    def call(*arguments: Asked.args, **named: Asked.kwargs) -> Answer:
        end = time.monotonic() + cast("float", named.get("wait", PATIENCE))
        every = (*arguments, *named.values())
        is_repeatable = not any(hasattr(one, "read") or hasattr(one, "write") for one in every)
        while True:
            try:
                return function(*arguments, **named)
            except OvertakenError:
                if not is_repeatable or time.monotonic() >= end:
                    raise

    return call


def silent(progress: Progress | None) -> Progress:
    """`progress`, or a function that does nothing."""
    return progress or (lambda _phase, _done, _total: None)


class ReadBytes:
    """The receiver of the bytes that are read of a file."""

    def __init__(self, progress: Progress | None) -> None:
        """`progress` is told of them."""
        self._progress = progress
        self._part = 1.0
        self._is_elsewhere = False

    def __call__(self, done: int, total: int | None) -> None:
        self._part = min(1.0, done / total) if done and total else 1.0
        if self._progress is not None and not self._is_elsewhere:
            self._progress(phases.READING, done, total)

    def elsewhere(self, done: int, total: int) -> None:
        """Tells what other processes have read. What is read here then goes untold."""
        self._is_elsewhere = True
        if self._progress is not None:
            self._progress(phases.READING, done, total)

    def part(self) -> float:
        """What part of the file has been read, above 0; 1 where its size is not known."""
        return self._part


def batch_rows(memory: int) -> int:
    """How many records a run that holds so many bytes has in memory at a time."""
    return min(BATCH_ROWS * memory // MEMORY, _MOST_BATCH_ROWS)


def instant(now: datetime | None) -> datetime:
    """The instant at which a run begins, in UTC and whole seconds: `now`, or the clock's."""
    return (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)


def open_tracking(
    file: decode.File, job: Job, batch_rows: int, on_bytes: OnBytes | None = None
) -> AbstractContextManager[decode.Decoded]:
    """Opens a file of tracking as `job` describes it; see `decode.open_file`."""
    return decode.open_file(
        file,
        job.reading,
        TRACKING,
        fields=job.fields,
        mandatory=job.mandatory,
        defaults=job.parameters.defaults,
        batch_rows=batch_rows,
        on_bytes=on_bytes,
    )


def open_rejects(
    stack: ExitStack,
    target: str | Path | BinaryIO | None,
    source: decode.File,
    decoded: decode.Decoded,
    parameters: Parameters,
) -> RejectsWriter | None:
    """The writer of rejected rows, if there is a target."""
    if target is None:
        return None
    return stack.enter_context(RejectsWriter(target, decoded, parameters, source=decode.path_of(source)))
