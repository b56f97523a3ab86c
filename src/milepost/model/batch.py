"""What the steps hand to one another: a bounded number of records, never the whole file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import polars as pl


class CellType(StrEnum):
    """What a spreadsheet or a table says a cell holds. A CSV file has text alone."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    """The text is the shortest plain decimal with a point, whole numbers without one."""
    BOOLEAN = "boolean"
    """The text is TRUE or FALSE."""
    DATE = "date"
    """The text is YYYY-MM-DD: a date whose time is midnight."""
    DATETIME = "datetime"
    """The text is YYYY-MM-DD HH:MM:SS."""
    INSTANT = "date and time with a time zone"
    """The text is YYYY-MM-DD HH:MM:SSZ, in UTC."""
    DURATION = "duration"
    """The text is a number of seconds."""
    ERROR = "error"
    """The text is what the spreadsheet shows, such as #N/A."""


@dataclass(frozen=True, slots=True)
class Ragged:
    """A record whose number of cells is not the header's."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of a file. Records of empty cells are left out; ragged ones stand apart."""

    cells: pl.DataFrame
    """`line` (Int64, the line an editor shows where the record begins, ascending), then one String column
    per cell, named by its place: `0`, `1`, …; the text as it stands, never null, empty where the cell is."""
    types: pl.DataFrame | None = None
    """For spreadsheets: `0`, `1`, … with the `CellType` of each cell; None where everything is text."""
    ragged: tuple[Ragged, ...] = ()
    """In the order of their lines, which interleave with those of `cells`."""
    origins: pl.DataFrame | None = None
    """Of a rejects file: where its records come from, as far as they say it; schema ORIGINS."""

    @property
    def rows(self) -> int:
        """How many records the batch holds."""
        return self.cells.height + len(self.ragged)


ORIGINS = MappingProxyType({"line": pl.Int64(), "source_line": pl.Int64(), "run": pl.Int64(), "codes": pl.String()})
"""The schema of a frame of origins: which line of which run's file a line was, and the codes it was rejected with."""


FINDINGS = MappingProxyType(
    {
        "line": pl.Int64(),
        "code": pl.String(),
        "column": pl.String(),
        "value": pl.String(),
        "message": pl.String(),
        "hint": pl.String(),
    }
)
"""The schema of a frame of findings: the fields of `model.findings.Finding`."""


def no_findings() -> pl.DataFrame:
    """An empty frame of findings."""
    return pl.DataFrame(schema=dict(FINDINGS))


def unreadable(column: str) -> str:
    """The name of the Boolean column that says whether the cell of `column` has an error."""
    return f"{column}!"


@dataclass(frozen=True, slots=True)
class Interpreted:
    """The typed values of a batch's records, ragged ones left out."""

    values: pl.DataFrame
    """`line`, then for every used column NAME: `NAME` of its kind's type, null where the cell is empty or
    unreadable, and `NAME!` (Boolean), true where it is unreadable."""
    texts: pl.DataFrame
    """`line`, then every used column NAME as the file has it, without surrounding white space; null where empty."""
    findings: pl.DataFrame
    """What is wrong or noteworthy with single cells; schema FINDINGS."""
