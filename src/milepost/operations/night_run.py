"""One run of a whole configuration on one page: its plan, its lock, its steps and imports, and its report."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from milepost.model.exceptions import FileError, MilepostError, UsageError
from milepost.model.likeness import folded, suggestion
from milepost.model.phases import Progress
from milepost.model.wording import argument, listed
from milepost.operations import night_expectations, night_files, night_mail, night_table, remote_steps
from milepost.operations.file_steps import Place, clean_folders, move_folder
from milepost.operations.night_import import Circumstances, ImportWork, Needed
from milepost.operations.night_plan import Night, NightImport, Remote, Stage, Step
from milepost.operations.night_reading import read_night
from milepost.operations.night_report import ImportOutcome, NightReport, StepOutcome, StepState, of_night
from milepost.stores import nights
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Patience
from milepost.use_cases import template


def run_night(
    configuration: str | Path,
    database: str,
    *,
    data: str | Path | None = None,
    only: str | None = None,
    dry_run: bool = False,
    strict: bool = False,
    import_again: bool = False,
    now: datetime | None = None,
    progress: Progress | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
    actor: str | None = None,
    tell: Callable[..., None] | None = None,
) -> NightReport:
    """Carries out the whole configuration at that path, on files in the folder `data`.

    `database` is the store. `data` is by default the folder of the configuration. `only` is the guid, name or number of
    the one import that is carried out. `dry_run` checks: nothing is touched, and the report says what would happen.
    `strict` refuses what would be passed over. `import_again` imports bytes once more that were imported already.
    `now` is the instant at which the night begins, by default the clock's. `progress`, `wait`, `waiting` and `actor`
    are as for `import_file`. `tell` is called with an event and its facts, which name no person.

    Returns the report; a file that cannot be imported, or a step that fails, is part of it. Raises ConfigurationError
    with every mistake before anything is touched, UsageError, FileError, and StoreError if the store cannot be used;
    what was done before is then kept, and the same call goes on from there.
    """
    night = _chosen(read_night(configuration, strict=strict), only)
    folder = data_folder(configuration, data)
    began = template.instant(now)
    patience = Patience(wait, waiting)
    how = Circumstances(
        Place(folder, database),
        dry_run,
        import_again,
        patience,
        actor,
        progress,
        tell or (lambda _event, **_facts: None),
    )
    report = NightReport(night.name, dry_run, began, notes=night.notes)
    work = _NightWork(night, how, report, began)
    if dry_run:
        work.carry_out()
        return report
    with only_one(folder, night.name), on_record(how, report):
        work.carry_out()
    return report


class _NightWork:
    """One night, from the first step to the last."""

    def __init__(self, night: Night, how: Circumstances, report: NightReport, began: datetime) -> None:
        self._night, self._report, self._began = night, report, began
        self._how = replace(how, for_all=self._for_all)
        self._needed = Needed()
        self._is_stopped = False
        self._clock = time.monotonic()

    def carry_out(self) -> None:
        night, report = self._night, self._report
        for step in night.before:
            report.before.append(self._attempt(step))
        for one in night.imports:
            self._hold(one)
        for one in night.imports:
            self._import(one)
        for step in night.after:
            report.after.append(self._attempt(step))
        report.seconds = time.monotonic() - self._clock

    def _hold(self, what: NightImport) -> None:
        """Keeps the files of an import from being moved or deleted before it."""
        for file in night_files.found(self._how.place.data, what.source):
            self._needed.hold(what.key, file.path)

    def _import(self, what: NightImport) -> None:
        began = time.monotonic()
        outcome = ImportOutcome(what.key, what.action.name)
        self._report.imports.append(outcome)
        work = ImportWork(self._night.name, what, self._how, outcome, self._needed)
        if what.source.remote is not None:
            outcome.steps.append(self._fetch(what, what.source.remote))
            self._hold(what)
        try:
            self._is_stopped = work.files(is_stopped=self._is_stopped)
            outcome.findings += night_expectations.broken(work, self._began)
            work.steps()
        finally:
            outcome.seconds = time.monotonic() - began
        for step in what.after:
            outcome.steps.append(self._attempt(step))

    def _fetch(self, what: NightImport, remote: Remote) -> StepOutcome:
        source = what.source
        named = Step(_PROVIDER, Stage.BEFORE, remote.line, remote.options)
        fetched = partial(remote_steps.fetch, remote, source.pattern, source.folder, self._how.place)
        return self._attempt(named, lambda: fetched(dry_run=self._how.dry_run))

    def _attempt(self, step: Step, work: Callable[[], str] | None = None) -> StepOutcome:
        began = time.monotonic()
        state = StepState.PLANNED if self._how.dry_run else StepState.DONE
        try:
            said = work() if work is not None else _STEPS[step.name](self, step)
        except MilepostError as error:
            said, state = " ".join(str(error).split()), StepState.FAILED
        self._how.tell("step", step=step.name, state=str(state))
        return StepOutcome(step.name, step.line, state, said, seconds=time.monotonic() - began)

    def _for_all(self, step: Step, work: ImportWork) -> str:
        if step.name == "timeLogger":
            seconds = sum(file.report.seconds for file in work.outcome.files if file.report is not None)
            return f"The files took {seconds:.1f} seconds."
        if step.name == "emailReport":
            return night_mail.send_report(step, work, dry_run=self._how.dry_run)
        if step.name == "removeFromSFTP":
            sizes: dict[str, set[int]] = {}
            for one in work.taken:
                sizes.setdefault(Path(one.file).name, set()).add(one.bytes)
            return remote_steps.remove(step, sizes, self._how.place, dry_run=self._how.dry_run)
        return _STEPS[step.name](self, step)

    def _go_out(self, step: Step) -> str:
        return _BEFORE[step.name](step, self._how.place, dry_run=self._how.dry_run)

    def _clean(self, step: Step) -> str:
        data, kept = self._how.place.data, self._needed.paths
        return clean_folders(step, data, night_table.LOGS, kept, dry_run=self._how.dry_run)

    def _move(self, step: Step) -> str:
        data, kept = self._how.place.data, self._needed.paths
        return move_folder(step, data, self._began, kept, dry_run=self._how.dry_run)


_PROVIDER = "fileSystemSourceProvider"
_BEFORE: dict[str, Callable[..., str]] = {
    "remoteResourceDownloader": remote_steps.download,
    "pgpDecryption": remote_steps.decrypt,
    "unpackager": remote_steps.unpack,
}
_STEPS: dict[str, Callable[[_NightWork, Step], str]] = {
    "cleanFolder": _NightWork._clean,
    "moveToBackup": _NightWork._move,
    **dict.fromkeys(_BEFORE, _NightWork._go_out),
}


def _chosen(night: Night, only: str | None) -> Night:
    if only is None:
        return night
    wanted = folded(only)
    numbered = {str(place): one for place, one in enumerate(night.imports, start=1)}
    chosen = [one for one in night.imports if folded(one.key) == wanted] or [
        one for number, one in numbered.items() if number == wanted
    ]
    if not chosen:
        keys = [one.key for one in night.imports]
        near = suggestion(only, keys) or f"; there are {listed(keys)}."
        raise UsageError(f"No import is called {only}{near} Name one with {argument('only')}.")
    return replace(night, imports=tuple(chosen))


def data_folder(configuration: str | Path, data: str | Path | None) -> Path:
    """The data folder: `data`, or the folder of the configuration. Raises FileError if there is none."""
    folder = Path(configuration).resolve().parent if data is None else Path(data)
    if not folder.is_dir():
        said = f"There is no data folder {folder}. Make it, or name another one with {argument('data')}."
        raise FileError(said, code="file-missing")
    return folder.resolve()


@contextmanager
def only_one(data: Path, name: str) -> Iterator[None]:
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
def on_record(how: Circumstances, report: NightReport) -> Iterator[None]:
    """Enters the run of the configuration, and completes it with what is in its report then."""

    def write(work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - as `work` has it
        database, patience = how.place.database, how.patience
        with open_store(database, Access.WRITE, patience=patience) as store, store.write() as tables:
            return work(tables, *arguments)

    number = write(nights.begin, report.name, report.started_at)
    try:
        yield
    except MilepostError as error:
        report.failure = " ".join(str(error).split())
        # If that cannot be written either, the night shows as one that has not ended. Report the first error.
        with suppress(MilepostError):
            write(nights.finish, number, report.status, of_night(report))
        raise
    write(nights.finish, number, report.status, of_night(report))
