"""Milepost imports consolidated tracking into a learning record store.

The public names, and nothing else. They are imported when first used, so that the command line starts at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from milepost.model.columns import Status
    from milepost.model.datetime_format import DateTimeFormat
    from milepost.model.exceptions import (
        ConfigurationError,
        ExpectationError,
        FileError,
        MilepostError,
        Mistake,
        StoreError,
        UsageError,
    )
    from milepost.model.export import (
        Appearance,
        ExportJob,
        Filters,
        Period,
        PeriodMode,
        Provider,
        Scale,
    )
    from milepost.model.file_formats import FileFormat
    from milepost.model.findings import Finding, Level
    from milepost.model.history import Event, EventKind, RowHistory
    from milepost.model.job import Job, Limit, Limited, Mode, Parameters, Reading, TimeFormat
    from milepost.model.reports import (
        ChangeKind,
        Changes,
        DifferingRow,
        KeptRow,
        PruneReport,
        Reason,
        Report,
        UndoReport,
        UnpivotReport,
        Verification,
        VerifiedFile,
    )
    from milepost.reading.exporting import export, export_tracking, registrations
    from milepost.reading.row_history import show
    from milepost.reading.row_history import show as read_history
    from milepost.reading.runs import read_changes, read_findings, read_run, runs
    from milepost.settings import job as configure
    from milepost.use_cases import import_file, load_file, prune_runs, undo_run, verify_run
    from milepost.use_cases import undo_run as undo
    from milepost.use_cases.kept import KeptCheck, Page, kept_check, kept_checks, sweep_checks
    from milepost.use_cases.unpivoting import unpivot_file

__version__ = "0.1.0"

_HOMES = {
    "configure": ("milepost.settings", "job"),
    "read_changes": ("milepost.reading.runs", "read_changes"),
    "read_findings": ("milepost.reading.runs", "read_findings"),
    "read_run": ("milepost.reading.runs", "read_run"),
    "runs": ("milepost.reading.runs", "runs"),
    "Run": ("milepost.model.history", "Run"),
    "RunRecord": ("milepost.model.history", "RunRecord"),
    "State": ("milepost.model.history", "State"),
    "show": ("milepost.reading.row_history", "show"),
    "read_history": ("milepost.reading.row_history", "show"),
    "Event": ("milepost.model.history", "Event"),
    "EventKind": ("milepost.model.history", "EventKind"),
    "RowHistory": ("milepost.model.history", "RowHistory"),
    "export": ("milepost.reading.exporting", "export"),
    "export_tracking": ("milepost.reading.exporting", "export_tracking"),
    "registrations": ("milepost.reading.exporting", "registrations"),
    "Appearance": ("milepost.model.export", "Appearance"),
    "ExportJob": ("milepost.model.export", "ExportJob"),
    "FileFormat": ("milepost.model.file_formats", "FileFormat"),
    "Filters": ("milepost.model.export", "Filters"),
    "Period": ("milepost.model.export", "Period"),
    "PeriodMode": ("milepost.model.export", "PeriodMode"),
    "Provider": ("milepost.model.export", "Provider"),
    "Scale": ("milepost.model.export", "Scale"),
    "DateTimeFormat": ("milepost.model.datetime_format", "DateTimeFormat"),
    "ChangeKind": ("milepost.model.reports", "ChangeKind"),
    "Changes": ("milepost.model.reports", "Changes"),
    "ConfigurationError": ("milepost.model.exceptions", "ConfigurationError"),
    "ExpectationError": ("milepost.model.exceptions", "ExpectationError"),
    "FileError": ("milepost.model.exceptions", "FileError"),
    "MilepostError": ("milepost.model.exceptions", "MilepostError"),
    "Mistake": ("milepost.model.exceptions", "Mistake"),
    "StoreError": ("milepost.model.exceptions", "StoreError"),
    "UsageError": ("milepost.model.exceptions", "UsageError"),
    "Finding": ("milepost.model.findings", "Finding"),
    "Level": ("milepost.model.findings", "Level"),
    "Limit": ("milepost.model.job", "Limit"),
    "Limited": ("milepost.model.job", "Limited"),
    "Job": ("milepost.model.job", "Job"),
    "Mode": ("milepost.model.job", "Mode"),
    "Parameters": ("milepost.model.job", "Parameters"),
    "Reading": ("milepost.model.job", "Reading"),
    "Report": ("milepost.model.reports", "Report"),
    "TimeFormat": ("milepost.model.job", "TimeFormat"),
    "Status": ("milepost.model.columns", "Status"),
    "import_file": ("milepost.use_cases", "import_file"),
    "load_file": ("milepost.use_cases", "load_file"),
    "prune_runs": ("milepost.use_cases", "prune_runs"),
    "unpivot_file": ("milepost.use_cases.unpivoting", "unpivot_file"),
    "UnpivotReport": ("milepost.model.reports", "UnpivotReport"),
    "undo": ("milepost.use_cases", "undo_run"),
    "undo_run": ("milepost.use_cases", "undo_run"),
    "verify_run": ("milepost.use_cases", "verify_run"),
    "Verification": ("milepost.model.reports", "Verification"),
    "VerifiedFile": ("milepost.model.reports", "VerifiedFile"),
    "DifferingRow": ("milepost.model.reports", "DifferingRow"),
    "KeptRow": ("milepost.model.reports", "KeptRow"),
    "PruneReport": ("milepost.model.reports", "PruneReport"),
    "Reason": ("milepost.model.reports", "Reason"),
    "UndoReport": ("milepost.model.reports", "UndoReport"),
    "KeptCheck": ("milepost.use_cases.kept", "KeptCheck"),
    "Page": ("milepost.use_cases.kept", "Page"),
    "kept_check": ("milepost.use_cases.kept", "kept_check"),
    "kept_checks": ("milepost.use_cases.kept", "kept_checks"),
    "sweep_checks": ("milepost.use_cases.kept", "sweep_checks"),
}

__all__ = [
    "Appearance",
    "ChangeKind",
    "Changes",
    "ConfigurationError",
    "DateTimeFormat",
    "DifferingRow",
    "Event",
    "EventKind",
    "ExpectationError",
    "ExportJob",
    "FileError",
    "FileFormat",
    "Filters",
    "Finding",
    "Job",
    "KeptCheck",
    "KeptRow",
    "Level",
    "Limit",
    "Limited",
    "MilepostError",
    "Mistake",
    "Mode",
    "Page",
    "Parameters",
    "Period",
    "PeriodMode",
    "Provider",
    "PruneReport",
    "Reading",
    "Reason",
    "Report",
    "RowHistory",
    "Run",
    "RunRecord",
    "Scale",
    "State",
    "Status",
    "StoreError",
    "TimeFormat",
    "UndoReport",
    "UnpivotReport",
    "UsageError",
    "Verification",
    "VerifiedFile",
    "configure",
    "export",
    "export_tracking",
    "import_file",
    "kept_check",
    "kept_checks",
    "load_file",
    "prune_runs",
    "read_changes",
    "read_findings",
    "read_history",
    "read_run",
    "registrations",
    "runs",
    "show",
    "sweep_checks",
    "undo",
    "undo_run",
    "unpivot_file",
    "verify_run",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the names are of every kind
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
