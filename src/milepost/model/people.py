"""Renames, merges and erasures: what they are asked to do, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from milepost.model.history import Values

RENAME = "rename"
MERGE = "merge"
ERASE = "erase"
"""The kinds of run."""


class TimeRule(StrEnum):
    """The time spent of two rows that are merged."""

    ADD = "add"
    """The sum of both."""
    HIGHEST = "highest"
    """The higher one."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two names: the old and the new one of a rename; what is merged, and into what."""

    first: str
    second: str
    line: int = 1
    """The line of the file of pairs."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """One identifier that changes."""

    line: int
    login: str
    """The log-in name of the learner before."""
    column: str
    """As an import file names it."""
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MergedRow:
    """One row of tracking that a merge touches: the rows that become one, and that one."""

    line: int
    candidateLogin: str | None  # noqa: N815 - the names of an import file
    sessionGuid: str | None  # noqa: N815
    trainingPathCode: str | None  # noqa: N815
    lovCode: str | None  # noqa: N815
    """Where the row is afterwards; a learning object without a code goes by its GUID."""
    before: tuple[tuple[str, Values], ...]
    """Each row that was there, with the name of what it belonged to; the one that stays is the first."""
    after: Values


@dataclass(frozen=True, slots=True)
class PeopleReport:
    """The result of a rename or a merge. `rows` is the sum of the four counts after it, which are rows of tracking."""

    run: int | None
    """The run's number; None for a check."""
    kind: str
    """`rename` or `merge`."""
    entity: str
    """What is renamed or merged: `learner`, `session` or `lov`."""
    file: str
    """What the run is called in the record; it names nobody."""
    dry_run: bool
    pairs: int
    rows: int
    created: int
    updated: int
    unchanged: int
    deleted: int
    references: int
    """Rows of reference data that are changed: learners, registrations, sessions, learning objects, contents."""
    digest: str
    """Of the plan: 64 characters, for the argument `expect`."""
    sha256: str
    """Of the pairs."""
    renamed: tuple[Renamed, ...]
    """The first identifiers that change."""
    merged: tuple[MergedRow, ...]
    """The first rows of tracking that are merged."""
    notes: tuple[str, ...]
    seconds: float
    started_at: datetime

    held: ClassVar[tuple[str, ...]] = ()
    """A rename or a merge has no limits."""


@dataclass(frozen=True, slots=True)
class EraseReport:
    """The result of an erasure. It names nobody."""

    run: int | None
    """The run's number; None for a check."""
    dry_run: bool
    people: int
    file: str
    """What the run is called in the record."""
    counts: Mapping[str, int]
    """How many rows there are, or were, about them: learners, registrations, tracking, former rows."""
    findings: int
    """Findings that quoted them; 0 for a check, as are the next four."""
    records: int
    """Records of runs that quoted them."""
    files: int
    """Files of the data folder that were deleted or rewritten."""
    freed: int
    """Bytes that the store takes less."""
    remaining: tuple[str, ...]
    """What an erasure cannot reach, a sentence each."""
    seconds: float
    started_at: datetime

    held: ClassVar[tuple[str, ...]] = ()
    """An erasure has no limits."""


@dataclass(frozen=True, slots=True)
class KeptReference:
    """A row of reference data that an undo leaves as it is."""

    entity: str
    """The table of the row."""
    name: str
    """What identifies it."""
    reason: str
    """`written`, `deleted`, `gone` or `taken`: another row has its identifier by now."""
    run: int | None
    """The run that changed it since, if one did."""
