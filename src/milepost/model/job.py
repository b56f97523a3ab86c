"""Imports: what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from types import MappingProxyType

from milepost.model.columns import STORED, Column, Kind, Status
from milepost.model.datetime_format import DateTimeFormat


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
    header_row: int = 1
    """The line of the header, or the first one after it that is not blank; lines above are not read."""
    skip_rows: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Headers as written, or columns, each with texts: a row that has one of them in that cell is skipped."""
    pad_short_rows: bool = False
    """Whether records that are too short are filled with empty cells."""
    raw: bool = False
    """Whether texts of a delimited file keep an apostrophe that protects them from being read as formulas."""


class ProgressionUnit(StrEnum):
    """The progression of a learner who has completed everything, without a percent sign."""

    PERCENT = "percent"
    """100."""
    FRACTION = "fraction"
    """1."""


EITHER = "either"
"""The decimal separator of a file that has both: each number shows its own, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """How text becomes values."""

    date_time_format: DateTimeFormat = field(default_factory=lambda: DateTimeFormat.parse("YYYY-MM-DD hh:ii:ss"))
    time_zone: str = "UTC"
    """The TZ database zone of the file's local times."""
    default_time: time = time()
    """The local time of a value that has only a date."""
    time_global_format: TimeFormat = TimeFormat.RAW_SECONDS
    progression_unit: ProgressionUnit = ProgressionUnit.PERCENT
    default_score_max: int = 100
    decimal: str = "."
    """The decimal separator: `.`, `,` or EITHER."""
    thousands: str = ""
    """The separator of thousands: `,`, `.`, a blank (any of three) or an apostrophe; empty: none."""
    status_words: Mapping[Status, str] = field(default_factory=dict)
    """The file's words for statuses, several separated by `|`; a status without an entry has its own name."""
    null_markers: tuple[str, ...] = ()
    """Texts that mean an empty cell, in any column."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By column: texts of cells, and the texts that they are read as; an empty text makes the cell empty."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """By column: the text of an empty cell, and of every row if the file lacks the column."""


class CompletionDefault(StrEnum):
    """The first completion of a completed row if the row gives none and none is stored."""

    NOW = "now"
    """The instant at which the run began."""
    LAST_ACCESS = "lastAccess"
    """The row's last access, else NOW."""
    NONE = "none"


class MergeRule(StrEnum):
    """The value to store if the row is stored already. A new row gets the file's value."""

    REPLACE = "replace"
    """The file's value, as without a rule."""
    HIGHEST = "highest"
    LOWEST = "lowest"
    EARLIEST = "earliest"
    LATEST = "latest"
    FURTHEST = "furthest"
    """The status that is later in STATUS_ORDER."""
    FILL = "fill"
    """The stored value, or the file's if the stored row has none."""
    KEEP = "keep"
    """The stored value, even if the stored row has none."""


class RowRule(StrEnum):
    """The rows of a file that are merged."""

    ALWAYS = "always"
    NEWER = "newer"
    """Only those whose last access is not earlier than the stored one."""


STATUS_ORDER = (Status.NOT_ATTEMPTED, Status.BROWSED, Status.INCOMPLETE, Status.FAILED, Status.COMPLETED, Status.PASSED)
"""The order of statuses for FURTHEST, the least first."""

_EVERYWHERE = (MergeRule.REPLACE, MergeRule.FILL, MergeRule.KEEP)
_NUMERIC = (*_EVERYWHERE, MergeRule.HIGHEST, MergeRule.LOWEST)
_BY_KIND = {
    Kind.DATETIME: (*_EVERYWHERE, MergeRule.EARLIEST, MergeRule.LATEST),
    Kind.STATUS: (*_EVERYWHERE, MergeRule.FURTHEST),
    Kind.NUMBER: _NUMERIC,
    Kind.INTEGER: _NUMERIC,
    Kind.DURATION: _NUMERIC,
}

RULES = MappingProxyType({column.name: _BY_KIND.get(column.kind, _EVERYWHERE) for column, _ in STORED.values()})
"""The possible rules of each of VALUE_COLUMNS."""


class Limited(StrEnum):
    """The outcomes and changes that can have a limit."""

    REJECTED = "rejected"
    DELETED = "deleted"
    REGRESSED = "regressed"
    RESET = "reset"
    CHANGED = "changed"
    SHRUNK = "shrunk"
    """Rows that the file has fewer than the last one that was imported with the same configuration."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest allowed number of rows, or percentage of the file's rows."""

    number: float
    is_percentage: bool = False

    def allows(self, rows: int, of: int) -> bool:
        """Whether `rows`, out of `of` rows of the file, are within the limit."""
        return rows * 100 <= self.number * of if self.is_percentage else rows <= self.number

    def __str__(self) -> str:
        return f"{self.number:g}%" if self.is_percentage else f"{self.number:.0f}"


MEMORY = 400_000_000
"""The bytes of data that a run holds, unless told otherwise."""


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
    completion_default: CompletionDefault = CompletionDefault.NOW
    merge: Mapping[str, MergeRule] = field(default_factory=dict)
    """How the file's value and the stored one are combined, by column; REPLACE for columns without an entry."""
    row_rule: RowRule = RowRule.ALWAYS
    """Which rows of the file are merged with stored ones."""
    former: bool = False
    """Whether what learners, sessions and learning objects were known by before they were renamed or merged counts."""
    limits: Mapping[Limited, Limit] = field(default_factory=dict)
    """The import is held if it would pass one of these."""
    min_rows: int = 0
    """The import is held if the file has fewer rows, skipped ones not counted."""
    memory: int = MEMORY
    """The most bytes of data that the run holds, the program itself not counted. It changes no result."""
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
    """The columns without values, in canonical order."""
    defaulted: tuple[Column, ...] = ()
    """The unused columns that have a default."""
    skips: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """The positions of cells, each with the folded texts with which a row is skipped."""
    joined: Mapping[Column, tuple[int, ...]] = field(default_factory=dict)
    """The date columns whose text is in several cells: their positions, in order."""
    has_header: bool = True
    """Whether the first record is the header."""
    added: int = 0
    """The number of cells at the end of every record that a rejects file added."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that have values."""
        return (*self.positions, *self.defaulted)

    @property
    def width(self) -> int:
        """The number of cells that a record must have."""
        return len(self.header)
