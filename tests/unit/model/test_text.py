"""Texts as columns have them."""

from __future__ import annotations

import polars as pl
import pytest

from milepost.model.likeness import joined, words
from milepost.model.text import sentence


@pytest.mark.parametrize("template", ["{}", "a {}", "{} b", "a {} b {}"])
def test_a_sentence_is_filled_in_whatever_chunks_a_column_has(template: str) -> None:
    chunks = pl.concat([pl.Series("text", ["x", "y"]), pl.Series("text", ["z", None])], rechunk=False)
    later = pl.DataFrame({"text": chunks}).filter(pl.Series([False, False, True, True]))
    # With an empty chunk before the others, `pl.format` panics.
    assert later["text"].chunk_lengths() == [0, 2]
    parts: tuple[pl.Expr | str, ...] = ("text", pl.lit(7))
    filled = later.select(sentence(template, *parts[: template.count("{}")])).to_series().to_list()
    assert filled == [template.format("z", 7), None]


def test_words_are_separated_by_vertical_lines() -> None:
    assert words(r" - |N/A||a\|b|\ | c\d") == ("-", "N/A", "a|b", "\\", "c\\d")
    assert words(joined(("a|b", "c", "|"))) == ("a|b", "c", "|")
    assert words(" | ") == ()
