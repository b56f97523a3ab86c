"""The frames that the steps exchange. Each holds a bounded number of records, never the whole file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import polars as pl

from milepost.model.columns import CellType
from milepost.model.datetime_format import DateTimeFormat


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file: the line on which it begins, from 1, and its cells, unchanged."""

    line: int
    cells: tuple[str, ...]


RAGGED = MappingProxyType({"line": pl.Int64(), "cells": pl.List(pl.String())})
"""The schema of records without a common width: where each begins, and its cells, unchanged."""


def ragged_frame(records: Iterable[Record] = ()) -> pl.DataFrame:
    """Records with schema RAGGED."""
    return pl.DataFrame([(one.line, one.cells) for one in records], schema=dict(RAGGED), orient="row")


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of a file, without those whose cells are all empty."""

    cells: pl.DataFrame
    """`line` (Int64, ascending: the line where the record begins, as an editor shows it), then one String column
    per cell, named by its place: `0`, `1`, …; the text as in the file, empty for empty cells, never null."""
    types: pl.DataFrame | None = None
    """For spreadsheets and tables: the `CellType` of each cell in `0`, `1`, …; None if all cells are text."""
    ragged: pl.DataFrame = field(default_factory=ragged_frame)
    """The records with more or fewer cells than the header, which are not in `cells`; schema RAGGED. Their lines
    ascend and interleave with those of `cells`."""
    origins: pl.DataFrame | None = None
    """For a rejects file: the origins of those records that name one; schema ORIGINS."""

    @property
    def rows(self) -> int:
        """The number of records, ragged ones included."""
        return self.cells.height + self.ragged.height

    def filtered(self, kept: pl.Series, ragged: pl.DataFrame) -> Batch:
        """The batch with the records of `cells` for which `kept` is true, and with those of `ragged`."""
        types = None if self.types is None else self.types.filter(kept)
        return replace(self, cells=self.cells.filter(kept), types=types, ragged=ragged)


ORIGINS = MappingProxyType({"line": pl.Int64(), "source_line": pl.Int64(), "run": pl.Int64(), "codes": pl.String()})
"""The schema of origins: `line` was line `source_line` of the file of `run`, which rejected it with `codes`."""

_TEXTS: dict[str, pl.DataType] = dict.fromkeys(("code", "column", "value", "message", "hint"), pl.String())
FINDINGS = MappingProxyType({"line": pl.Int64(), **_TEXTS})
"""The schema of a frame of findings: the fields of `model.findings.Finding`."""


RECORDED = MappingProxyType({"line": pl.Int64(), "place": pl.Int64(), "level": pl.String(), **_TEXTS})
"""The schema of recorded findings; `place` orders those of a line."""


def with_dates_alone(text: pl.Expr, kind: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Cells and their types; a date at midnight is a date. A column of dates beside one of times has them in pandas."""
    is_midnight = (kind == CellType.DATETIME) & text.str.ends_with(" 00:00:00")
    alone = pl.when(is_midnight).then(pl.lit(CellType.DATE.value)).otherwise(kind)
    return pl.when(is_midnight).then(text.str.head(10)).otherwise(text), alone


def clock(seconds: pl.Expr) -> pl.Expr:
    """Seconds of a day (as text) as HH:MM:SS, rounded down; other texts stay."""
    number = seconds.cast(pl.Float64, strict=False)
    time = pl.from_epoch(number.cast(pl.Int64), time_unit="s").dt.strftime("%H:%M:%S")
    return pl.when(number.is_between(0, 86_400, closed="left")).then(time).otherwise(seconds)


def clock_beside_text(seconds: pl.Expr, form: DateTimeFormat) -> pl.Expr:
    """The same as a date format has it that is to read it, after a date that is text."""
    time = clock(seconds)
    return time if any("SS" in one.tokens for one in form.alternatives) else time.str.strip_suffix(":00")


def with_blanks(texts: Sequence[pl.Expr]) -> pl.Expr:
    """The texts that are not null, with blanks between them."""
    return pl.concat_str(texts, separator=" ", ignore_nulls=True)


def dated(parts: Sequence[tuple[pl.Expr, pl.Expr]]) -> pl.Expr:
    """The date of a typed cell, and the times beside it, as they are read without a format.

    `parts` are cells, null where they are empty, and their types.
    """
    dates = [pl.when(kind == CellType.DATE).then(text) for text, kind in parts]
    times = [
        pl.when(kind == CellType.DURATION)
        .then(clock(text))
        .when(kind != CellType.DATE)
        .then(text.str.replace("^([0-9]{1,2}:[0-9]{2})$", "${1}:00"))
        for text, kind in parts
    ]
    return with_blanks([*dates, *times])


def no_findings() -> pl.DataFrame:
    """No rows with schema FINDINGS."""
    return _NO_FINDINGS


_NO_FINDINGS = pl.DataFrame(schema=dict(FINDINGS))


def unreadable(column: str) -> str:
    """The name of the Boolean column that is true where the cell of `column` has an error."""
    return f"{column}!"


@dataclass(frozen=True, slots=True)
class Interpreted:
    """The typed values of a batch's records, without the ragged ones."""

    values: pl.DataFrame
    """`line`, then for every used column NAME: `NAME` of its kind's type, null where the cell is empty or
    unreadable, and `NAME!` (Boolean), true where it is unreadable."""
    texts: pl.DataFrame
    """`line`, then every used column NAME as in the file, without surrounding white space; null where empty."""
    findings: pl.DataFrame
    """Errors and warnings about single cells; schema FINDINGS."""
