"""One batch on its way into the staging table: folded texts, new GUIDs, and what its own cells say."""

from __future__ import annotations

import os

import polars as pl

from milepost.model.batch import unreadable
from milepost.model.findings import CODES, LONGEST_VALUE
from milepost.model.text import fold_all, sentence, utc_text
from milepost.steps.load.staging import MADE_GUID, Staging, asked, key_of


def rows(stage: Staging, values: pl.DataFrame) -> pl.DataFrame:
    """The rows of `stage.lines` that the typed `values` of a batch make."""
    columns: list[pl.Series | pl.Expr] = [values["line"]]
    for column in stage.kind.columns:
        name = column.column.name
        if name in stage.used:
            columns.append(values[name])
            if column.folded:
                columns.append(fold_all(values[name]).alias(key_of(name)))
    for reference in stage.kind.references:
        names = [identifier.column.name for identifier in stage.identifiers(reference)]
        is_given = pl.any_horizontal(pl.col(name).is_not_null() for name in names)
        is_unreadable = pl.any_horizontal(unreadable(name) for name in names)
        columns.append((is_given & ~is_unreadable).cast(pl.Int64).alias(asked(reference)))
    if MADE_GUID in stage.lines.c:
        columns.append(new_guids(values.height).alias(MADE_GUID))
    return values.select(columns)


def new_guids(count: int) -> pl.Series:
    """That many random GUIDs (UUID version 4)."""
    if not count:
        return pl.Series([], dtype=pl.String)
    digits = pl.Series("digits", [os.urandom(16 * count).hex("|", -16)]).str.split("|").explode()
    variant = (
        pl.col("digits").str.slice(16, 1).replace_strict({f"{number:x}": "89ab"[number % 4] for number in range(16)})
    )
    part = pl.col("digits").str.slice
    return (
        digits.to_frame()
        .select(sentence("{}-{}-4{}-{}{}-{}", part(0, 8), part(8, 4), part(13, 3), variant, part(17, 3), part(20, 12)))
        .to_series()
    )


def findings(stage: Staging, values: pl.DataFrame) -> pl.DataFrame:
    """What a line lacks, and dates that contradict each other; schema `model.batch.FINDINGS`."""
    found = []
    for name in stage.kind.required:
        empty = values.filter(pl.col(name).is_null() & ~pl.col(unreadable(name)))
        found.append(_findings(empty, "mandatory-field-empty", name))
    for reference in stage.kind.references:
        if reference.missing is not None:
            names = [identifier.column.name for identifier in stage.identifiers(reference)]
            given = pl.any_horizontal(pl.col(name).is_not_null() | pl.col(unreadable(name)) for name in names)
            found.append(_findings(values.filter(~given), reference.missing, None))
    if stage.kind.in_order is not None and stage.used.issuperset(stage.kind.in_order):
        first, second = stage.kind.in_order
        found.append(_out_of_order(values.filter(pl.col(second) < pl.col(first)), first, second))
    return pl.concat(found)


def _out_of_order(values: pl.DataFrame, first: str, second: str) -> pl.DataFrame:
    hint = sentence(f"{second} is before {first}, {{}}", utc_text(first))
    return _findings(values, "dates-out-of-order", second, value=utc_text(second), hint=hint)


def _findings(
    values: pl.DataFrame, code: str, column: str | None, value: pl.Expr | None = None, hint: pl.Expr | None = None
) -> pl.DataFrame:
    nothing = pl.lit(None, pl.String)
    return values.select(
        line="line",
        code=pl.lit(code),
        column=pl.lit(column, pl.String),
        value=(nothing if value is None else value).str.slice(0, LONGEST_VALUE),
        message=pl.lit(CODES[code].message.format(column=column)),
        hint=nothing if hint is None else hint,
    )
