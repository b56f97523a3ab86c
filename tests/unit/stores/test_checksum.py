"""The number over a tracking row, against one that is worked out number by number."""

from __future__ import annotations

import struct

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from milepost.model.columns import Status
from milepost.model.tracked import SCHEMA
from milepost.stores.checksum import checksums

whole = st.integers(-(2**62), 2**62)
real = st.floats(allow_nan=False, allow_infinity=False)
rows = st.tuples(
    st.integers(1, 2**31 - 1),
    st.integers(1, 2**31 - 1),
    st.none() | whole,
    st.none() | whole,
    st.none() | whole,
    real,
    st.sampled_from([status.value for status in Status]),
    st.integers(0, 2**31 - 1),
    st.none() | real,
    st.none() | st.integers(1, 2**31 - 1),
)


def naively(row: tuple[object, ...]) -> int:
    """The sum of one row."""
    total = 0
    for value in row:
        if value is None:
            bits = 0x6A09E667F3BCC908
        elif isinstance(value, str):
            bits = [status.value for status in Status].index(value)
        elif isinstance(value, float):
            (bits,) = struct.unpack("<Q", struct.pack("<d", value + 0.0))
        else:
            assert isinstance(value, int)
            bits = value % 2**64
        total = (total ^ bits) * 0x9E3779B97F4A7C15 % 2**64
        total ^= total >> 32
    return total - 2**64 if total >= 2**63 else total


@given(st.lists(rows, max_size=20))
def test_the_sum_of_a_row_is_what_its_description_says(found: list[tuple[object, ...]]) -> None:
    frame = pl.DataFrame(found, schema=SCHEMA, orient="row")
    assert checksums(frame).to_list() == [naively(row) for row in found]
    assert checksums(frame).dtype == pl.Int64()


def test_the_sum_never_changes() -> None:
    row = (1, 2, None, 1700000000, 1700000000, 100.0, "completed", 3600, 87.5, 100)
    assert checksums(pl.DataFrame([row], schema=SCHEMA, orient="row")).to_list() == [-1460651866976888119]


@given(st.lists(rows, min_size=1, max_size=5), st.data())
def test_a_row_with_another_value_has_another_sum(found: list[tuple[object, ...]], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 9))
    other = data.draw(rows)[place]
    row = found[0]
    if other == row[place]:
        return
    both = [row, (*row[:place], other, *row[place + 1 :])]
    first, second = checksums(pl.DataFrame(both, schema=SCHEMA, orient="row"))
    assert first != second
