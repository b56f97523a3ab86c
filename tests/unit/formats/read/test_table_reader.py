"""Tables in memory: typed cells come through exactly."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pyarrow as pa
import pytest

from milepost.formats.read import table_reader
from milepost.model.columns import CellType
from milepost.model.exceptions import FileError, UsageError
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


def test_text_that_looks_like_a_number_stays_as_it_is() -> None:
    assert read(pl.DataFrame({"candidateLogin": ["1e5", "1.50"], "score": [1e5, 1.5]})).records == [
        (2, ("1e5", "100000")),
        (3, ("1.50", "1.5")),
    ]


@pytest.mark.parametrize("scale", [0, 1, 3])
def test_decimals_are_written_without_trailing_zeros(scale: int) -> None:
    numbers = [Decimal(100), Decimal(-120), Decimal(0)]
    table = pl.DataFrame({"score": pl.Series(numbers, dtype=pl.Decimal(20, scale))})
    assert [cells for _, cells in read(table).records] == [("100",), ("-120",), ("0",)]


def test_an_arrow_table_is_read_as_a_polars_frame_is() -> None:
    assert read(TABLE.to_arrow()).records == read(TABLE).records


def test_a_lazy_frame_is_read_as_an_eager_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_reader, "ROWS", 3)
    lazy, eager = read(TABLE.lazy()), read(TABLE)
    assert (lazy.records, lazy.types, lazy.sha256) == (eager.records, eager.types, eager.sha256)


def test_what_a_lazy_frame_cannot_read_is_told(tmp_path: Path) -> None:
    for frame in (
        pl.scan_csv(tmp_path / "nowhere.csv"),
        pl.LazyFrame({"candidateLogin": ["x"]}).select(pl.col("candidateLogin").cast(pl.Int64)),
    ):
        with pytest.raises(UsageError, match="The table cannot be imported: "):
            read(frame)


def test_a_reader_of_arrow_batches_is_read_as_a_table_is() -> None:
    batches = pa.RecordBatchReader.from_batches(TABLE.to_arrow().schema, TABLE.to_arrow().to_batches(max_chunksize=2))
    result, whole = read(batches), read(TABLE)
    assert (result.records, result.types, result.sha256) == (whole.records, whole.types, whole.sha256)


def test_a_pandas_frame_is_read_as_a_polars_frame_is() -> None:
    frame = pd.DataFrame(
        {
            "candidateLogin": ["a", None, "b", "c"],
            "score": [1.5, float("nan"), 100.0, 0.1],
            "lastAccessDate": [dt.datetime(2024, 1, 2, 3, 4, 5), None, None, None],  # noqa: DTZ001
            "timeSpent": [dt.timedelta(hours=30), None, None, None],
            "read": [True, False, True, False],
        }
    )
    expected = [(2, ("a", "1.5", "2024-01-02 03:04:05", "108000", "TRUE")), (3, ("", "", "", "", "FALSE"))]
    reading = Reading(header_ignore=frozenset({"read"}))
    assert read(frame, reading).records[:2] == expected
    assert read(frame, reading).types[1] == ("empty", "empty", "empty", "empty", "boolean")
    # Rows that were taken out leave an index without a name, which is no column.
    assert read(frame[frame["read"]], reading).records[1] == (3, ("b", "100", "", "", "TRUE"))
    assert read(frame.set_index("candidateLogin"), reading).header[-1] == "candidateLogin"


PARIS = ZoneInfo("Europe/Paris")
INSTANTS = [
    dt.datetime(2024, 7, 1, 12, 0, tzinfo=PARIS),
    None,
    # Both of the local times that come twice.
    dt.datetime(2024, 10, 27, 2, 30, tzinfo=PARIS),
    dt.datetime(2024, 10, 27, 2, 30, tzinfo=PARIS, fold=1),
]
IN_UTC = ["2024-07-01 10:00:00Z", "", "2024-10-27 00:30:00Z", "2024-10-27 01:30:00Z"]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "+05:30"])
@pytest.mark.parametrize("kind", ["polars", "lazy", "pandas", "arrow", "reader"])
def test_dates_with_a_zone_are_instants(zone: str, kind: str) -> None:
    frame = pl.DataFrame({"lastAccessDate": INSTANTS, "candidateLogin": ["a", "b", "c", "d"]})
    arrow = frame.to_arrow()
    arrow = arrow.set_column(0, "lastAccessDate", arrow["lastAccessDate"].cast(pa.timestamp("us", zone)))
    tables = {"arrow": arrow, "reader": arrow.to_reader(), "pandas": arrow.to_pandas()}
    if kind in ("polars", "lazy"):
        offset = {"+05:30": "Asia/Kolkata"}.get(zone, zone)
        frame = frame.with_columns(pl.col("lastAccessDate").dt.convert_time_zone(offset))
        tables = {"polars": frame, "lazy": frame.lazy()}
    result = read(tables[kind])
    assert [cells[0] for _, cells in result.records] == IN_UTC
    assert [types[0] for types in result.types] == [CellType.INSTANT, CellType.EMPTY, *[CellType.INSTANT] * 2]


@pytest.mark.parametrize("file", [None, 7, b"candidateLogin", ["candidateLogin"], io.StringIO("candidateLogin")])
def test_what_is_no_file_is_told(file: object) -> None:
    with pytest.raises(UsageError, match=r"A file must be a path, a binary stream or a table|bytes, not text"):
        read(file)


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


def test_a_header_that_stands_in_a_row() -> None:
    rows = {"Report": ["x", None, "candidateLogin", "anna", "Total"], "2": ["y", None, "lovCode", "intro", None]}
    table = pl.DataFrame(rows)
    reading = Reading(header_row=3, skip_rows=(("Candidate login", ("total",)),))
    assert read(table, reading, batch_rows=1).records == [(5, ("anna", "intro"))]
    assert read(table.with_columns(pl.col("2").cast(pl.Categorical)), reading).records == [(5, ("anna", "intro"))]
    with pytest.raises(FileError, match='line 1 has no name of a column, but line 4 has: "candidateLogin", "lovCode"'):
        read(table)
    with pytest.raises(FileError, match="from line 9 on, it holds nothing but white space"):
        read(table, Reading(header_row=9))


@pytest.mark.parametrize(
    "dtype", [pl.Date(), *(pl.Datetime(unit, zone) for unit in ("ms", "us") for zone in (None, "UTC"))]
)
def test_dates_that_no_calendar_has_are_their_numbers(dtype: pl.DataType) -> None:
    bits = 31 if dtype == pl.Date() else 63
    ticks = pl.Series([2**bits - 1, -(2**bits), 0], dtype=pl.Int32 if bits == 31 else pl.Int64)
    result = read(pl.DataFrame({"candidateLogin": "a", "lastAccessDate": ticks.cast(dtype)}))
    texts = [cells[1] for _, cells in result.records]
    assert all(text.lstrip("-").isdigit() for text in texts[:2])
    assert texts[2].startswith("1970-01-01")


def test_a_lazy_frame_that_panics_is_told_and_no_part_of_it_is_taken_for_all(capfd: pytest.CaptureFixture[str]) -> None:
    days = pl.Series([0] * 60_000 + [2**31 - 1], dtype=pl.Int32)
    far = pl.LazyFrame({"lovCode": days}).select(pl.col("lovCode").cast(pl.Date).dt.strftime("%Y"))
    with pytest.raises(UsageError, match="its computation failed"):
        read(far)
    capfd.readouterr()
