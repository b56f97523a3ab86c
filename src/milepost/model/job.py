"""Imports: what to do, and the report of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from milepost.model.changes import Changes, Limit, Limited
from milepost.model.columns import Column
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.findings import Finding
from milepost.model.merging import MergeRule, RowRule
from milepost.model.status import Status


class Mode(StrEnum):
    """What an absent or empty cell does to a stored value."""

    REPLACE = "replace"
    """It resets it: the row in the file replaces the stored one."""
    PATCH = "patch"
    """It keeps it."""


class TimeFormat(StrEnum):
    """How a bare number in a duration column is read."""

    RAW_SECONDS = "rawSeconds"
    RAW_MINUTES = "rawMinutes"
    ISO_8601 = "iso-8601"
    PADDED = "padded"
    PADDED_HH = "paddedhh"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the bytes of a file become cells, and the column of each cell."""

    delimiter: str | None = None
    """One of `,` `|` `;` tab; None: detect it by the known names in the first line."""
    encoding: str = "utf-8"
    """A Python codec name; a byte-order mark overrides it."""
    skip_first_line: bool = True
    """Whether the first record is a header."""
    columns: tuple[str, ...] | None = None
    """The column of each cell, in order (`columnsMapping`); None: by the header."""
    header_map: Mapping[str, str] = field(default_factory=dict)
    """Header names as written, to columns."""
    header_ignore: frozenset[str] = frozenset()
    """Header names as written that are skipped."""
    sheet: str | None = None
    """The sheet of a spreadsheet; None: the first."""
    raw: bool = False
    """Whether texts of a delimited file keep an apostrophe that protects them from being read as formulas."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """How text becomes values."""

    date_time_format: DateTimeFormat = field(default_factory=lambda: DateTimeFormat.parse("YYYY-MM-DD hh:ii:ss"))
    time_zone: str = "UTC"
    """The TZ database zone of the file's local times."""
    default_time: time = time()
    """The local time of a value that has only a date."""
    time_global_format: TimeFormat = TimeFormat.RAW_SECONDS
    default_score_max: int = 100
    decimal: str = "."
    """The decimal separator, `.` or `,`."""
    status_words: Mapping[Status, str] = field(default_factory=dict)
    """The file's words for statuses; a status without an entry has its own name."""


@dataclass(frozen=True, slots=True)
class Job:
    """An import: how to read the file, how to interpret values, what to write."""

    reading: Reading = field(default_factory=Reading)
    parameters: Parameters = field(default_factory=Parameters)
    fields: tuple[str, ...] | None = None
    """The columns that the action uses, in their order; None: all of the file's."""
    mandatory: frozenset[str] = frozenset()
    """The columns that must not be empty in any row."""
    mode: Mode = Mode.REPLACE
    merge: Mapping[str, MergeRule] = field(default_factory=dict)
    """How the file's value and the stored one are combined, by column; REPLACE for columns without an entry."""
    row_rule: RowRule = RowRule.ALWAYS
    """Which rows of the file are merged with stored ones."""
    limits: Mapping[Limited, Limit] = field(default_factory=dict)
    """The import is held if it would pass one of these."""
    notes: tuple[str, ...] = ()
    """The parts of the configuration that an import passes over, a sentence each."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of the cells of a record."""

    header: tuple[str, ...]
    """The header of the file, or the mapped names if it has none; for the rejects file."""
    positions: Mapping[Column, int]
    """The used columns in canonical order, to the positions of their cells (0-based)."""
    lacking: tuple[str, ...] = ()
    """The unused columns, in canonical order."""

    @property
    def width(self) -> int:
        """The number of cells that a record must have."""
        return len(self.header)


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a run. `rows` is the sum of the six outcomes after it."""

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
    notes: tuple[str, ...] = ()
    """Other remarks, a sentence each."""
    examples: Mapping[str, Finding] = field(default_factory=dict)
    """The first finding of each code."""
    changes: Changes = field(default_factory=Changes)
    """The changes of stored values."""
    digest: str | None = None
    """Of the plan: 64 characters, for the argument `expect` of `import_file`; None for a load."""
    held: tuple[str, ...] = ()
    """The limits that the plan passes, a sentence each; nothing was written then."""
    mends: int | None = None
    """The run that rejected the rows, if the file is its rejects file."""
    kept: str | None = None
    """The id under which the check is kept."""
