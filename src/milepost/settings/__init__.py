"""From XML, options and plain values to a `Job` or an `ExportJob`, and back to XML; every mistake with its line.

The names below are imported on first use, so that the command line reads the table without the XML library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from milepost.settings.jobs import Checked, check, export_job, job
    from milepost.settings.writing import write, write_export

__all__ = ["Checked", "check", "export_job", "job", "write", "write_export"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the names are of every kind
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "writing" if name.startswith("write") else "jobs"
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)
