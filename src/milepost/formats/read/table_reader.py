"""Tables in memory, of Polars, pandas, Arrow and others: typed cells as text, with what type each is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Protocol, TypeAlias

import polars as pl
import pyarrow as pa

from milepost.formats.source import First, OnBytes, rejects_form
from milepost.model.batch import Batch, CellType
from milepost.model.exceptions import UsageError
from milepost.model.job import Reading

ROWS = 50_000
"""How many rows are turned into text at a time."""

_UNITS = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


class ArrowStream(Protocol):
    """A table of another library: pandas (2.2 or newer), and whatever else offers its rows to Arrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """See Arrow's PyCapsule interface."""


Table: TypeAlias = pl.DataFrame | pl.LazyFrame | pa.Table | pa.RecordBatchReader | ArrowStream


class TableSource:
    """A table; its column names are the first record, and its rows are numbered from 2, as in a CSV file."""

    padded = False
    notes: tuple[str, ...] = ()

    def __init__(self, table: Table, reading: Reading, on_bytes: OnBytes | None = None) -> None:
        """Raises UsageError for columns whose cells are no single values."""
        self.name = "table"
        self.delimiter, self.encoding = rejects_form(reading)
        self._on_bytes = on_bytes
        self._digest = hashlib.sha256()
        with _errors():
            self._schema, self._parts, self._height = _opened(table)
        problems = [
            f'column "{name}" holds {dtype}, not single values'
            for name, dtype in self._schema.items()
            if not _is_simple(dtype)
        ]
        if problems:
            raise UsageError("The table cannot be imported: " + "; ".join(problems) + ".")
        header = pl.DataFrame([pl.Series(str(place), [name]) for place, name in enumerate(self._schema)])
        self._add(header)

    def first(self, *, past_empty: bool) -> First | None:
        """See `Source.first`; the column names are never passed over."""
        del past_empty
        return First(1, tuple(self._schema)) if self._schema else None

    def skip_first(self) -> None:
        """See `Source.skip_first`."""

    def batches(self, width: int) -> Iterator[Batch]:
        """See `Source.batches`."""
        places = [str(place) for place in range(len(self._schema))]
        if width != len(places):
            raise UsageError(
                f"The table has {len(places)} columns, columnsMapping or fields names {width}. Name all, "
                "with ignoredColumn for those to skip, or none."
            )
        typed = any(dtype != pl.String for dtype in self._schema.values())
        offset = 0
        for part in self._slices(places):
            text = part.select(
                _plain_numbers(part.select(_text(name, part.schema[name])).to_series()) for name in places
            )
            self._add(text)
            line = pl.int_range(text.height, eager=True, dtype=pl.Int64).alias("line") + offset + 2
            offset += part.height
            types = None
            if typed:
                types = part.select(_type(name, part.schema[name]) for name in places)
            if self._on_bytes is not None:
                self._on_bytes(offset, self._height)
            yield Batch(text.select(line, *places), types)

    def _slices(self, places: list[str]) -> Iterator[pl.DataFrame]:
        """The rows in parts of bounded size, the columns called by their places."""
        with _errors():
            for part in self._parts:
                for start in range(0, part.height, ROWS):
                    rows = part[start : start + ROWS].select(list(self._schema))
                    yield rows.rename(dict(zip(rows.columns, places, strict=True)))

    def sha256(self) -> str:
        """The digest of the table as CSV: commas, UTF-8, LF, every cell in quotes, the names in the first line."""
        return self._digest.hexdigest()

    def _add(self, text: pl.DataFrame) -> None:
        self._digest.update(text.write_csv(include_header=False, quote_style="always").encode("utf-8"))


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError) as error:
        why = " ".join(map(str, error.args)) if isinstance(error, pa.ArrowException) else str(error)
        raise UsageError(f"The table cannot be imported: {why.rstrip('.')}.") from error


