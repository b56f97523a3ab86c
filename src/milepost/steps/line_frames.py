"""Frames of lines: which cells of a row are filled and readable, and the findings on lines.

Frames of rows have the columns of `Interpreted.values`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import cast

import polars as pl

from milepost.model.batch import FINDINGS, RECORDED, no_findings, unreadable
from milepost.model.columns import TRACKING, VALUE_COLUMNS
from milepost.model.findings import CODES, LONGEST_VALUE, RANK, Level
from milepost.model.tracked import TYPES
from milepost.model.wording import INVISIBLE, spelt

_PLACES_PER_CODE = 100


def complete(values: pl.DataFrame) -> pl.DataFrame:
    """`values` with every column of an import file; those that it lacks are null."""
    missing = [column for column in TRACKING.columns if column.name not in values.columns]
    return values.with_columns(
        *(pl.lit(None, TYPES[column.kind]).alias(column.name) for column in missing),
        *(pl.lit(value=False).alias(unreadable(column.name)) for column in missing),
    )


def has_value(*names: str) -> pl.Expr:
    """Whether any of the columns has a value that was read."""
    return pl.any_horizontal(pl.col(name).is_not_null() for name in names)


def is_filled(*names: str) -> pl.Expr:
    """Whether any of the cells is filled, readable or not."""
    return pl.any_horizontal(pl.col(name).is_not_null() | pl.col(unreadable(name)) for name in names)


def is_readable(*names: str) -> pl.Expr:
    """Whether none of the cells is unreadable."""
    return ~pl.any_horizontal(unreadable(name) for name in names)


def bits(flags: Iterable[pl.Expr]) -> pl.Expr:
    """Flags, one for each of VALUE_COLUMNS, as one number; the first flag is the lowest bit."""
    return pl.sum_horizontal(flag.cast(pl.Int64) * (1 << place) for place, flag in enumerate(flags))


def bit(column: str, name: str) -> pl.Expr:
    """The flag of the value column `name` in such numbers."""
    return (pl.col(column) // (1 << VALUE_COLUMNS.index(name))) % 2 == 1


def found_on(
    lines: pl.DataFrame,
    code: str,
    hint: pl.Expr | None = None,
    column: str | None = None,
    value: pl.Expr | None = None,
) -> pl.DataFrame:
    """One finding for each row of `lines`, which has `line` and what the expressions need; schema FINDINGS."""
    if lines.is_empty():
        return no_findings()
    nothing = pl.lit(None, pl.String)
    return lines.select(
        line="line",
        code=pl.lit(code),
        column=pl.lit(column, pl.String),
        value=(nothing if value is None else value).cast(pl.String).str.slice(0, LONGEST_VALUE),
        message=pl.lit(CODES[code].message.format(column=column)),
        hint=nothing if hint is None else hint,
    ).match_to_schema(FINDINGS)


def placed(findings: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """Findings (schema FINDINGS) sorted by line, then code, then the order of `columns`.

    Adds `place`, which orders the findings of a line, and `level`. Spells invisible characters in hints out.
    """
    if findings.is_empty():
        return pl.DataFrame(schema=dict(RECORDED))
    if findings["hint"].str.contains(INVISIBLE).any():
        invisible = findings["hint"].str.extract_all(INVISIBLE).explode().drop_nulls().unique()
        spelling = pl.col("hint").str.replace_many({sign: spelt(sign) for sign in invisible})
        findings = findings.with_columns(spelling)
    return findings.select(_placing(columns)).sort("line", "place")


@cache
def _placing(columns: tuple[str, ...]) -> Sequence[pl.Expr]:
    """The columns of RECORDED, for findings whose order goes by `columns`."""
    places = {name: place for place, name in enumerate(columns, start=1)}
    levels = {name: str(one.level) for name, one in CODES.items()}
    code = pl.col("code")
    place_of_column = pl.col("column").replace_strict(places, default=0, return_dtype=pl.Int64)
    place = code.replace_strict(dict(RANK), return_dtype=pl.Int64) * _PLACES_PER_CODE + place_of_column
    level = code.replace_strict(levels, return_dtype=pl.String)
    made = {"place": place.alias("place"), "level": level.alias("level")}
    return [made.get(name, pl.col(name)) for name in RECORDED]


def rejected_lines(findings: pl.DataFrame) -> pl.Series:
    """The distinct lines that have an error."""
    return findings["line"] if findings.is_empty() else findings.filter(_is_error())["line"].unique()


@cache
def _is_error() -> pl.Expr:
    return pl.col("code").is_in([name for name, code in CODES.items() if code.level is Level.ERROR])


def among(lines: pl.Series, known: pl.Series) -> pl.Series:
    """Whether each of `lines` is in `known`, which is sorted and may be much longer."""
    if lines.is_empty():
        return pl.Series(dtype=pl.Boolean)
    first, last = cast("int", lines.min()), cast("int", lines.max())
    start, end = known.search_sorted(first, side="left"), known.search_sorted(last, side="right")
    return lines.is_in(known[start:end].implode())
