"""What an import does to what is stored: the kinds of changes, and the limits that can be set to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ChangeKind(StrEnum):
    """What a change does to one stored value. Each change has one kind: the first that fits."""

    DELETION = "deletion"
    """The whole row goes."""
    RESET = "reset"
    """The value becomes empty, or its default, because the file has no such column or an empty cell."""
    REGRESSION = "regression"
    """Completed becomes not completed; a lower progression, score or time spent; a later first completion; an earlier
    last access."""
    CHANGE = "change"
    """Another value."""


@dataclass(frozen=True, slots=True)
class Changes:
    """How much of what is stored a run changes. Rows that it creates are no changes."""

    rows: Mapping[ChangeKind, int] = field(default_factory=dict)
    """How many rows have at least one change of each kind, every kind among them."""
    fields: Mapping[ChangeKind, Mapping[str, int]] = field(default_factory=dict)
    """The same for each column of an import file; kinds and columns without changes are left out."""


class Limited(StrEnum):
    """What can have a limit."""

    REJECTED = "rejected"
    DELETED = "deleted"
    REGRESSED = "regressed"
    RESET = "reset"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Limit:
    """The most rows that may be so: a number of them, or a share of the file's rows."""

    number: float
    is_percentage: bool = False

    def allows(self, rows: int, of: int) -> bool:
        """Whether so many `rows`, `of` all that the file has, stay within the limit."""
        return rows * 100 <= self.number * of if self.is_percentage else rows <= self.number

    def __str__(self) -> str:
        return f"{self.number:g}%" if self.is_percentage else f"{self.number:.0f}"
