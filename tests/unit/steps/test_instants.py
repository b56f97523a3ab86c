"""Dates that have all their digits are read by a parser of their own, which must agree with the one for all others."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.model.datetime_format import DateTimeFormat
from milepost.steps.interpret import instants

FORMATS = [
    "YYYY-MM-DD hh:ii:ss",
    "YYYY-MM-DD",
    "DD/MM/YYYY HH:II",
    "DD.MM.YYYY  HH:II:SS",
    "YYYYMMDD",
    "YYYYMMDDHHIISS",
    "HH:II:SS DD-MM-YYYY",
    "YYYY/MM/DDTHH:II:SS",
    "MM/DD/YYYY HH",
    "YYYYMMDD HHII",
]
PARTS = ["1", "9", "00", "01", "12", "13", "24", "28", "29", "30", "31", "59", "60", "61", "99"]
YEARS = ["0000", "0001", "1900", "1969", "2000", "2023", "2024", "2100", "9999", "24", "20244"]
NOTHING = st.sampled_from(["", "x", "-", "+", " ", "\u0661", "\n"])


@st.composite
def texts(draw: st.DrawFn, form: DateTimeFormat) -> str:
    """Texts that look like the format, or nearly so."""
    written = []
    for place, part in enumerate(form.parts):
        if place % 2:
            written.append(part if draw(st.integers(0, 9)) else draw(NOTHING))
        else:
            written.append(draw(st.sampled_from(YEARS if part == "YYYY" else PARTS)))
    return "".join(written) + (draw(NOTHING) if not draw(st.integers(0, 9)) else "")


def _quick(column: pl.Series, form: DateTimeFormat, default_seconds: int) -> pl.Series:
    read = instants._padded(pl.col("text"), form, default_seconds)
    return column.alias("text").to_frame().select(read).to_series()


@pytest.mark.parametrize("written", FORMATS)
@given(data=st.data())
def test_both_ways_to_read_a_date_agree(written: str, data: st.DataObject) -> None:
    form = DateTimeFormat.parse(written)
    column = pl.Series([*data.draw(st.lists(texts(form), min_size=1, max_size=30)), None], dtype=pl.String)
    exact = instants._matched(column, form, 8 * 3600)["local"].to_list()
    quick = _quick(column, form, 8 * 3600).to_list()
    assert [one for one in zip(quick, exact, strict=True) if one[0] not in (None, one[1])] == []


def test_every_day_is_read_alike() -> None:
    days = pl.date_range(pl.date(1899, 12, 30), pl.date(2101, 1, 2), eager=True)
    form = DateTimeFormat.parse("DD/MM/YYYY")
    column = days.dt.strftime("%d/%m/%Y")
    assert _quick(column, form, 0).to_list() == instants._matched(column, form, 0)["local"].to_list()
    assert _quick(column, form, 0).to_list() == (days.cast(pl.Int64) * 86_400).to_list()
