"""Texts that a spreadsheet would run as formulas: in delimited text an apostrophe protects them, until it is read."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

FORMULA = r"^'*[=+\-@]"
"""Matches a formula, with or without apostrophes before it."""
NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)?$"
"""Matches a number, which may begin like a formula."""
_FIRST = r"^['=+\-@]"
_DEFUSED = r"^'('*[=+\-@])"


def defused(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows, with an apostrophe before each text that a spreadsheet would run as a formula."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String()]
    # Few columns need it, and checking the first character is cheap.
    found = rows.select(pl.col(name).str.contains(_FIRST).any() for name in texts)
    return rows.with_columns(
        pl.when(pl.col(name).str.contains(FORMULA) & ~pl.col(name).str.contains(NUMBER))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
        if found[name][0]
    )


def may_hold_defused(records: bytes) -> bool:
    """False only if `restored` changes no cell of these records of a delimited file."""
    return b"'" in records and _perhaps_defused(records) is not None


def restored(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, all of text, from which `defused` made these: without one apostrophe."""
    # Few columns need it, and checking the first character is cheap.
    begin = rows.select(pl.all().str.starts_with("'").any()).row(0)
    names = [name for name, found in zip(rows.columns, begin, strict=True) if found]
    return rows.with_columns(pl.col(name).str.replace(_DEFUSED, "$1") for name in names)


def defused_cells(cells: Iterable[str]) -> tuple[str, ...]:
    """`defused` for the cells of a single record."""
    return tuple(f"'{cell}" if _is_formula(cell) and not _is_number(cell) else cell for cell in cells)


def restored_cells(cells: Iterable[str]) -> tuple[str, ...]:
    """`restored` for the cells of a single record."""
    return tuple(cell[1:] if _is_defused(cell) else cell for cell in cells)


_is_formula = re.compile(FORMULA).match
_is_number = re.compile(NUMBER.removesuffix("$")).fullmatch
# Quotes are no part of a cell: one may end between an apostrophe and the character after it.
_perhaps_defused = re.compile(rb"'\"*[=+\-@]").search
_is_defused = re.compile(_DEFUSED).match
