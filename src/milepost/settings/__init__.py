"""From XML, options and plain values to a `Job` or an `ExportJob`, and back to XML; every mistake with its line.

The names below are imported on first use, so that the command line reads the table without the XML library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from milepost.settings.export_rules import format_of
    from milepost.settings.jobs import Checked, check, export_job, job
    from milepost.settings.writing import write, write_export

_HOMES = {
    **dict.fromkeys(("Checked", "check", "export_job", "job"), "jobs"),
    **dict.fromkeys(("write", "write_export"), "writing"),
    "format_of": "export_rules",
}

__all__ = ["Checked", "check", "export_job", "format_of", "job", "write", "write_export"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the names are of every kind
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
