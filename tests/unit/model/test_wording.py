"""Names in messages: characters that cannot be seen are spelt out."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from milepost.model.wording import in_quotes, quoted, spelt


def test_spaces_and_format_characters_are_spelt_out() -> None:
    signs = map(chr, range(sys.maxunicode + 1))
    hidden = [sign for sign in signs if unicodedata.category(sign) in {"Cf", "Zl", "Zp", "Zs"} and sign != " "]
    assert [sign for sign in hidden if not spelt(sign).startswith(("\\u", "\\U"))] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Spring\u00a02024", "Spring\\u00a02024"),
        ("\ufeffscore", "\\ufeffscore"),
        ("a\u200bb\u00adc", "a\\u200bb\\u00adc"),
        ("\U000e0041", "\\U000e0041"),
        ("Été 2024, Ελλάδα", "Été 2024, Ελλάδα"),
    ],
)
def test_names_in_messages(text: str, said: str) -> None:
    assert spelt(text) == said
    assert quoted([text]) == in_quotes(text) == f'"{said}"'
