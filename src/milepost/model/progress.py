"""How far a run has come, as it tells whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int | None], None]
"""Called with a phase, how much of it is done, and how much there is of it; None where that is not known."""

READING = "reading"
"""The file is read; what is done is counted in bytes, or in rows of a table."""
PLANNING = "planning"
STORING = "storing"
COMMITTING = "committing"
"""The last phase. An interruption before it undoes everything; once it has begun, the run is as good as done."""
