"""What is alike in runs of whole configurations: the data folder, the choice, the lock, and the record."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from milepost.model.exceptions import FileError, MilepostError, UsageError, writing
from milepost.model.likeness import folded, suggestion
from milepost.model.wording import argument, listed
from milepost.operations.file_steps import Place
from milepost.operations.night_import import Circumstances
from milepost.operations.night_report import NightReport, of_night
from milepost.operations.run_options import RunOptions
from milepost.stores import nights
from milepost.stores.opening import write_store
from milepost.stores.port import Patience

BEGUN = "recorded"
"""The event that is told when a run is on record, with its number as `night`."""


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


One = TypeVar("One", bound=_Keyed)


def carried_out(work: Callable[[], None], how: Circumstances, report: NightReport) -> NightReport:
    """Does `work`, which fills in the report, and returns that: on record, and alone, unless it is a check.

    Raises MilepostError if another run of the configuration is at work.
    """
    if report.dry_run:
        work()
        return report
    with _only_one(how.place.data, report.name), _on_record(how, report):
        work()
    return report


def chosen(what: str, every: Sequence[One], only: str | None) -> tuple[One, ...]:
    """Those imports or exports (which of them, says `what`) whose guid, name or number is `only`; all without it.

    Raises UsageError if there is none.
    """
    if only is None:
        return tuple(every)
    wanted = folded(only)
    found = [one for one in every if folded(one.key) == wanted]
    found = found or [one for number, one in enumerate(every, start=1) if str(number) == wanted]
    if not found:
        keys = [one.key for one in every]
        near = suggestion(only, keys) or f"; there are {listed(keys)}."
        raise UsageError(f"No {what} is called {only}{near} Name one with {argument('only')}.")
    return tuple(found)


def circumstances(configuration: str | Path, database: str, options: RunOptions) -> Circumstances:
    """How the configuration at that path is carried out with the store `database`.

    Raises FileError if there is no data folder.
    """
    return Circumstances(
        Place(_data_folder(configuration, options.data), database),
        options.dry_run,
        options.import_again,
        Patience(options.wait, options.waiting),
        options.actor,
        options.progress,
        options.tell,
    )


def _data_folder(configuration: str | Path, data: str | Path | None) -> Path:
    """The data folder: `data`, or the folder of the configuration. Raises FileError if there is none."""
    folder = Path(configuration).resolve().parent if data is None else Path(data)
    if not folder.is_dir():
        said = f"There is no data folder {folder}. Make it, or name another one with {argument('data')}."
        raise FileError(said, code="file-missing")
    return folder.resolve()


@contextmanager
def _only_one(data: Path, name: str) -> Iterator[None]:
    """Holds the lock of the configuration, which ends with the process. Raises MilepostError if another run has it."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    path = data / f".milepost-{digest}.lock"
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        said = f"{path} cannot be written: {error.strerror}. Give this user the right to write in the data folder."
        raise FileError(said, code="file-unwritable") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            said = f"Another run of {name} is at work on {data}. Nothing was done. Try again when it has ended."
            raise MilepostError(said, code="run-unfinished") from error
        yield
    finally:
        os.close(lock)


@contextmanager
def _on_record(how: Circumstances, report: NightReport) -> Iterator[None]:
    """Enters the run of the configuration, and completes it with what is in its report then."""

    def write(work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - as `work` has it
        database, patience = how.place.database, how.patience
        with write_store(database, patience) as tables:
            return work(tables, *arguments)

    number = write(nights.begin, report.name, report.started_at)
    how.tell(BEGUN, night=number)
    try:
        with writing(f"{report.name} cannot go on", "Check the rights, and the room on the disk."):
            yield
    except MilepostError as error:
        report.failure = " ".join(str(error).split())
        # If that cannot be written either, the night shows as one that has not ended. Report the first error.
        with suppress(MilepostError):
            write(nights.finish, number, report.status, of_night(report))
        raise
    write(nights.finish, number, report.status, of_night(report))
