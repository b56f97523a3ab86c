"""What an import and a load have in common: the record of the run, the rejects file, the progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from milepost.formats.read import decode
from milepost.formats.write.change_list import ChangesWriter
from milepost.formats.write.rejects import RejectsWriter
from milepost.model import progress as phases
from milepost.model.exceptions import MilepostError, StoreError
from milepost.model.job import Parameters, Report
from milepost.model.progress import Progress
from milepost.stores import record as runs
from milepost.stores.opening import Store

PATIENCE = 60.0
"""How many seconds a run waits for another one, unless told otherwise."""

BATCH_ROWS = 30_000
"""How many records are in Python's memory at a time."""


def reading(progress: Progress | None) -> Callable[[int, int | None], None] | None:
    """What the reading of a file reports its bytes to."""
    return None if progress is None else lambda done, total: progress(phases.READING, done, total)


def open_rejects(
    stack: ExitStack,
    target: str | Path | BinaryIO | None,
    source: decode.File,
    decoded: decode.Decoded,
    parameters: Parameters,
) -> RejectsWriter | None:
    """Where rejected rows go, opened before anything else is done."""
    if target is None:
        return None
    writer = RejectsWriter(
        target,
        decoded.layout,
        decoded.delimiter,
        decoded.encoding,
        parameters,
        source=decode.path_of(source),
        raw=decoded.raw,
    )
    return stack.enter_context(writer)


def open_changes(stack: ExitStack, target: str | Path | BinaryIO | None, *, raw: bool) -> ChangesWriter | None:
    """Where the list of changes goes, opened before anything else is done; `raw` is as in `Reading.raw`."""
    if target is None:
        return None
    return stack.enter_context(ChangesWriter(target, raw=raw))


class Held(Exception):  # noqa: N818 - it ends a transaction, and is no error
    """A run that would pass a limit; its transaction ends without a trace."""

    def __init__(self, report: Report) -> None:
        """`report` says what the run would have done."""
        self.report = report
        super().__init__()


def let_through(report: Report) -> Report:
    """The report, unless the run is held; raises Held then."""
    if report.held:
        raise Held(report)
    return report


@contextmanager
def recorded(
    opened: Store,
    kind: str,
    file: str,
    configuration: str | None,
    now: datetime,
    *,
    actor: str | None = None,
    undoes: int | None = None,
) -> Iterator[int]:
    """Enters a run in a transaction of its own, and what became of it if it fails."""
    with opened.write() as connection:
        number = runs.begin(
            connection,
            kind=kind,
            file=file,
            configuration=configuration,
            started_at=now,
            actor=actor,
            undoes=undoes,
        )
    opened.own_runs.add(number)
    try:
        yield number
    except Held as held:
        with opened.write() as connection:
            runs.finish(connection, held.report)
        raise
    except BaseException as error:
        state, why = _ending(error)
        # Where even that cannot be written, the run shows as interrupted, and the first error is the one to tell.
        with suppress(StoreError), opened.write() as connection:
            runs.fail(connection, number, state, why)
        raise


def _ending(error: BaseException) -> tuple[runs.State, str | None]:
    """What to record of a run that ended with `error`."""
    if isinstance(error, KeyboardInterrupt):
        return runs.State.INTERRUPTED, None
    # Without the details of an unforeseen error: they may hold what stands in the file.
    return runs.State.FAILED, str(error) if isinstance(error, MilepostError) else type(error).__name__
