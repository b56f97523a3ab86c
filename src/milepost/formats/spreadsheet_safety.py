"""Texts that a spreadsheet would run as formulas, and how they are written so that it does not."""

from __future__ import annotations

import polars as pl

FORMULA = r"^'*[=+\-@]"
"""Matches what a spreadsheet would take for a formula, as it is or once an apostrophe is taken away."""
NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)?$"
"""Matches what begins like a formula and is a number."""


def defused(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows; a text that a spreadsheet would take for a formula begins with one more apostrophe."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String()]
    return rows.with_columns(
        pl.when(pl.col(name).str.contains(FORMULA) & ~pl.col(name).str.contains(NUMBER))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    )
