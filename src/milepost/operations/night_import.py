"""One import of a whole configuration: its files in their order, each imported once, and the steps after that."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from milepost.model.exceptions import FileError, MilepostError
from milepost.model.phases import Progress
from milepost.model.reports import Report
from milepost.operations import file_steps, night_files
from milepost.operations.file_steps import Place
from milepost.operations.night_files import NightFile
from milepost.operations.night_plan import BadFile, NightImport, Step
from milepost.operations.night_report import (
    KEPT,
    STUCK,
    FileOutcome,
    FileState,
    ImportOutcome,
    StepOutcome,
    StepState,
    attempted,
)
from milepost.stores import nights, record
from milepost.stores.nights import TakenFile
from milepost.stores.opening import read_store, write_store
from milepost.stores.port import Patience, Tables
from milepost.use_cases.importing import import_file
from milepost.use_cases.loading import load_file

_STOPPING = frozenset(
    {
        *("commit-unknown", "store-failed", "store-unusable", "store-version", "store-refused", "store-unwritable"),
        *("no-memory", "no-room", "file-unwritable", "system"),
    }
)
"""The codes of errors that are about the store or the machine, and not about one file."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a night is carried out."""

    place: Place
    dry_run: bool
    is_imported_again: bool
    """Whether bytes that were imported already are imported once more, whatever the configuration says."""
    patience: Patience
    actor: str | None = None
    progress: Progress | None = None
    tell: Callable[..., None] = lambda _event, **_facts: None
    """Called with an event and its facts, for the log."""
    for_all: Callable[[Step, ImportWork], str] = field(default=lambda _step, _work: "")
    """Does a step that is about all files of an import, or says what it would do; returns what is said of it."""


@dataclass(slots=True)
class Needed:
    """The files that some import has not imported yet: no step about a folder moves or deletes them."""

    _by: set[tuple[str, Path]] = field(default_factory=set)

    def hold(self, key: str, path: Path) -> None:
        """The import called `key` needs the file."""
        self._by.add((key, path))

    def release(self, key: str, path: Path) -> None:
        """It needs it no longer."""
        self._by.discard((key, path))

    @property
    def paths(self) -> frozenset[Path]:
        """The files that are needed."""
        return frozenset(path for _, path in self._by)


