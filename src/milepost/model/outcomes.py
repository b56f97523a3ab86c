"""What becomes of the rows of a file, by name. Apart from `model.job`, so that the command line starts at once."""

from __future__ import annotations

OUTCOMES = ("created", "updated", "unchanged", "deleted", "superseded", "rejected")
"""What becomes of a row: each row has one of these, and the counts of a report go by these names."""

COUNTS = ("rows", *OUTCOMES)
"""The names of all counts of a report, in the order in which they are told."""

UNDONE = ("created", "updated", "deleted")
"""What becomes of a row that an undo puts back."""
