"""How text is compared: in NFC, and *without letter case* as Python's `str.casefold` has it; and numbers as text."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import polars as pl

WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters that Unicode calls White_Space: those that Polars strips. `str.strip` takes four more."""

_UNHEARD = str.maketrans(dict.fromkeys(WHITE_SPACE + "_-"))


def fold(text: str) -> str:
    """What is compared of a log-in name, an e-mail, a GUID."""
    return unicodedata.normalize("NFC", text).casefold()


def bare(name: str) -> str:
    """What is compared of a column's name or a status word: `fold` without white space, `_` and `-`."""
    return unicodedata.normalize("NFC", fold(name)).translate(_UNHEARD)


def fold_all(texts: pl.Series) -> pl.Series:
    """`fold` of every text of a String series; null stays null."""
    if texts.str.len_bytes().sum() == texts.str.len_chars().sum():
        # Of ASCII letters, and of them alone, the lower case is the folded one everywhere.
        return texts.str.to_lowercase()
    distinct = texts.drop_nulls().unique()
    return texts.replace_strict(distinct, pl.Series([fold(one) for one in distinct], dtype=pl.String), default=None)


_LARGEST_EXACT = 1e14
"""From here on, and below _SMALLEST_PLAIN, Polars' text of a float may hold an exponent or not be Python's."""
_SMALLEST_PLAIN = 1e-4


def plain_decimal(numbers: pl.Series) -> pl.Series:
    """The shortest plain decimal that reads back as each Float64: no exponent, whole numbers without a point."""
    size = numbers.abs()
    odd = ((size >= _LARGEST_EXACT) | ((size > 0) & (size < _SMALLEST_PLAIN))).fill_null(value=False)
    text = numbers.cast(pl.String).str.strip_suffix(".0").replace("-0", "0")
    distinct = numbers.filter(odd).unique()
    if distinct.is_empty():
        return text
    exact = pl.Series(distinct.name, [_exactly(number) for number in distinct], dtype=pl.String)
    return pl.select(
        pl.when(odd).then(numbers.replace_strict(distinct, exact, default=None)).otherwise(text).alias(numbers.name)
    ).to_series()


def utc_text(instant: pl.Expr | str) -> pl.Expr:
    """Instants, in seconds since 1970-01-01T00:00:00Z, as `YYYY-MM-DD hh:ii:ss` in UTC; null stays null."""
    return pl.from_epoch(instant, time_unit="s").dt.strftime("%Y-%m-%d %H:%M:%S")


def sentence(template: str, *parts: pl.Expr | str) -> pl.Expr:
    """`template` with the parts, expressions or names of columns, in place of each `{}`; null where one of them is.

    As `pl.format` is, which panics where the first chunk of a column is empty: pola-rs/polars#25339.
    """
    texts = template.split("{}")
    filled: list[pl.Expr | str] = [pl.lit(texts[0])]
    for part, following in zip(parts, texts[1:], strict=True):
        filled += [part, pl.lit(following)]
    return pl.concat_str(filled)


def _exactly(number: float) -> str:
    return format(Decimal(repr(number)), "f").removesuffix(".0")
