"""The names of outcomes. Apart from `model.job`, which would slow down the start of the command line."""

from __future__ import annotations

OUTCOMES = ("created", "updated", "unchanged", "deleted", "superseded", "rejected")
"""The outcomes of a row. Each row has one; the counts of a report have these names."""

COUNTS = ("rows", *OUTCOMES)
"""The names of all counts of a report, in the order of display."""

UNDONE = ("created", "updated", "deleted")
"""The outcomes of a row that an undo restores."""
