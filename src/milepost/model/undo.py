"""What came of an undo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why an undo leaves a row as it is."""

    WRITTEN = "written"
    """A later run has written it."""
    DELETED = "deleted"
    """A later run has deleted it."""
    GONE = "gone"
    """Its registration or its learning object is there no more, so that it cannot be put back."""


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row that an undo leaves as it is. What is not known any more is None."""

    candidateLogin: str | None  # noqa: N815 - the names of an import file
    sessionGuid: str | None  # noqa: N815
    lovCode: str | None  # noqa: N815
    lovGuid: str | None  # noqa: N815
    line: int | None
    """The line of the run that is undone; None for a row that it created and that was written since."""
    reason: Reason
    run: int | None
    """The run that wrote or deleted it; None where no run did."""


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What came of one undo. `rows` is the sum of the four counts that follow it."""

    run: int | None
    """The number of the undo, which is a run of its own; None for a check."""
    undoes: int
    """The run that was undone."""
    file: str
    """The file of that run."""
    dry_run: bool
    rows: int
    """How many rows that run had created, updated or deleted."""
    created: int
    """Rows that it had deleted, and that are there again."""
    updated: int
    """Rows that have their former values again."""
    deleted: int
    """Rows that it had created, and that are gone again."""
    kept: int
    """Rows that are left as they are."""
    examples: tuple[KeptRow, ...]
    """The first of those."""
    seconds: float
    started_at: datetime
    """In UTC."""

    @property
    def held(self) -> tuple[str, ...]:
        """Why nothing is to be done: an undo has no limits."""
        return ()


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What came of pruning."""

    dry_run: bool
    before: datetime
    """Runs that finished before this instant, in UTC, are pruned."""
    runs: tuple[int, ...]
    """The runs that were pruned."""
    changes: int
    """How many rows were kept of them, as they had been before."""
    lost: tuple[int, ...]
    """The runs that could be undone until then, and no longer can."""
