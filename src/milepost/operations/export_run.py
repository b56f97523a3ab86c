"""One run of a whole export configuration on one page: its files, their steps, and its report."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast
from zoneinfo import ZoneInfo

from milepost.model.export import ExportJob, Mark
from milepost.model.wording import listed
from milepost.operations.data_path import judge_paths
from milepost.operations.export_plan import ExportPlan, PlannedExport
from milepost.operations.export_reading import read_exports
from milepost.operations.export_steps import ExportPlace, do_step, free_name, name_pattern
from milepost.operations.night_folders import numbered_names, put
from milepost.operations.night_import import Circumstances
from milepost.operations.night_plan import Step
from milepost.operations.night_report import ExportOutcome, NightReport, StepOutcome, StepState, attempted
from milepost.operations.remote_steps import server_of
from milepost.operations.run_options import RunOptions
from milepost.operations.run_template import carried_out, chosen, circumstances
from milepost.reading import exporting
from milepost.stores import export_marks, nights
from milepost.stores.opening import read_store
from milepost.transfer import remote
from milepost.use_cases import template

_PARTS = ".milepost-exports"
"""The folder of files that are not yet where they belong, inside the data folder."""


def run_exports(configuration: str | Path, database: str, options: RunOptions) -> NightReport:
    """Carries out the whole export configuration at that path; its files go to the data folder, or to a server.

    Result and exceptions are those of `night_run.run_night`. What an export of what is new has written is old to the
    next one as soon as its file is where it belongs; if a later step fails, the file stays there.
    """
    plan = read_exports(configuration, strict=options.strict)
    plan = replace(plan, exports=chosen("export", plan.exports, options.only))
    how = circumstances(configuration, database, options)
    own = (step for one in plan.exports for step in (one.moved, *one.consolidators, *one.after) if step is not None)
    judge_paths(configuration, how.place.data, (*own, *plan.after))
    report = NightReport(plan.name, options.dry_run, template.instant(options.now), notes=plan.notes)
    return carried_out(_ExportWork(plan, how, report).carry_out, how, report)


class _ExportWork:
    """One run, from the first file to the last step."""

    def __init__(self, plan: ExportPlan, how: Circumstances, report: NightReport) -> None:
        self._plan, self._report, self._tell, self._patience = plan, report, how.tell, how.patience
        self._database, self._data = how.place.database, how.place.data

    def carry_out(self) -> None:
        clock = time.monotonic()
        places = [self._export(one) for one in self._plan.exports]
        if self._plan.after and any(step.state is StepState.FAILED for step in self._report.steps):
            said = "Nothing is done, because an export before it failed. It is left for the next time."
            first = self._plan.after[0]
            self._report.after.append(StepOutcome(first.name, first.line, StepState.FAILED, said))
        elif places:
            self._steps(self._plan.after, places[-1], self._report.after)
        self._report.seconds = time.monotonic() - clock

    def _export(self, what: PlannedExport) -> ExportPlace:
        clock = time.monotonic()
        zone = ZoneInfo(what.jobs[0].appearance.time_zone)
        place = ExportPlace(self._data, self._report.started_at.astimezone(zone), self._report.dry_run)
        outcome = ExportOutcome(what.key)
        self._report.exports.append(outcome)
        written = [self._written(job, what, place, outcome) for job in what.jobs]
        place.told.insert(0, f"Export {what.key}: {outcome.rows:,} rows{'' if all(written) else '; it failed'}.")
        later = [step for step in (*what.consolidators, *what.after) if step.name not in ("emailReport", "timeLogger")]
        if all(written):
            self._steps(later, place, outcome.steps)
        outcome.seconds = time.monotonic() - clock
        if any(step.name == "timeLogger" for step in what.consolidators):
            line = next(step.line for step in what.consolidators if step.name == "timeLogger")
            said = f"The export took {outcome.seconds:.1f} seconds."
            outcome.steps.append(StepOutcome("timeLogger", line, self._state, said))
            place.told.append(said)
        # Mail comes last, so that it tells of all the rest.
        for step in (one for one in what.consolidators if one.name == "emailReport"):
            self._attempt(step.name, step.line, place, outcome.steps, partial(do_step, step, place))
        return place

    @property
    def _state(self) -> StepState:
        return StepState.PLANNED if self._report.dry_run else StepState.DONE

    def _steps(self, steps: tuple[Step, ...] | list[Step], place: ExportPlace, into: list[StepOutcome]) -> None:
        """Does steps until one fails: what comes later may need it."""
        for number, step in enumerate(steps, start=1):
            if not self._attempt(step.name, step.line, place, into, partial(do_step, step, place)):
                left = listed((f"<{one.name}>" for one in steps[number:]), "and")
                if left:
                    into[-1] = replace(into[-1], said=f"{into[-1].said} Left for the next time: {left}.")
                return

    def _attempt(
        self, name: str, line: int, place: ExportPlace, into: list[StepOutcome], work: Callable[[], str]
    ) -> bool:
        clock = time.monotonic()
        said, state = attempted(work, self._state)
        self._tell("step", step=name, state=str(state))
        place.is_failed |= state is StepState.FAILED
        into.append(StepOutcome(name, line, state, said, seconds=time.monotonic() - clock))
        place.told.append(f"{name}: {said}")
        return state is not StepState.FAILED

    def _written(self, job: ExportJob, what: PlannedExport, place: ExportPlace, outcome: ExportOutcome) -> bool:
        """Writes the file of one provider, and puts it where it belongs; whether that went well."""
        step = what.moved or what.sent
        line = what.line if step is None else step.line
        return self._attempt(
            str(job.provider), line, place, outcome.steps, lambda: self._write(job, what, place, outcome)
        )

    def _write(self, job: ExportJob, what: PlannedExport, place: ExportPlace, outcome: ExportOutcome) -> str:
        if self._report.dry_run:
            with TemporaryFile() as nowhere:
                rows, _ = exporting.written(self._database, cast("BinaryIO", nowhere), job, place.now)
            outcome.rows += rows
            return self._would(what, place, rows)
        parts = self._data / _PARTS
        with ExitStack() as stack:
            # What a run left behind that was killed is of no use.
            shutil.rmtree(parts, ignore_errors=True)
            parts.mkdir()
            stack.callback(shutil.rmtree, parts, ignore_errors=True)
            part = parts / f"part.{job.appearance.file_format}"
            rows, mark = exporting.written(self._database, part, job, place.now)
            said = self._placed(part, job, what, place, rows)
            self._keep(job, mark, place)
        outcome.rows += rows
        return said

    def _placed(self, part: Path, job: ExportJob, what: PlannedExport, place: ExportPlace, rows: int) -> str:
        told = f"{rows:,} row{'' if rows == 1 else 's'}"
        if what.sent is not None:
            told += self._sent(part, job, what.sent, place, rows)
        if what.moved is None:
            return f"{told}."
        given = what.moved.options
        folder = place.folder_of(given["folderPath"])
        place.folder, place.pattern = folder, name_pattern(given["fileName"])
        if not rows and given["deleteEmptyFiles"]:
            return f"{told}, and so no file."
        folder.mkdir(parents=True, exist_ok=True)

        def is_there(name: str) -> bool:
            return (folder / name).exists()

        wanted = free_name(given["fileName"], place.now, is_there)
        name = self._name(job, wanted, rows, is_there)
        if name is None:
            return f"{told}; {place.said(folder / wanted)} stays, because the run that wrote it failed."
        target = folder / name
        put(part, target)
        place.files.append(target)
        return f"{told} written to {place.said(target)}."

    def _sent(self, part: Path, job: ExportJob, step: Step, place: ExportPlace, rows: int) -> str:
        server, folder = server_of(step.options, place.data), step.options["sftpFolder"]
        with remote.connect(server) as there:

            @cache
            def names() -> frozenset[str]:
                return frozenset(one.name for one in there.list(remote.joined(folder, "*")))

            def is_there(name: str) -> bool:
                return name in names()

            wanted = free_name(step.options["fileName"], place.now, is_there)
            name = self._name(job, wanted, rows, is_there)
            if name is None:
                return (
                    f"; {remote.joined(folder, wanted)} on {server.place} stays, because the run that wrote it failed"
                )
            return f" put on {server.place} as {there.put(part, folder, name)}"

    def _name(self, job: ExportJob, wanted: str, rows: int, is_there: Callable[[str], bool]) -> str | None:
        """The name of a file: the one that is wanted, or a numbered one. None: the file that has the name stays.

        What was new to a run that failed is old to this one, and its file has perhaps gone no further.
        """
        if not job.is_delta or job.guid is None or not is_there(wanted):
            return wanted
        with read_store(self._database) as tables:
            failed = nights.failed_since(tables, self._report.name)
            if export_marks.exported_at(tables, job.guid, job.provider) not in failed:
                return wanted
        return next(name for name in numbered_names(wanted) if not is_there(name)) if rows else None

    def _would(self, what: PlannedExport, place: ExportPlace, rows: int) -> str:
        told = f"{rows:,} row{'' if rows == 1 else 's'} would be"
        if what.sent is not None:
            told += f" put on {server_of(what.sent.options, place.data).place}"
        if what.moved is None:
            return f"{told}."
        told += f"{' and' if what.sent is not None else ''}"
        folder = place.folder_of(what.moved.options["folderPath"])
        place.folder, place.pattern = folder, name_pattern(what.moved.options["fileName"])
        name = free_name(what.moved.options["fileName"], place.now, lambda one: (folder / one).exists())
        return f"{told} written to {place.said(folder / name)}."

    def _keep(self, job: ExportJob, mark: Mark | None, place: ExportPlace) -> None:
        exporting.keep_mark(self._database, job, mark, place.now, self._patience)
