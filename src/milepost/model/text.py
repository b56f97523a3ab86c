"""Texts in frames: folded, and numbers and instants as texts."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from milepost.model.likeness import fold


def fold_all(texts: pl.Series) -> pl.Series:
    """`fold` of every text of a String series; null stays null."""
    if texts.null_count() == len(texts):
        return texts
    text = pl.col("text")
    is_ascii = (text.str.len_bytes() == text.str.len_chars()).all()
    lower = texts.alias("text").to_frame().select(pl.when(is_ascii).then(text.str.to_lowercase())).to_series()
    if lower.null_count() == texts.null_count():
        # For ASCII, lower case is casefold.
        return lower.alias(texts.name)
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
