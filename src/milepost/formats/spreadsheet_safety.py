"""Texts that a spreadsheet would run as formulas: in delimited text an apostrophe protects them, until it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import polars as pl

_HIDDEN = '\x00-\x08\x0b\x0c\x0e-\x20"\x7f-\xa0\u200b\ufeff'
"""Characters before a formula that a program may pass over: control characters, blanks and quotes."""
_PLACE = r"(^|[,;|\t\r\n])"
"""Where a formula may begin: with its cell, or after a sign that another program takes for the end of a cell."""
_BEGIN = f"('*[{_HIDDEN}]*[=+\\-@\uff1d\uff0b\uff0d\uff20])"
FORMULA = _PLACE + _BEGIN
"""Matches the beginning of a formula, with or without apostrophes before it."""
NUMBER = r"^ *[+-]?[0-9]+([.,][0-9]+)?$"
"""Matches a number, which may begin like a formula."""
_DEFUSED = f"{_PLACE}'{_BEGIN}"


def quoted(rows: pl.DataFrame, delimiter: str) -> pl.DataFrame:
    """The cells of a delimited file, in quotes where it needs them.

    A formula behind another delimiter needs them too: a program of another locale would end the cell there.
    """
    needed = f'["\r\n{re.escape(delimiter)}]|[,;|\t]{_BEGIN}'

    def quote(text: pl.Expr) -> pl.Expr:
        inner = text.str.replace_all('"', '""', literal=True)
        return pl.when(text.str.contains(needed)).then(pl.concat_str(pl.lit('"'), inner, pl.lit('"'))).otherwise(text)

    return _with_texts(rows, needed, quote)


def defused(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows, with an apostrophe before each text that a spreadsheet would run as a formula."""
    return _with_texts(rows, FORMULA, _defuse)


def may_hold_defused(records: bytes) -> bool:
    """False only if `restored` changes no cell of these records of a delimited file."""
    return b"'" in records and _perhaps_defused(records) is not None


def restored(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows from which `defused` made these: without one apostrophe at each place."""
    return _with_texts(rows, "'", lambda text: text.str.replace_all(_DEFUSED, "${1}${2}"))


def _with_texts(rows: pl.DataFrame, sign: str, change: Callable[[pl.Expr], pl.Expr]) -> pl.DataFrame:
    """The rows with their texts changed, in columns where `sign` matches one, and in lists."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String()]
    lists = [name for name, kind in rows.schema.items() if kind == pl.List(pl.String())]
    # Few columns need it, and looking is cheap.
    found = rows.select(pl.col(name).str.contains(sign).any() for name in texts)
    return rows.with_columns(
        *(change(pl.col(name)).alias(name) for name in texts if found[name][0]),
        *(pl.col(name).list.eval(change(pl.element())) for name in lists),
    )


def _defuse(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains(NUMBER)).then(text).otherwise(text.str.replace_all(FORMULA, "${1}'${2}"))


def defused_cells(cells: Iterable[str]) -> tuple[str, ...]:
    """`defused` for the cells of a single record."""
    return tuple(cell if _is_number(cell) else _formula(r"\1'\2", cell) for cell in cells)


def restored_cells(cells: Iterable[str]) -> tuple[str, ...]:
    """`restored` for the cells of a single record."""
    return tuple(_defused(r"\1\2", cell) if "'" in cell else cell for cell in cells)


_formula, _defused = re.compile(FORMULA).sub, re.compile(_DEFUSED).sub
_is_number = re.compile(NUMBER.removesuffix("$")).fullmatch
# Quotes are no part of a cell: one may end between an apostrophe and the character after it. The last three bytes begin
# the characters of the patterns that are not ASCII.
_perhaps_defused = re.compile(rb"""'["\x00-\x20\x7f]*+[=+\-@\xc2\xe2\xef]""").search