def _opened(table: Table) -> tuple[dict[str, pl.DataType], Iterable[pl.DataFrame], int | None]:
    """The columns of a table, its rows in parts, and how many there are if that is known."""
    if isinstance(table, pl.LazyFrame):
        return dict(table.collect_schema()), table.collect_batches(chunk_size=ROWS, lazy=True), None
    if isinstance(table, pa.Table):
        table = pl.DataFrame(table.cast(_in_utc(table.schema)))
    if isinstance(table, pl.DataFrame):
        return dict(table.schema), [table], table.height
    # Of pandas: whatever it has of an index without a name is no column.
    rows = table if isinstance(table, pa.RecordBatchReader) else pa.RecordBatchReader.from_stream(table)
    schema = _in_utc(rows.schema)
    empty = pl.DataFrame(schema.empty_table())
    columns = {name: dtype for name, dtype in empty.schema.items() if not name.startswith("__index_level_")}
    return columns, (pl.DataFrame(pa.Table.from_batches([part.cast(schema)])) for part in rows), None


def _in_utc(schema: pa.Schema) -> pa.Schema:
    """With all zones of instants replaced by UTC, which changes no instant: Polars does not have every offset."""
    for place, field in enumerate(schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is not None:
            schema = schema.set(place, field.with_type(pa.timestamp(field.type.unit, "UTC")))
    return schema


def _is_simple(dtype: pl.DataType) -> bool:
    return (
        dtype.is_numeric()
        or dtype.is_temporal()
        or isinstance(dtype, pl.String | pl.Boolean | pl.Categorical | pl.Enum | pl.Null)
    )


def _rendered(column: pl.Expr, dtype: pl.DataType) -> tuple[pl.Expr, CellType]:
    """The cells of a column as `CellType` documents, null where they are, and their type."""
    if isinstance(dtype, pl.Boolean):
        return pl.when(column).then(pl.lit("TRUE")).when(~column).then(pl.lit("FALSE")), CellType.BOOLEAN
    if isinstance(dtype, pl.Datetime):
        in_utc = column.to_physical().cast(pl.Datetime(dtype.time_unit))
        if dtype.time_zone is None:
            return in_utc.dt.strftime("%Y-%m-%d %H:%M:%S"), CellType.DATETIME
        return in_utc.dt.strftime("%Y-%m-%d %H:%M:%SZ"), CellType.INSTANT
    if isinstance(dtype, pl.Date):
        return column.dt.strftime("%Y-%m-%d"), CellType.DATE
    if isinstance(dtype, pl.Duration | pl.Time):
        unit = dtype.time_unit if isinstance(dtype, pl.Duration) else "ns"
        return _seconds(column.to_physical(), _UNITS[unit]), CellType.DURATION
    text = column.cast(pl.String)
    if dtype.is_float() or dtype.is_decimal():
        text = text.str.replace(r"^(-?[0-9]+)\.0+$", "$1").str.replace(r"^(-?[0-9]+\.[0-9]*[1-9])0+$", "$1")
    return text, CellType.NUMBER if dtype.is_numeric() else CellType.TEXT


def _seconds(ticks: pl.Expr, unit: int) -> pl.Expr:
    digits = len(str(unit)) - 1
    whole = (ticks.abs() // unit).cast(pl.String)
    fraction = (ticks.abs() % unit).cast(pl.String).str.zfill(digits).str.strip_chars_end("0")
    sign = pl.when(ticks < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    point = pl.when(fraction == "").then(pl.lit("")).otherwise(pl.lit("."))
    return pl.concat_str(sign, whole, point, fraction)


def _plain_numbers(column: pl.Series) -> pl.Series:
    """Floats that Polars writes with an exponent, written without."""
    odd = column.filter(column.str.contains(r"^-?[0-9.]+e[+-]?[0-9]+$")).unique().to_list()
    plain = [f"{Decimal(number):f}".removesuffix(".0") for number in odd]
    return column.replace(odd, plain) if odd else column


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    return _rendered(pl.col(name), dtype)[0].fill_null("").alias(name)


def _type(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    text, kind = _rendered(column, dtype)
    is_finite = column.is_finite() if dtype.is_float() else pl.lit(value=True)
    return (
        pl.when(text.fill_null("") == "" if kind is CellType.TEXT else column.is_null())
        .then(pl.lit(CellType.EMPTY.value))
        .when(is_finite)
        .then(pl.lit(kind.value))
        .otherwise(pl.lit(CellType.ERROR.value))
        .alias(name)
    )
