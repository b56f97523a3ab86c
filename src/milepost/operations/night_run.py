"""One run of a whole configuration on one page: its plan, its lock, its steps and imports, and its report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from milepost.model.retained import KINDS, days_of
from milepost.operations import night_expectations, night_files, night_mail, night_table, remote_steps
from milepost.operations.clearing_steps import CLEARING_STEPS, clear
from milepost.operations.data_path import DataPath, judge_paths
from milepost.operations.file_steps import clean_folders, move_folder
from milepost.operations.night_import import Circumstances, ImportWork, Needed
from milepost.operations.night_plan import BadFile, Night, NightImport, Remote, Stage, Step
from milepost.operations.night_reading import read_night
from milepost.operations.night_report import ImportOutcome, NightReport, StepOutcome, StepState, attempted
from milepost.operations.run_options import RunOptions
from milepost.operations.run_template import carried_out, chosen, circumstances
from milepost.use_cases import retention, template


def run_night(configuration: str | Path, database: str, options: RunOptions) -> NightReport:
    """Carries out the whole configuration at that path, with the store `database`.

    Returns the report; a file that cannot be imported, or a step that fails, is part of it. Raises ConfigurationError
    with every mistake before anything is touched, UsageError, FileError, and StoreError if the store cannot be used;
    what was done before is then kept, and the same call goes on from there.
    """
    night = read_night(configuration, strict=options.strict)
    night = replace(night, imports=chosen("import", night.imports, options.only))
    how = circumstances(configuration, database, options)
    judge_paths(configuration, how.place.data, _every_step(night))
    report = NightReport(night.name, options.dry_run, template.instant(options.now), notes=night.notes)
    return carried_out(_NightWork(night, how, report).carry_out, how, report)


def _every_step(night: Night) -> Iterator[Step]:
    """All steps, and the provider of each import as one."""
    yield from (*night.before, *night.after)
    for one in night.imports:
        yield Step(_PROVIDER, Stage.BEFORE, one.line, {"path": DataPath(one.source.folder)})
        yield from (*one.consolidators, *one.after)


class _NightWork:
    """One night, from the first step to the last."""

    def __init__(self, night: Night, how: Circumstances, report: NightReport) -> None:
        self._night, self._report, self._began = night, report, report.started_at
        self._how = replace(how, for_all=self._for_all)
        self._needed = Needed()
        self._stopped: str | None = None
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
        failed = [step.step for step in (*self._report.before, *outcome.steps) if step.state is StepState.FAILED]
        if failed and what.source.bad_file is BadFile.STOP:
            # What it was to bring may come before these files, or have rows that they need.
            self._stopped = self._stopped or f"<{failed[0]}> failed before it"
        try:
            self._stopped = work.files(self._stopped)
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
        done = StepState.PLANNED if self._how.dry_run else StepState.DONE
        said, state = attempted(work or partial(_STEPS[step.name], self, step), done)
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
        if step.name in CLEARING_STEPS:
            return clear(step, work)
        return _STEPS[step.name](self, step)

    def _go_out(self, step: Step) -> str:
        return _BEFORE[step.name](step, self._how.place, dry_run=self._how.dry_run)

    def _clean(self, step: Step) -> str:
        data, kept = self._how.place.data, self._needed.paths
        return clean_folders(step, data, night_table.LOGS, kept, dry_run=self._how.dry_run)

    def _move(self, step: Step) -> str:
        data, kept = self._how.place.data, self._needed.paths
        return move_folder(step, data, self._began, kept, dry_run=self._how.dry_run)

    def _retain(self, step: Step) -> str:
        """Sets the rules that are given, and applies all that there are."""
        place, dry_run = self._how.place, self._how.dry_run
        given = {kind: days_of(step.options[kind]) for kind in KINDS if step.options[kind]}
        folder, wait = place.folder(step.options["dataFolderPath"]), self._how.patience.seconds
        if not dry_run:
            retention.set_rules(place.database, given, wait=wait)
        report = retention.apply_rules(place.database, folder, given=given, dry_run=dry_run, wait=wait)
        removed = ", ".join(f"{kind} {number:,}" for kind, number in report.removed.items())
        return (
            f"To be removed: {removed}." if dry_run else f"Removed: {removed}. {report.freed:,} bytes are given back."
        )


_PROVIDER = "fileSystemSourceProvider"
_BEFORE: dict[str, Callable[..., str]] = {
    "remoteResourceDownloader": remote_steps.download,
    "pgpDecryption": remote_steps.decrypt,
    "unpackager": remote_steps.unpack,
}
_STEPS: dict[str, Callable[[_NightWork, Step], str]] = {
    "cleanFolder": _NightWork._clean,
    "moveToBackup": _NightWork._move,
    "retention": _NightWork._retain,
    **dict.fromkeys(_BEFORE, _NightWork._go_out),
}
