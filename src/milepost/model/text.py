"""How text is compared: in NFC, and *without letter case* as Python's `str.casefold` has it."""

from __future__ import annotations

import unicodedata

import polars as pl


def fold(text: str) -> str:
    """What is compared of a log-in name, an e-mail, a GUID."""
    return unicodedata.normalize("NFC", text).casefold()


def fold_all(texts: pl.Series) -> pl.Series:
    """`fold` of every text of a String series; null stays null."""
    if texts.str.len_bytes().sum() == texts.str.len_chars().sum():
        # Of ASCII letters, and of them alone, the lower case is the folded one everywhere.
        return texts.str.to_lowercase()
    distinct = texts.drop_nulls().unique()
    return texts.replace_strict(distinct, pl.Series([fold(one) for one in distinct], dtype=pl.String), default=None)
