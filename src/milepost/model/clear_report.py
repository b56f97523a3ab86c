"""Clearings: learners who are disabled, registrations and sessions that are deleted, each set by a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from milepost.model.job import Limit

CLEAR = "clear"
"""The kind of run."""


MOST = Limit(10, is_percentage=True)
"""How many of the rows are cleared at most, unless told otherwise."""


class Clearing(StrEnum):
    """Which rows of reference data are cleared."""

    UNREGISTERED_LEARNERS = "learners without registrations"
    """They are disabled."""
    LEARNERS_OF_ENDED_SESSIONS = "learners all of whose sessions have ended"
    """They are disabled."""
    OTHER_LEARNERS = "learners that are not in the files"
    """They are disabled."""
    OTHER_REGISTRATIONS = "registrations that are not in the files"
    """They are deleted with their tracking."""
    EMPTY_SESSIONS = "sessions without registrations"
    """They are deleted."""

    @property
    def table(self) -> str:
        """The table of the rows."""
        return _TABLES[self]

    @property
    def verb(self) -> str:
        """What becomes of the rows."""
        return "disabled" if self.table == "learner" else "deleted"

    @property
    def needs_files(self) -> bool:
        """Whether it must be known which rows some files have."""
        return self in (Clearing.OTHER_LEARNERS, Clearing.OTHER_REGISTRATIONS)


_TABLES: Mapping[Clearing, str] = MappingProxyType(
    {
        Clearing.UNREGISTERED_LEARNERS: "learner",
        Clearing.LEARNERS_OF_ENDED_SESSIONS: "learner",
        Clearing.OTHER_LEARNERS: "learner",
        Clearing.OTHER_REGISTRATIONS: "registration",
        Clearing.EMPTY_SESSIONS: "session",
    }
)


@dataclass(frozen=True, slots=True)
class ClearReport:
    """The result of a clearing. It names nobody."""

    run: int | None
    """The run's number; None for a check, and where there is nothing to do."""
    clearing: Clearing
    dry_run: bool
    references: int
    """Learners that are disabled, registrations or sessions that are deleted."""
    of: int
    """How many of these rows there are; disabled learners do not count."""
    deleted: int
    """Rows of tracking that are deleted with their registrations."""
    digest: str
    """Of the plan: 64 characters, for the argument `expect`."""
    held: tuple[str, ...]
    """Why nothing was done, if it would have passed the limit."""
    file: str
    """What the run is called in the record."""
    seconds: float
    started_at: datetime
