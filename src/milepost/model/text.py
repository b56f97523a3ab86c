"""Text comparison, in NFC and *without letter case* (`str.casefold`); numbers and instants as text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

import polars as pl

WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters with the Unicode property White_Space, as Polars strips them. `str.strip` strips four more."""

_INSIGNIFICANT = str.maketrans(dict.fromkeys(WHITE_SPACE + "_-"))


def fold(text: str) -> str:
    """The form in which log-in names, e-mails and GUIDs are compared."""
    return unicodedata.normalize("NFC", text).casefold()


def bare(name: str) -> str:
    """The form in which column names and status words are compared: `fold` without white space, `_` and `-`."""
    return unicodedata.normalize("NFC", fold(name)).translate(_INSIGNIFICANT)


def key(text: str) -> str:
    """The form in which whole cells are compared with texts of settings: `fold` without surrounding white space."""
    return fold(text.strip(WHITE_SPACE))


def words(text: str) -> tuple[str, ...]:
    """The words of a text that separates them by `|`; `\\|` is one. Empty ones are left out."""
    parts = (part.replace("\\|", "|").strip(WHITE_SPACE) for part in re.split(r"(?<!\\)\|", text))
    return tuple(part for part in parts if part)


def joined(parts: Iterable[str]) -> str:
    """The text of which `words` makes these parts."""
    return "|".join(part.replace("|", "\\|") for part in parts)


def fold_all(texts: pl.Series) -> pl.Series:
    """`fold` of every text of a String series; null stays null."""
    if texts.str.len_bytes().sum() == texts.str.len_chars().sum():
        # For ASCII, lower case is casefold.
        return texts.str.to_lowercase()
    distinct = texts.drop_nulls().unique()
    return texts.replace_strict(distinct, pl.Series([fold(one) for one in distinct], dtype=pl.String), default=None)


def plain_decimal(numbers: pl.Series) -> pl.Series:
    """The shortest decimal that reads back as each float, without an exponent; whole numbers without a point."""
    text = numbers.cast(pl.String).str.strip_suffix(".0").replace("-0", "0")
    scientific = text.filter(text.str.contains("e", literal=True)).unique().to_list()
    return text.replace(scientific, [f"{Decimal(one):f}" for one in scientific]) if scientific else text


def without_percent(texts: pl.Series) -> pl.Series:
    """The numbers of percentages such as `28.5%`, as plain decimals: `0.285`."""
    shown = texts.drop_nulls().unique()
    return texts.replace(shown, [f"{Decimal(text.removesuffix('%')).scaleb(-2).normalize():f}" for text in shown])


def utc_text(instant: pl.Expr | str) -> pl.Expr:
    """Instants, in seconds since 1970-01-01T00:00:00Z, as `YYYY-MM-DD hh:ii:ss` in UTC; null stays null."""
    return pl.from_epoch(instant, time_unit="s").dt.strftime("%Y-%m-%d %H:%M:%S")


def sentence(template: str, *parts: pl.Expr | str) -> pl.Expr:
    """`template` with each `{}` replaced by the next part, an expression or a column; null where a part is null.

    Like `pl.format`, which panics when the first chunk of a column is empty: pola-rs/polars#25339.
    """
    texts = template.split("{}")
    filled: list[pl.Expr | str] = [pl.lit(texts[0])]
    for part, following in zip(parts, texts[1:], strict=True):
        filled += [part, pl.lit(following)]
    return pl.concat_str(filled)
