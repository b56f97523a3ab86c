"""The kinds of changes of stored values, and limits on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ChangeKind(StrEnum):
    """The kind of a change of one stored value: the first that fits."""

    DELETION = "deletion"
    """The whole row is deleted."""
    RESET = "reset"
    """The value becomes empty, or its default, because the file lacks the column or the cell is empty."""
    REGRESSION = "regression"
    """Completed becomes not completed; a lower progression, score or time spent; a later first completion; an earlier
    last access."""
    CHANGE = "change"
    """Any other change."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The number of changes of a run to stored values. Created rows do not count."""

    rows: Mapping[ChangeKind, int] = field(default_factory=dict)
    """The number of rows with at least one change of each kind; all kinds are present."""
    fields: Mapping[ChangeKind, Mapping[str, int]] = field(default_factory=dict)
    """The same for each column of an import file; kinds and columns without changes are absent."""


class Limited(StrEnum):
    """The outcomes and changes that can have a limit."""

    REJECTED = "rejected"
    DELETED = "deleted"
    REGRESSED = "regressed"
    RESET = "reset"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest allowed number of rows, or percentage of the file's rows."""

    number: float
    is_percentage: bool = False

    def allows(self, rows: int, of: int) -> bool:
        """Whether `rows`, out of `of` rows of the file, are within the limit."""
        return rows * 100 <= self.number * of if self.is_percentage else rows <= self.number

    def __str__(self) -> str:
        return f"{self.number:g}%" if self.is_percentage else f"{self.number:.0f}"
