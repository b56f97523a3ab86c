"""Milepost imports consolidated tracking into a learning record store.

The public names, and nothing else. They are imported when first used, so that the command line starts at once.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from milepost.model.release import __version__ as __version__

if TYPE_CHECKING:
    from milepost.model.clear_report import Clearing as Clearing
    from milepost.model.clear_report import ClearReport as ClearReport
    from milepost.model.columns import Status as Status
    from milepost.model.datetime_format import DateTimeFormat as DateTimeFormat
    from milepost.model.exceptions import ConfigurationError as ConfigurationError
    from milepost.model.exceptions import ExpectationError as ExpectationError
    from milepost.model.exceptions import FileError as FileError
    from milepost.model.exceptions import MilepostError as MilepostError
    from milepost.model.exceptions import Mistake as Mistake
    from milepost.model.exceptions import StoreError as StoreError
    from milepost.model.exceptions import TransferError as TransferError
    from milepost.model.exceptions import UsageError as UsageError
    from milepost.model.export import Appearance as Appearance
    from milepost.model.export import ExportJob as ExportJob
    from milepost.model.export import Filters as Filters
    from milepost.model.export import Period as Period
    from milepost.model.export import PeriodMode as PeriodMode
    from milepost.model.export import Provider as Provider
    from milepost.model.export import Scale as Scale
    from milepost.model.file_formats import FileFormat as FileFormat
    from milepost.model.findings import Finding as Finding
    from milepost.model.findings import Level as Level
    from milepost.model.history import Event as Event
    from milepost.model.history import EventKind as EventKind
    from milepost.model.history import RowHistory as RowHistory
    from milepost.model.history import Run as Run
    from milepost.model.history import RunRecord as RunRecord
    from milepost.model.history import State as State
    from milepost.model.job import Job as Job
    from milepost.model.job import Limit as Limit
    from milepost.model.job import Limited as Limited
    from milepost.model.job import Mode as Mode
    from milepost.model.job import Parameters as Parameters
    from milepost.model.job import Reading as Reading
    from milepost.model.job import TimeFormat as TimeFormat
    from milepost.model.people import EraseReport as EraseReport
    from milepost.model.people import KeptReference as KeptReference
    from milepost.model.people import MergedRow as MergedRow
    from milepost.model.people import Pair as Pair
    from milepost.model.people import PeopleReport as PeopleReport
    from milepost.model.people import Renamed as Renamed
    from milepost.model.people import TimeRule as TimeRule
    from milepost.model.reports import ChangeKind as ChangeKind
    from milepost.model.reports import Changes as Changes
    from milepost.model.reports import CopyReport as CopyReport
    from milepost.model.reports import DifferingRow as DifferingRow
    from milepost.model.reports import KeptRow as KeptRow
    from milepost.model.reports import PruneReport as PruneReport
    from milepost.model.reports import Reason as Reason
    from milepost.model.reports import Report as Report
    from milepost.model.reports import UndoReport as UndoReport
    from milepost.model.reports import UnpivotReport as UnpivotReport
    from milepost.model.reports import VacuumReport as VacuumReport
    from milepost.model.reports import Verification as Verification
    from milepost.model.reports import VerifiedFile as VerifiedFile
    from milepost.reading.exporting import export as export
    from milepost.reading.exporting import export_tracking as export_tracking
    from milepost.reading.exporting import registrations as registrations
    from milepost.reading.row_history import show as show
    from milepost.reading.runs import read_changes as read_changes
    from milepost.reading.runs import read_findings as read_findings
    from milepost.reading.runs import read_run as read_run
    from milepost.reading.runs import runs as runs
    from milepost.settings import job as _job
    from milepost.use_cases.clearing import clear_references as clear_references
    from milepost.use_cases.copying import copy_store as copy_store
    from milepost.use_cases.erasing import erase_people as erase_people
    from milepost.use_cases.importing import import_file as import_file
    from milepost.use_cases.kept import KeptCheck as KeptCheck
    from milepost.use_cases.kept import Page as Page
    from milepost.use_cases.kept import kept_check as kept_check
    from milepost.use_cases.kept import kept_checks as kept_checks
    from milepost.use_cases.kept import sweep_checks as sweep_checks
    from milepost.use_cases.loading import load_file as load_file
    from milepost.use_cases.merging import merge_pairs as merge_pairs
    from milepost.use_cases.renaming import rename_learners as rename_learners
    from milepost.use_cases.undoing import prune_runs as prune_runs
    from milepost.use_cases.undoing import undo_run as undo_run
    from milepost.use_cases.unpivoting import unpivot_file as unpivot_file
    from milepost.use_cases.vacuuming import vacuum_store as vacuum_store
    from milepost.use_cases.verifying import verify_run as verify_run

    configure, read_history, undo = _job, show, undo_run


_NAMES = {
    "model.clear_report": "Clearing ClearReport",
    "model.columns": "Status",
    "model.datetime_format": "DateTimeFormat",
    "model.exceptions": (
        "ConfigurationError ExpectationError FileError MilepostError Mistake StoreError TransferError UsageError"
    ),
    "model.export": "Appearance ExportJob Filters Period PeriodMode Provider Scale",
    "model.file_formats": "FileFormat",
    "model.findings": "Finding Level",
    "model.history": "Event EventKind RowHistory Run RunRecord State",
    "model.job": "Job Limit Limited Mode Parameters Reading TimeFormat",
    "model.people": "EraseReport KeptReference MergedRow Pair PeopleReport Renamed TimeRule",
    "model.reports": (
        "ChangeKind Changes CopyReport DifferingRow KeptRow PruneReport Reason Report UndoReport UnpivotReport "
        "VacuumReport Verification VerifiedFile"
    ),
    "reading.exporting": "export export_tracking registrations",
    "reading.row_history": "read_history show",
    "reading.runs": "read_changes read_findings read_run runs",
    "settings": "configure",
    "use_cases.erasing": "erase_people",
    "use_cases.clearing": "clear_references",
    "use_cases.copying": "copy_store",
    "use_cases.importing": "import_file",
    "use_cases.loading": "load_file",
    "use_cases.merging": "merge_pairs",
    "use_cases.renaming": "rename_learners",
    "use_cases.undoing": "prune_runs undo undo_run",
    "use_cases.vacuuming": "vacuum_store",
    "use_cases.verifying": "verify_run",
    "use_cases.kept": "KeptCheck Page kept_check kept_checks sweep_checks",
    "use_cases.unpivoting": "unpivot_file",
}
"""The public names, by the modules that have them."""
_RENAMED = {"configure": "job", "read_history": "show", "undo": "undo_run"}
"""Public names that the module has under another name."""
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = [*sorted(_HOMES)]


@functools.cache
def __getattr__(name: str) -> Any:  # noqa: ANN401 - the names are of every kind
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), _RENAMED.get(name, name))
    return found if isinstance(found, type) else _without_panics(found, name)


def _without_panics(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function under that name; a panic of a library, which is no Exception, becomes a MilepostError."""

    @functools.wraps(function)
    def call(*arguments: object, **named: object) -> object:
        try:
            return function(*arguments, **named)
        except BaseException as error:
            from milepost.model.exceptions import MilepostError, is_panic

            if is_panic(error):
                raise MilepostError(f"This is a bug in Milepost: {error}. Please report it.", code="bug") from error
            raise

    # By these it is pickled.
    call.__module__, call.__qualname__ = __name__, name
    return call


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
