"""What an import is asked to do, and what came of it."""

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
    """It resets it: the row in the file is the whole truth."""
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
    """How a file's bytes become cells, and which column each cell belongs to."""

    delimiter: str | None = None
    """One of `,` `|` `;` tab; None: detect it by the known names in the first line."""
    encoding: str = "utf-8"
    """A Python codec name; a byte-order mark beats it."""
    skip_first_line: bool = True
    """Whether the first record is a header."""
    columns: tuple[str, ...] | None = None
    """The column of each cell, in order (`columnsMapping`); None: the header says it."""
    header_map: Mapping[str, str] = field(default_factory=dict)
    """Header names as written, to the column each means."""
    header_ignore: frozenset[str] = frozenset()
    """Header names as written that are skipped."""
    sheet: str | None = None
    """The sheet of a spreadsheet; None: the first."""
    raw: bool = False
    """Whether texts of a delimited file keep the apostrophe that keeps spreadsheets from taking them for formulas."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """How text becomes values."""

    date_time_format: DateTimeFormat = field(default_factory=lambda: DateTimeFormat.parse("YYYY-MM-DD hh:ii:ss"))
    time_zone: str = "UTC"
    """The TZ database zone in which the file's local times are read."""
    default_time: time = time()
    """The local time of a value that holds only a date."""
    time_global_format: TimeFormat = TimeFormat.RAW_SECONDS
    default_score_max: int = 100
    decimal: str = "."
    """The decimal separator, `.` or `,`."""
    status_words: Mapping[Status, str] = field(default_factory=dict)
    """The file's own word for a status; a status without an entry goes by its own name."""


@dataclass(frozen=True, slots=True)
class Job:
    """A whole import: how to read, how to understand, what to do."""

    reading: Reading = field(default_factory=Reading)
    parameters: Parameters = field(default_factory=Parameters)
    fields: tuple[str, ...] | None = None
    """The columns that the action uses, in their order; None: all of the file's."""
    mandatory: frozenset[str] = frozenset()
    """The columns that must not be empty in any row."""
    mode: Mode = Mode.REPLACE
    merge: Mapping[str, MergeRule] = field(default_factory=dict)
    """How a file's value and a stored one become one, by the name of the column; REPLACE where it is not said."""
    row_rule: RowRule = RowRule.ALWAYS
    """Which rows of the file are merged with stored ones."""
    limits: Mapping[Limited, Limit] = field(default_factory=dict)
    """What the import may do at the most; it is held when it would do more."""
    notes: tuple[str, ...] = ()
    """What the configuration holds that an import passes over, a sentence each."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which cell of a record is which column of the vocabulary."""

    header: tuple[str, ...]
    """What the file calls its columns, or the mapped names where it has no header; for the rejects file."""
    positions: Mapping[Column, int]
    """The columns that are used, in canonical order, to the place of their cell (0-based)."""
    lacking: tuple[str, ...] = ()
    """The vocabulary's columns that are not used, in canonical order."""

    @property
    def width(self) -> int:
        """How many cells a record must have."""
        return len(self.header)


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one run. `rows` is the sum of the six outcomes that follow it."""

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
    """How many rows have each code, the most frequent first."""
    seconds: float
    started_at: datetime
    """The instant at which the run began, in UTC."""
    notes: tuple[str, ...] = ()
    """What else a reader should know, a sentence each."""
    examples: Mapping[str, Finding] = field(default_factory=dict)
    """The first finding of each code."""
    changes: Changes = field(default_factory=Changes)
    """What becomes of stored values."""
    digest: str | None = None
    """Of the plan: 64 characters that `import_file` takes as `expect`; None for a load."""
    held: tuple[str, ...] = ()
    """Which limits the plan passes, a sentence each; nothing was done then."""
    mends: int | None = None
    """The run that rejected the rows, when the file is its rejects file."""
    kept: str | None = None
    """The id under which the check is kept."""
