"""Which texts quote a person, and the texts without that."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from milepost.model.text import fold_all

ERASED = "[erased]"
_SHORT = 5
"""A name or a reference number with fewer characters may mean anything, where nothing says what it is."""
_WORD = r"""[^\s\x00-\x1f",;|()<>']+"""
_CELL = r"""[^\x00-\x1f",;|<>]+"""
_QUOTED = r'"[^"]*"'
_AROUND = ".:;?!…“”\ufeff"


@dataclass(frozen=True, slots=True)
class Quoted:
    """What people are known by, folded."""

    exact: pl.Series
    """Log-in names, e-mails and GUIDs: they mean their person wherever they stand."""
    loose: pl.Series
    """Reference numbers and names: short ones mean their person in quotes alone."""

    @property
    def every(self) -> pl.Series:
        """All of them."""
        return pl.concat([self.exact, self.loose]).unique()

    @property
    def anywhere(self) -> pl.Series:
        """Those that are looked for as parts of texts."""
        return pl.concat([self.exact, self.loose.filter(self.loose.str.len_chars() >= _SHORT)]).unique()


def is_quoting(texts: pl.Series, quoted: Quoted) -> pl.Series:
    """Whether each text has one of the names: as its whole, in quotes, as a cell, or as a word."""
    folded = fold_all(texts.cast(pl.String))
    anywhere, every = quoted.anywhere.implode(), quoted.every.implode()
    frame = folded.alias("text").to_frame()
    found = frame.select(
        whole=pl.col("text").str.strip_chars().is_in(anywhere),
        word=_any(pl.col("text").str.extract_all(_WORD), _AROUND, anywhere),
        cell=_any(pl.col("text").str.extract_all(_CELL), " \ufeff", anywhere),
        quoted=_any(pl.col("text").str.extract_all(_QUOTED), '"', every),
    )
    is_hit = found.select(pl.any_horizontal(pl.all().fill_null(value=False))).to_series()
    return is_hit | _is_within(folded, quoted)


def _is_within(folded: pl.Series, quoted: Quoted) -> pl.Series:
    """Whether each text has one of the longer names between signs that are no letters and no digits."""
    names = quoted.anywhere.filter(quoted.anywhere.str.len_chars() >= _SHORT)
    nowhere = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(folded))
    if names.is_empty() or folded.is_empty():
        return nowhere
    may_be = folded.filter(folded.str.contains_any(names.implode()).fill_null(value=False)).unique()
    if may_be.is_empty():
        return nowhere
    pairs = (
        may_be.alias("text")
        .to_frame()
        .with_columns(name=pl.col("text").str.extract_many(names.implode(), overlapping=True).list.unique())
    )
    # Each text once: what is within a name of other letters is no hit.
    hits = {text for text, some in pairs.iter_rows() if any(_places(text, name) for name in some)}
    return folded.is_in(list(hits)).fill_null(value=False)


def _places(text: str, name: str) -> list[int]:
    """Where a text has a name that is no part of a longer word, and no name of an element of XML."""
    found, start = [], text.find(name)
    while start >= 0:
        end = start + len(name)
        before, after = text[:start], text[end : end + 1]
        if not (before[-1:].isalnum() or before.endswith(("<", "</")) or after.isalnum()):
            found.append(start)
        start = text.find(name, start + 1)
    return found


def _any(parts: pl.Expr, around: str, names: pl.Series) -> pl.Expr:
    return parts.list.eval(pl.element().str.strip_chars(around).is_in(names)).list.any()


def without(text: str, quoted: Quoted) -> str:
    """The text with ERASED in place of the longer names; all of it, if that leaves one of the others."""
    names = quoted.anywhere.filter(quoted.anywhere.str.len_chars() >= _SHORT)
    some = pl.Series([text.casefold()]).str.extract_many(names.implode(), overlapping=True)[0]
    for name in sorted(set(some), key=len, reverse=True):
        text = re.sub(rf"(?<![^\W_])(?<!<)(?<!</){re.escape(name)}(?![^\W_])", ERASED, text, flags=re.IGNORECASE)
    return ERASED if is_quoting(pl.Series([text]), quoted).any() else text
