"""The progress of a run, and its phases."""

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
