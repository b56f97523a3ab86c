"""The results of imports, undos, prunes and verifications, and the digest of a plan."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from milepost.model.exceptions import UsageError
from milepost.model.findings import Finding
from milepost.model.people import KeptReference, Renamed

_SHORT, _LONG = 16, 32
_FORM = re.compile(rf"[0-9a-f]{{{_SHORT + _SHORT + _LONG}}}")


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


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a run. `rows` is the sum of the six outcomes after it, and of `skipped`."""

    run: int | None
    """The run's number; None for a check."""
    file: str
    sha256: str
    dry_run: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    deleted: int
    superseded: int
    rejected: int
    findings: Mapping[str, int]
    """The number of rows with each code, the most frequent first."""
    seconds: float
    started_at: datetime
    """The start of the run, in UTC."""
    skipped: int = 0
    """Rows that `skipRows` names."""
    notes: tuple[str, ...] = ()
    """Other remarks, a sentence each."""
    examples: Mapping[str, Finding] = field(default_factory=dict)
    """The first finding of each code."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What the file calls the columns that it names otherwise."""
    changes: Changes = field(default_factory=Changes)
    """The changes of stored values."""
    digest: str | None = None
    """Of the plan: 64 characters, for the argument `expect`; None for a load that has no key of choice."""
    held: tuple[str, ...] = ()
    """The limits that the plan passes, a sentence each; nothing was written then."""
    mends: int | None = None
    """The run that rejected the rows, if the file is its rejects file."""
    kept: str | None = None
    """The id under which the check is kept."""
    references: int = 0
    """Rows of reference data that a load by a key of choice changed, and that an undo puts back."""
    renamed: tuple[Renamed, ...] = ()
    """The first identifiers that such a load changed."""


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
    examples: tuple[KeptRow, ...]
    """The first of the kept rows."""
    seconds: float
    started_at: datetime
    """In UTC."""
    references: int = 0
    """Rows of reference data that are as they were before the run, which renamed or merged."""
    kept_references: tuple[KeptReference, ...] = ()
    """Those that are kept as they are."""

    held: ClassVar[tuple[str, ...]] = ()
    """An undo has no limits."""


@dataclass(frozen=True, slots=True)
class PruneReport:
    """The result of a prune."""

    dry_run: bool
    before: datetime
    """Runs that finished before this instant, in UTC, are pruned."""
    runs: tuple[int, ...]
    changes: int
    """The number of former rows in their journal."""
    lost: tuple[int, ...]
    """The runs that can no longer be undone because of this prune."""


@dataclass(frozen=True, slots=True)
class VacuumReport:
    """The result of a vacuum."""

    dry_run: bool
    files: int
    """The number of files that nothing names any more."""


@dataclass(frozen=True, slots=True)
class CopyReport:
    """The result of a copy of a store."""

    rows: Mapping[str, int]
    """The number of rows of each table."""


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
    skipped: int = 0
    """Lines that `skipRows` names."""
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
    erased: int = 0
    """Rows that were erased with the people that they were about."""
    references: int = 0
    """Rows of reference data that the run, a rename or a merge, changed."""
    references_changed: int = 0
    """Those of them that are no longer as the run left them: by a later run, a load, or another program."""

    @property
    def is_sound(self) -> bool:
        """Whether every row, and every line of the file, is accounted for."""
        is_explained = not self.differing and not self.missing and not self.surplus
        return is_explained and (self.file is None or self.file.is_accounted_for)


@dataclass(frozen=True, slots=True)
class Digest:
    """What a plan depends on, in 64 characters. Its parts are concatenated, so a mismatch names its part."""

    file: str
    """Of the file's bytes: the first 16 digits of their SHA-256."""
    configuration: str
    """Of the settings, as XML: the first 16 digits of their SHA-256."""
    plan: str
    """Of the outcome of each line: the first 32 digits."""

    @classmethod
    def parse(cls, text: str) -> Digest:
        """The digest in `text`; raises UsageError if it has none."""
        digits = text.strip().casefold()
        if not _FORM.fullmatch(digits):
            raise UsageError(
                f'"{text}" is not the digest of a plan: that has 64 digits from 0 to f. Copy it from `milepost check`.'
            )
        return cls(digits[:_SHORT], digits[_SHORT : 2 * _SHORT], digits[2 * _SHORT :])

    @classmethod
    def of(cls, file_sha256: str, configuration: str, plan_sha256: str) -> Digest:
        """The digest of a file (by its SHA-256), of a configuration (as XML), and of a plan (by its SHA-256)."""
        return cls(file_sha256[:_SHORT], configuration_part(configuration), plan_sha256[:_LONG])

    def __str__(self) -> str:
        return self.file + self.configuration + self.plan


def configuration_part(configuration: str) -> str:
    return hashlib.sha256(configuration.encode()).hexdigest()[:_SHORT]


@dataclass(frozen=True, slots=True)
class UnpivotReport:
    """What `unpivot_file` did."""

    file: str
    """The name of the file, without its folder."""
    rows: int
    """The records that were read."""
    columns: int
    """The columns that became rows."""
    written: int
    """The rows that were written."""
    left_out: int
    """The cells without a value that were left out."""
    notes: tuple[str, ...]
