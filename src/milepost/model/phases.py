"""The phases of a run, and the outcomes of its rows. They import nothing, so that the command line starts fast."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int | None], None]
"""Called with a phase, the amount done, and the total; None if the total is unknown."""

READING = "reading"
"""Reading the file; the amount is in bytes, or in rows of a table."""
PLANNING = "planning"
STORING = "storing"
COMMITTING = "committing"
"""The last phase. An interruption before it rolls everything back; during it, the run still completes."""

OUTCOMES = ("created", "updated", "unchanged", "deleted", "superseded", "skipped", "rejected")
"""The outcomes of a row. Each row has one; the counts of a report have these names."""

COUNTS = ("rows", *OUTCOMES)
"""The names of all counts of a report, in the order of display."""

UNDONE = ("created", "updated", "deleted")
"""The outcomes of a row that an undo restores."""
