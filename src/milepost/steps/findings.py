"""The order of findings, and which of them reject their lines."""

from __future__ import annotations

import polars as pl

from milepost.model.findings import CODES, RANK, Level

_PLACES_PER_CODE = 100


def placed(findings: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """Findings (schema `model.batch.FINDINGS`) in their order, with `place`, which keeps it, and `level`.

    On one line, the order of codes comes first, then the order of `columns`.
    """
    places = {name: place for place, name in enumerate(columns, start=1)}
    levels = {name: str(one.level) for name, one in CODES.items()}
    code = pl.col("code")
    place_of_column = pl.col("column").replace_strict(places, default=0, return_dtype=pl.Int64)
    return findings.select(
        "line",
        place=code.replace_strict(dict(RANK), return_dtype=pl.Int64) * _PLACES_PER_CODE + place_of_column,
        level=code.replace_strict(levels, return_dtype=pl.String),
        code="code",
        column="column",
        value="value",
        message="message",
        hint="hint",
    ).sort("line", "place")


def rejected_lines(findings: pl.DataFrame) -> pl.Series:
    """The distinct lines that have an error."""
    errors = [name for name, code in CODES.items() if code.level is Level.ERROR]
    return findings.filter(pl.col("code").is_in(errors))["line"].unique()
