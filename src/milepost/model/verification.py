"""What a verification found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DifferingRow:
    """A row that is not as its run wrote it, though no other run has written it."""

    candidateLogin: str | None  # noqa: N815 - the names of an import file
    trainingPathCode: str | None  # noqa: N815
    sessionTitle: str | None  # noqa: N815
    lovCode: str | None  # noqa: N815
    line: int
    """The line of the run's file."""


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """What became of each line of the file that a run imported."""

    name: str
    sha256: str
    is_same: bool
    """Whether these are the bytes that the run has read; the rest is 0 when they are not."""
    rows: int = 0
    written: int = 0
    """Lines that wrote a row which stands, was changed since, or was deleted by the line."""
    found: int = 0
    """Lines that were rejected, or superseded by a later one."""
    unchanged: int = 0
    """Lines that the run counted as unchanged."""
    unaccounted: int = 0
    """Lines of which the record says nothing."""
    unaccounted_among: tuple[int, ...] = ()
    """The first lines of which it says nothing, when there are more of them than the run found unchanged."""
    contradicted: int = 0
    """Lines that the run counted as unchanged, and of which the record says otherwise."""
    foreign: int = 0
    """Lines on record that the file does not have."""

    @property
    def is_accounted_for(self) -> bool:
        """Whether it is the file that was imported, and the record explains each of its lines."""
        return self.is_same and not self.unaccounted and not self.contradicted and not self.foreign


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether what a run wrote still stands.

    `written` and `surplus` together are the sum of the four counts between them and of `changed_since`.
    """

    run: int
    written: int
    """How many rows the run created or updated."""
    standing: int
    """Rows that are as it wrote them."""
    unknown: int
    """Rows that no other run has written, and that have no checksum: they were written before there was one."""
    differing: int
    """Rows that no other run has written, and that have other values."""
    missing: int
    """Rows that no longer exist though no run has deleted them, or whose change is forgotten."""
    surplus: int
    """How many more rows name the run than it wrote."""
    changed_since: Mapping[int, int]
    """How many rows each later run has written or deleted."""
    examples: tuple[DifferingRow, ...]
    """The first of the rows with other values."""
    file: VerifiedFile | None
    verified_at: datetime
    """In UTC."""

    @property
    def is_sound(self) -> bool:
        """Whether everything is explained."""
        is_explained = not self.differing and not self.missing and not self.surplus
        return is_explained and (self.file is None or self.file.is_accounted_for)
