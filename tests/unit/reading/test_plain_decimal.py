"""How numbers are written in an export."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.model.text import plain_decimal


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (100.0, "100"),
        (78.5, "78.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-7, "0.0000001"),
        (0.0001, "0.0001"),
        (1e16, "10000000000000000"),
        (1e22, "10000000000000000000000"),
        (200819524726731.12, "200819524726731.12"),
        (None, None),
    ],
)
def test_a_number_is_its_shortest_plain_decimal(number: float | None, text: str | None) -> None:
    assert plain_decimal(pl.Series("score", [number], dtype=pl.Float64)).to_list() == [text]


@given(st.lists(st.floats(min_value=0, allow_nan=False, allow_infinity=False) | st.none()))
def test_every_number_reads_back_equal(numbers: list[float | None]) -> None:
    texts = plain_decimal(pl.Series("score", numbers, dtype=pl.Float64)).to_list()
    for number, text in zip(numbers, texts, strict=True):
        if number is None:
            assert text is None
        else:
            assert float(text) == number
            assert "e" not in text
            assert Decimal(text) == Decimal(repr(number))
            assert not text.endswith(".0")
