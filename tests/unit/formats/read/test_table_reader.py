"""Tables in memory: typed cells come through exactly."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest

from milepost.model.exceptions import UsageError
from milepost.model.job import Reading
from unit.formats.reading import read

TABLE = pl.DataFrame(
    {
        "candidateLogin": ["a", None, "", " c"],
        "score": [1e20, -0.5, float("nan"), 1e-7],
        "scoreMax": [100, None, -1, 12345678901234567],
        "progression": [Decimal("1.50"), None, Decimal("2.00"), None],
        "lastAccessDate": [dt.datetime(2024, 1, 2), None, dt.datetime(2024, 1, 2, 3, 4, 5, 999_999), None],  # noqa: DTZ001
        "firstAccessDate": [dt.date(2024, 1, 2), None, dt.date(1899, 1, 1), None],
        "timeSpent": [dt.timedelta(hours=30), None, dt.timedelta(seconds=-1.5), None],
        "trackingStatus": [True, False, None, None],
        "ignoredColumn": [dt.time(1, 2, 3), None, None, None],
    }
)


def test_cells_become_text_with_their_types() -> None:
    result = read(TABLE)
    assert result.records == [
        (
            2,
            ("a", "100000000000000000000", "100", "1.5", "2024-01-02 00:00:00", "2024-01-02", "108000", "TRUE", "3723"),
        ),
        (3, ("", "-0.5", "", "", "", "", "", "FALSE", "")),
        (4, ("", "NaN", "-1", "2", "2024-01-02 03:04:05", "1899-01-01", "-1.5", "", "")),
        (5, (" c", "0.0000001", "12345678901234567", "", "", "", "", "", "")),
    ]
    assert result.types == [
        ("text", "number", "number", "number", "datetime", "date", "duration", "boolean", "duration"),
        ("empty", "number", "empty", "empty", "empty", "empty", "empty", "boolean", "empty"),
        ("empty", "error", "number", "number", "datetime", "date", "duration", "empty", "empty"),
        ("text", "number", "number", "empty", "empty", "empty", "empty", "empty", "empty"),
    ]
    assert result.name == "table"


def test_an_arrow_table_is_read_as_a_polars_frame_is() -> None:
    assert read(TABLE.to_arrow()).records == read(TABLE).records


def test_text_alone_has_no_types_and_the_digest_is_that_of_the_table_as_csv() -> None:
    table = pl.DataFrame({"candidateLogin": ["a", None, 'b"'], "lovCode": ["c", None, ""]})
    result = read(table, batch_rows=1)
    assert result.types == []
    assert result.records == [(2, ("a", "c")), (4, ('b"', ""))]
    csv = b'"candidateLogin","lovCode"\n"a","c"\n"",""\n"b""",""\n'
    assert result.sha256 == hashlib.sha256(csv).hexdigest()


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pl.Series("score", [[1]]), r'column "score" holds List\(Int64\), not single values'),
        (pl.Series("score", [b"x"]), 'column "score" holds Binary, not single values'),
        (
            pl.Series("score", [dt.datetime(2024, 1, 1, tzinfo=dt.UTC)]),
            'column "score" holds instants of the time zone UTC',
        ),
    ],
)
def test_columns_that_cannot_be_imported(column: pl.Series, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read(pl.DataFrame([column]))


def test_arrow_columns_of_one_name_are_refused() -> None:
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["lovCode", "lovCode"])
    with pytest.raises(UsageError, match="The table cannot be imported"):
        read(table)


def test_a_mapping_must_fit_the_table() -> None:
    reading = Reading(columns=("candidateLogin", "lovCode"), skip_first_line=False)
    assert read(pl.DataFrame({"x": ["1"], "y": ["2"]}), reading).records == [(2, ("1", "2"))]
    with pytest.raises(UsageError, match="The table has 1 columns, columnsMapping or fields names 2"):
        read(pl.DataFrame({"x": ["1"]}), reading)
