"""The result of a verification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DifferingRow:
    """A row that differs from what its run wrote, though no later run has written it."""

    candidateLogin: str | None  # noqa: N815 - the names of an import file
    trainingPathCode: str | None  # noqa: N815
    sessionTitle: str | None  # noqa: N815
    lovCode: str | None  # noqa: N815
    line: int
    """The line of the run's file."""


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """The lines of the file that a run imported, by outcome."""

    name: str
    sha256: str
    is_same: bool
    """Whether the bytes are those that the run read; if not, all counts are 0."""
    rows: int = 0
    written: int = 0
    """Lines that wrote a row or deleted one."""
    found: int = 0
    """Lines that were rejected or superseded."""
    unchanged: int = 0
    """Lines that changed nothing, by the count of the run."""
    unaccounted: int = 0
    """Lines that are not in the record."""
    unaccounted_among: tuple[int, ...] = ()
    """The first lines without a row or a finding, if there are more of them than unchanged rows."""
    contradicted: int = 0
    """Lines that the run counted as unchanged, and that have a row or a finding."""
    foreign: int = 0
    """Lines in the record that the file lacks."""

    @property
    def is_accounted_for(self) -> bool:
        """Whether it is the imported file, and each of its lines has an outcome."""
        return self.is_same and not self.unaccounted and not self.contradicted and not self.foreign


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the rows that a run wrote are unchanged.

    `written` and `surplus` together are the sum of the four counts between them and of `changed_since`.
    """

    run: int
    written: int
    """The number of rows that the run created or updated."""
    standing: int
    """Rows that are as the run wrote them."""
    unknown: int
    """Rows that no later run has written, and that have no checksum, since they are older than checksums."""
    differing: int
    """Rows that no later run has written, and whose values differ."""
    missing: int
    """Rows that are missing without a record: deleted by no run, or changed by a run that was pruned."""
    surplus: int
    """The number of rows that name the run as writer, beyond those that it wrote."""
    changed_since: Mapping[int, int]
    """The number of rows that each later run has written or deleted."""
    examples: tuple[DifferingRow, ...]
    """The first of the differing rows."""
    file: VerifiedFile | None
    verified_at: datetime
    """In UTC."""

    @property
    def is_sound(self) -> bool:
        """Whether every row, and every line of the file, is accounted for."""
        is_explained = not self.differing and not self.missing and not self.surplus
        return is_explained and (self.file is None or self.file.is_accounted_for)
