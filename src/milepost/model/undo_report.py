"""The results of an undo, and of a prune."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why an undo keeps a row as it is."""

    WRITTEN = "written"
    """A later run has written it."""
    DELETED = "deleted"
    """A later run has deleted it."""
    GONE = "gone"
    """Its registration or learning object no longer exists, so it cannot be restored."""


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row that an undo keeps as it is. Fields that are no longer known are None."""

    candidateLogin: str | None  # noqa: N815 - the names of an import file
    sessionGuid: str | None  # noqa: N815
    lovCode: str | None  # noqa: N815
    lovGuid: str | None  # noqa: N815
    line: int | None
    """The line of the undone run; None for a row that it created and that was written since."""
    reason: Reason
    run: int | None
    """The run that wrote or deleted it; None if no run did."""


@dataclass(frozen=True, slots=True)
class UndoReport:
    """The result of one undo. `rows` is the sum of the four counts after it."""

    run: int | None
    """The number of the undo, which is a run too; None for a check."""
    undoes: int
    """The run that was undone."""
    file: str
    """The file of that run."""
    dry_run: bool
    rows: int
    """The number of rows that the undone run had created, updated or deleted."""
    created: int
    """Rows that it had deleted, and that exist again."""
    updated: int
    """Rows that have their former values again."""
    deleted: int
    """Rows that it had created, and that are deleted again."""
    kept: int
    """Rows that are kept as they are."""
    examples: tuple[KeptRow, ...]
    """The first of the kept rows."""
    seconds: float
    started_at: datetime
    """In UTC."""

    @property
    def held(self) -> tuple[str, ...]:
        """Always empty: an undo has no limits."""
        return ()


@dataclass(frozen=True, slots=True)
class PruneReport:
    """The result of a prune."""

    dry_run: bool
    before: datetime
    """Runs that finished before this instant, in UTC, are pruned."""
    runs: tuple[int, ...]
    """The runs that were pruned."""
    changes: int
    """The number of former rows in their journal."""
    lost: tuple[int, ...]
    """The runs that can no longer be undone because of this prune."""