@dataclass(slots=True)
class ImportWork:
    """The work on one import. Call `files`, then `steps`."""

    name: str
    """The name of the configuration."""
    what: NightImport
    how: Circumstances
    outcome: ImportOutcome
    needed: Needed
    taken: list[TakenFile] = field(default_factory=list)
    """The files whose import is committed, and some of whose steps are not done."""
    known: list[TakenFile] = field(default_factory=list)
    """All files that this import has ever taken, but those whose run was undone."""
    _unwritten: dict[int, int] = field(default_factory=dict)
    """The runs that have imported files, by their ids, which the next transaction writes; `recover` would find them."""
    _reports: dict[int, Report] = field(default_factory=dict)
    """What came of the runs of files that earlier nights left, by their numbers."""

    def files(self, stopped: str | None) -> str | None:
        """Imports the files, the oldest first; none if something has stopped the night, which `stopped` says.

        Returns what has stopped it, a bad file of this import maybe. Raises MilepostError if the night cannot go on.
        """
        self._recall()
        for one in self.taken:
            if not file_steps.is_there(one, self.how.place):
                self.outcome.files.append(self._resumed(one))
        every = night_files.found(self.how.place.data, self.what.source)
        ready, waiting = night_files.complete(every, self.what.source)
        for file in ready:
            outcome = FileOutcome(file.name, FileState.LEFT, stopped) if stopped else self._one(file)
            if outcome.state in STUCK and self.what.source.bad_file is BadFile.STOP:
                stopped = stopped or "a file before it failed"
            self._add(outcome, file)
        for file in waiting:
            marker = self.what.source.done_marker
            why = "it is still being written" if marker is None else f"its done marker ({marker}) is not there"
            self._add(FileOutcome(file.name, FileState.WAITING, why), file)
        if self._unwritten:
            with self._writing():
                pass
        return stopped

    def _add(self, outcome: FileOutcome, file: NightFile) -> None:
        self.outcome.files.append(outcome)
        if outcome.state not in KEPT:
            self.needed.release(self.what.key, file.path)
        self.how.tell("file", file=outcome.file, state=str(outcome.state), run=outcome.run, code=outcome.code)

    def _recall(self) -> None:
        """Reads which files were taken, and finds out what became of those whose import was interrupted."""
        with read_store(self.how.place.database) as tables:
            undone = nights.undone(tables)
            every = nights.files(tables, self.name, self.what.key)
            recovered = {one.id: nights.recover(tables, one, self._kind) for one in every if one.run is None}
            every = [replace(one, run=recovered.get(one.id, one.run)) for one in every]
            self.known = [one for one in every if one.run is not None and one.run not in undone]
            self.taken = [one for one in self.known if not one.is_settled]
            new = {one.run for one in self.taken if one.run is not None and not one.is_repeated}
            self._reports = {run: record.report(tables, run) for run in new}
        if recovered and not self.how.dry_run:
            with self._writing() as tables:
                for number, run in recovered.items():
                    if run is None:
                        nights.forget(tables, number)
                    else:
                        nights.imported(tables, number, run)

    def _resumed(self, file: TakenFile) -> FileOutcome:
        """A file that an earlier night has imported, with what came of that, since this night tells of it."""
        report = self._reports.get(file.run or 0)
        return FileOutcome(file.file, FileState.RESUMED, f"run {file.run} imported it", report=report, run=file.run)

    @property
    def _kind(self) -> str:
        """What the record of runs calls the imports of these files."""
        return "tracking" if self.what.action.kind is None else self.what.action.kind.name

    def _one(self, file: NightFile) -> FileOutcome:
        """Imports a file, unless its bytes were imported before."""
        try:
            digest = night_files.sha256(file.path)
        except FileError as error:
            return FileOutcome(file.name, FileState.FAILED, _on_one_line(error), error.code)
        same = [one for one in self.known if one.sha256 == digest]
        its_own = [
            one for one in same if (one.file, one.bytes, one.changed_ns) == (file.name, file.size, file.changed_ns)
        ]
        if open_one := next((one for one in its_own if not one.is_settled), None):
            return self._resumed(open_one)
        if not (self.how.is_imported_again or self.what.source.is_imported_again):
            if its_own:
                if self._movers:
                    self.taken.append(its_own[-1])
                return FileOutcome(file.name, FileState.SETTLED, "", run=its_own[-1].run)
            if same:
                before = same[-1]
                self._take(file, digest, before.run)
                said = f"run {before.run} imported the same bytes, as {before.file}"
                return FileOutcome(file.name, FileState.REPEATED, said, run=before.run)
        return self._import(file, digest)

    def _import(self, file: NightFile, digest: str) -> FileOutcome:
        taken = self._take(file, digest)
        try:
            report = self._carry_out(file.path)
        except MilepostError as error:
            if error.code != "commit-unknown":
                self._forget(taken)
            if error.retry or error.code in _STOPPING:
                raise
            return FileOutcome(file.name, FileState.FAILED, _on_one_line(error), error.code, run=error.run)
        if report.held:
            self._forget(taken)
            return FileOutcome(file.name, FileState.HELD, " ".join(report.held), report=report, run=report.run)
        if taken is not None and report.run is not None:
            self._unwritten[taken.id] = report.run
            self._know(replace(taken, run=report.run, sha256=report.sha256))
        return FileOutcome(file.name, FileState.IMPORTED, report=report, run=report.run)

    def _carry_out(self, path: Path) -> Report:
        action, how = self.what.action, self.how
        common = {
            "dry_run": how.dry_run,
            "wait": how.patience.seconds,
            "waiting": how.patience.tell,
            "actor": how.actor,
            "progress": how.progress,
        }
        if action.kind is None:
            return import_file(path, how.place.database, action.job, **common)  # type: ignore[arg-type]
        reading, parameters = action.job.reading, action.job.parameters
        fields = action.job.fields
        return load_file(action.kind, path, how.place.database, reading, parameters, fields=fields, **common)  # type: ignore[arg-type]

    def _take(self, file: NightFile, digest: str, run: int | None = None) -> TakenFile | None:
        """Enters the file; None in a check."""
        if self.how.dry_run:
            return None
        facts = {"name": self.name, "part": self.what.key, "file": file.name, "sha256": digest}
        with self._writing() as tables:
            number = nights.take(tables, {**facts, "bytes": file.size, "changed_ns": file.changed_ns}, run)
            taken = nights.one_file(tables, number)
        if run is not None:
            self._know(taken)
        return taken

    def _know(self, taken: TakenFile) -> None:
        self.known.append(taken)
        self.taken.append(taken)

    def _forget(self, taken: TakenFile | None) -> None:
        if taken is not None:
            with self._writing() as tables:
                nights.forget(tables, taken.id)

    @contextmanager
    def _writing(self) -> Iterator[Tables]:
        how = self.how
        with write_store(how.place.database, how.patience) as tables:
            for taken, run in self._unwritten.items():
                nights.imported(tables, taken, run)
            yield tables
        self._unwritten.clear()

    def steps(self) -> None:
        """Does the steps after the import: for the files of this night, and those that earlier nights left."""
        if self.how.dry_run:
            self._plan_steps()
            return
        stuck: set[int] = set()
        done = {one.id: self._done(one) for one in self.taken}
        for step in self.what.consolidators:
            if file_steps.is_of_files(step):
                finished = self._do_for_files(step, done, stuck)
            else:
                finished = [one.id for one in self.taken] if self._do(step) else []
            for number in finished:
                done[number].add(step.key)
            self._mark(finished, done)
        if not self.what.consolidators:
            self._mark(list(done), done)

    @property
    def _movers(self) -> frozenset[str]:
        """The keys of the steps after which a file is not where it was."""
        return frozenset(step.key for step in self.what.consolidators if file_steps.is_mover(step))

    def _done(self, file: TakenFile) -> set[str]:
        """The steps that are done for a file. One that has come again, since a server has it still, is to be moved."""
        is_there = file_steps.is_there(file, self.how.place)
        return set(file.done) - (self._movers if is_there else frozenset())

    def _do_for_files(self, step: Step, done: Mapping[int, set[str]], stuck: set[int]) -> list[int]:
        """The files for which the step is done now. Those of which a step fails are added to `stuck`."""
        finished = []
        for file in self.taken:
            if step.key in done[file.id] or file.id in stuck:
                continue
            if self._attempt(step, partial(file_steps.do_for_file, step, file, self.what, self.how.place), file.file):
                finished.append(file.id)
            else:
                stuck.add(file.id)
                self.needed.hold(self.what.key, night_files.file_at(self.how.place.data, file.file))
        return finished

    def _do(self, step: Step) -> bool:
        return self._attempt(step, lambda: self.how.for_all(step, self), None)

    def _attempt(self, step: Step, work: Callable[[], str], file: str | None) -> bool:
        began = time.monotonic()
        said, state = attempted(work, StepState.PLANNED if self.how.dry_run else StepState.DONE)
        outcome = StepOutcome(step.name, step.line, state, said, file, time.monotonic() - began)
        self.outcome.steps.append(outcome)
        self.how.tell("step", step=step.name, file=file, state=str(state))
        return state is not StepState.FAILED

    def _mark(self, numbers: Sequence[int], done: Mapping[int, set[str]]) -> None:
        if not numbers:
            return
        every = {step.key for step in self.what.consolidators}
        with self._writing() as tables:
            for number in numbers:
                nights.mark(tables, number, done[number], is_settled=every <= done[number])

    def _plan_steps(self) -> None:
        names = [one.file for one in self.taken]
        names += [one.file for one in self.outcome.files if one.state in (FileState.IMPORTED, FileState.REPEATED)]
        for step in self.what.consolidators:
            if file_steps.is_of_files(step):
                self.outcome.steps += [
                    StepOutcome(step.name, step.line, StepState.PLANNED, file_steps.would_do_for_file(step, name), name)
                    for name in dict.fromkeys(names)
                ]
            else:
                self._do(step)


def _on_one_line(error: MilepostError) -> str:
    return " ".join(str(error).split())
