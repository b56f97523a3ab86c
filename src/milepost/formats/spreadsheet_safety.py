"""Texts that a spreadsheet would run as formulas: in delimited text an apostrophe protects them, until it is read."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

_HIDDEN = "\x00-\x08\x0b\x0c\x0e-\x20\x7f-\xa0\u200b\ufeff"
"""Characters before a formula that a program may pass over: control characters and blanks."""
_PLACE = r"(^|[,;|\t\r\n])"
"""Where a formula may begin: with its cell, or after a sign that another program takes for the end of a cell."""
_BEGIN = f"('*[{_HIDDEN}]*[=+\\-@\uff1d\uff0b\uff0d\uff20])"
FORMULA = _PLACE + _BEGIN
"""Matches the beginning of a formula, with or without apostrophes before it."""
NUMBER = r"^ *[+-]?[0-9]+([.,][0-9]+)?$"
"""Matches a number, which may begin like a formula."""
_DEFUSED = f"{_PLACE}'{_BEGIN}"


def defused(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows, with an apostrophe before each text that a spreadsheet would run as a formula."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String()]
    # Few columns need it.
    found = rows.select(pl.col(name).str.contains(FORMULA).any() for name in texts)
    return rows.with_columns(
        pl.when(pl.col(name).str.contains(NUMBER))
        .then(pl.col(name))
        .otherwise(pl.col(name).str.replace_all(FORMULA, "${1}'${2}"))
        .alias(name)
        for name in texts
        if found[name][0]
    )


def may_hold_defused(records: bytes) -> bool:
    """False only if `restored` changes no cell of these records of a delimited file."""
    return b"'" in records and _perhaps_defused(records) is not None


def restored(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, all of text, from which `defused` made these: without one apostrophe at each place."""
    # Few columns need it, and looking for one character is cheap.
    has = rows.select(pl.all().str.contains("'", literal=True).any()).row(0)
    names = [name for name, found in zip(rows.columns, has, strict=True) if found]
    return rows.with_columns(pl.col(name).str.replace_all(_DEFUSED, "${1}${2}") for name in names)


def defused_cells(cells: Iterable[str]) -> tuple[str, ...]:
    """`defused` for the cells of a single record."""
    return tuple(cell if _is_number(cell) else _formula(r"\1'\2", cell) for cell in cells)


def restored_cells(cells: Iterable[str]) -> tuple[str, ...]:
    """`restored` for the cells of a single record."""
    return tuple(_defused(r"\1\2", cell) for cell in cells)


_formula, _defused = re.compile(FORMULA).sub, re.compile(_DEFUSED).sub
_is_number = re.compile(NUMBER.removesuffix("$")).fullmatch
# Quotes are no part of a cell: one may end between an apostrophe and the character after it. The last three bytes begin
# the characters of the patterns that are not ASCII.
_perhaps_defused = re.compile(rb"""'["\x00-\x20\x7f]*+[=+\-@\xc2\xe2\xef]""").search
