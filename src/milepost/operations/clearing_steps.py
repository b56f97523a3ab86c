"""The consolidators that disable learners, and delete registrations and sessions, each within its limit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

import polars as pl

from milepost.model.clear_report import Clearing
from milepost.model.exceptions import FileError, UsageError
from milepost.model.wording import listed
from milepost.operations import file_steps, night_files
from milepost.operations.night_import import ImportWork
from milepost.operations.night_plan import Step
from milepost.operations.night_report import KEPT, FileState
from milepost.use_cases.clearing import clear_references
from milepost.use_cases.loading import load_file

WHICH_LEARNERS: Mapping[str, Clearing] = MappingProxyType(
    {
        "noInscriptions": Clearing.UNREGISTERED_LEARNERS,
        "inscriptionsWithExpiredSession": Clearing.LEARNERS_OF_ENDED_SESSIONS,
        "oldLearners": Clearing.OTHER_LEARNERS,
    }
)
"""The options of `massDisableLearners` of which one is chosen."""
_OTHERS: Mapping[str, Clearing] = MappingProxyType(
    {"deleteOldSessions": Clearing.OTHER_REGISTRATIONS, "deleteEmptySessions": Clearing.EMPTY_SESSIONS}
)
CLEARING_STEPS = ("massDisableLearners", *_OTHERS)
"""The names of these consolidators."""
NEEDED_KINDS: Mapping[Clearing, str] = MappingProxyType(
    {Clearing.OTHER_LEARNERS: "learners", Clearing.OTHER_REGISTRATIONS: "registrations"}
)
"""The reference data whose files say which rows stay."""


def clearings_of(name: str, options: Mapping[str, object]) -> tuple[Clearing, ...]:
    """What a consolidator clears by its options: exactly one, if the configuration is right."""
    if name in _OTHERS:
        return (_OTHERS[name],)
    return tuple(clearing for option, clearing in WHICH_LEARNERS.items() if options.get(option))


def clear(step: Step, work: ImportWork) -> str:
    """Does the step, or says what it would do. Raises MilepostError, which holds for what a limit holds too."""
    (clearing,) = clearings_of(step.name, step.options)
    how, noun = work.how, f"{clearing.table}s"
    paths = _files(work)
    if not paths:
        return f"No {noun} are {clearing.verb}: no file was imported."
    kept = _kept(paths, work, clearing) if clearing.needs_files else None
    report = clear_references(
        how.place.database,
        clearing,
        kept=kept,
        most=step.options["maxDisabled" if clearing.table == "learner" else "maxDeleted"],
        dry_run=how.dry_run,
        actor=how.actor,
        wait=how.patience.seconds,
        waiting=how.patience.tell,
    )
    if report.held:
        said = " ".join(report.held)
        raise UsageError(f"{said} Nothing was done. If that is right, raise the limit of <{step.name}>.")
    tracking = f", with {report.deleted:,} rows of tracking" if report.deleted else ""
    would = "would be" if how.dry_run else "are"
    said = f"{report.references:,} of {report.of:,} {noun} {would} {clearing.verb}{tracking}"
    return f"{said}, by run {report.run}. `milepost undo {report.run}` takes it back." if report.run else f"{said}."


def _files(work: ImportWork) -> dict[str, Path | None]:
    """The files of this import whose steps are to be done: where each is now; None for one that is gone."""
    found = {one.file: file_steps.place_of(one, work.what, work.how.place) for one in work.taken}
    if work.how.dry_run:
        new = (one.file for one in work.outcome.files if one.state in (FileState.IMPORTED, FileState.REPEATED))
        found |= {name: night_files.file_at(work.how.place.data, name) for name in new}
    return found


def _kept(paths: Mapping[str, Path | None], work: ImportWork, clearing: Clearing) -> pl.Series:
    """The ids of the rows that the files have. Raises UsageError or FileError if that cannot be known."""
    noun = f"{clearing.table}s"
    left = [one.file for one in work.outcome.files if one.state in KEPT]
    if left:
        raise UsageError(f"No {noun} are {clearing.verb}, because {listed(left, 'and')} was not imported.")
    action, ids = work.what.action, [pl.Series([], dtype=pl.Int64)]
    if action.kind is None:
        raise UsageError(f"No {noun} are {clearing.verb}: files of tracking do not say which ones stay.")
    for name, path in paths.items():
        if path is None:
            raise FileError(f"No {noun} are {clearing.verb}, because {name} is gone.", code="file-missing")
        job = action.job
        check = partial(load_file, action.kind, path, work.how.place.database, job.reading, job.parameters)
        report = check(fields=job.fields, dry_run=True, stored=ids.append)
        if report.rejected:
            rows = f"{report.rejected:,} row{'' if report.rejected == 1 else 's'}"
            raise UsageError(f"No {noun} are {clearing.verb}, because {rows} of {name} would be rejected.")
    return pl.concat(ids)
