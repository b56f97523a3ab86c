"""Tables in memory, of Polars, pandas, Arrow and others: typed cells as text, with their types."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol, TypeAlias

import polars as pl
import pyarrow as pa

from milepost.formats.read.batches import all_empty
from milepost.formats.read.byte_stream import OnBytes
from milepost.formats.registry import rejects_form
from milepost.model.batch import Batch, Record
from milepost.model.columns import CellType
from milepost.model.exceptions import MilepostError, UsageError
from milepost.model.job import Reading
from milepost.model.text import plain_decimal
from milepost.model.wording import quoted

ROWS = 50_000
"""Rows per batch."""

_AT_HAND = 1_000
"""The most rows that are looked at to find a header."""

TimeUnit: TypeAlias = Literal["ms", "us", "ns"]
_UNITS: dict[TimeUnit, int] = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_DAY = 86_400
_IS_LAST = "\0last"
_MOST_DAYS = 90_000_000


class ArrowStream(Protocol):
    """A table of another library, such as pandas (2.2 or newer), that offers its rows to Arrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """See Arrow's PyCapsule interface."""


Table: TypeAlias = pl.DataFrame | pl.LazyFrame | pa.Table | pa.RecordBatchReader | ArrowStream


class TableSource:
    """A table, as a `Source`; its column names are the first record, and rows are numbered from 2, as in a CSV file."""

    padded = False
    sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __init__(self, table: Table, reading: Reading, on_bytes: OnBytes | None = None, *, name: str = "table") -> None:
        """Raises UsageError for columns whose cells are not single values."""
        self.name = name
        self.delimiter, self.encoding = rejects_form(reading)
        self._on_bytes = on_bytes
        self._begins = 1
        self._digest = hashlib.sha256()
        with self._errors():
            self._schema, self._parts, self._height = _opened(table)
        wrong = [(name, dtype) for name, dtype in self._schema.items() if not _is_simple(dtype)]
        if wrong:
            problems = (f"column {quoted([name])} holds {dtype}, not single values" for name, dtype in wrong)
            raise self._refused("; ".join(problems))
        self._add(pl.DataFrame([pl.Series(str(place), [name]) for place, name in enumerate(self._schema)]))
        self._rows = self._read()

    def first(self) -> Record | None:
        """The column names, even if they are empty; after `skip_to`, a row."""
        if self._begins == 1:
            return Record(1, tuple(self._schema)) if self._schema else None
        return next(iter(self._at_hand(1)), None)

    def ahead(self, count: int) -> list[Record]:
        return self._at_hand(count + 1)[1:] if self._begins > 1 else self._at_hand(count)

    def skip_to(self, line: int) -> None:
        self._begins = max(self._begins, line)

    def batches(self, width: int, *, after_first: bool) -> Iterator[Batch]:
        """The rows; the column names are never among them."""
        if width != len(self._schema):
            raise UsageError(
                f"The table has {len(self._schema)} columns, columnsMapping or fields names {width}. Name all, "
                "with ignoredColumn for those to skip, or none."
            )
        first = self.first() if self._begins > 1 and after_first else None
        last = self._begins - 1 if first is None else first.line
        for batch in self._rows:
            yield batch.filtered(batch.cells["line"] > last, batch.ragged)

    def _at_hand(self, count: int) -> list[Record]:
        """The first rows of the first batch that are not blank, from where the table begins."""
        begun = list(itertools.islice(self._rows, 1))
        self._rows = itertools.chain(begun, self._rows)
        cells = [batch.cells.filter(pl.col("line") >= self._begins).head(_AT_HAND) for batch in begun]
        rows = (Record(line, tuple(texts)) for frame in cells for line, *texts in frame.iter_rows())
        return list(itertools.islice((row for row in rows if not all_empty(row.cells)), count))

    def _read(self) -> Iterator[Batch]:
        places = [str(place) for place in range(len(self._schema))]
        typed = any(dtype != pl.String for dtype in self._schema.values())
        offset = 0
        for part in self._slices():
            part.columns = places
            cells = [_cells(name, dtype) for name, dtype in part.schema.items()]
            text = part.select(text for text, _ in cells)
            self._add(text)
            line = pl.int_range(text.height, eager=True, dtype=pl.Int64).alias("line") + offset + 2
            offset += part.height
            if self._on_bytes is not None:
                self._on_bytes(offset, self._height)
            yield Batch(text.select(line, *places), part.select(type_ for _, type_ in cells) if typed else None)

    def _slices(self) -> Iterator[pl.DataFrame]:
        with self._errors():
            for part in self._parts:
                yield from part.select(list(self._schema)).iter_slices(ROWS)

    def sha256(self) -> str:
        """The digest of the table as CSV: commas, UTF-8, LF, every cell in quotes, the names in the first line."""
        return self._digest.hexdigest()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (pl.exceptions.PolarsError, pa.ArrowException, OSError) as error:
            why = " ".join(map(str, error.args)) if isinstance(error, pa.ArrowException) else str(error)
            raise self._refused(why.rstrip(".")) from error

    def _refused(self, why: str) -> MilepostError:
        return UsageError(f"The table cannot be imported: {why}.")

    def _add(self, text: pl.DataFrame) -> None:
        self._digest.update(text.write_csv(include_header=False, quote_style="always").encode("utf-8"))


def _opened(table: Table) -> tuple[dict[str, pl.DataType], Iterable[pl.DataFrame], int | None]:
    """The columns of a table, its rows in parts, and their number if known."""
    if isinstance(table, pl.LazyFrame):
        return (schema := dict(table.collect_schema())), _collected(table, schema), None
    if isinstance(table, pa.Table):
        table = pl.DataFrame(table.cast(_in_utc(table.schema)))
    if isinstance(table, pl.DataFrame):
        return dict(table.schema), [table], table.height
    rows = table if isinstance(table, pa.RecordBatchReader) else pa.RecordBatchReader.from_stream(table)
    schema = _in_utc(rows.schema)
    empty = pl.DataFrame(schema.empty_table())
    # An unnamed pandas index is not a column.
    columns = {name: dtype for name, dtype in empty.schema.items() if not name.startswith("__index_level_")}
    return columns, (pl.DataFrame(pa.Table.from_batches([part.cast(schema)])) for part in rows), None


def _collected(table: pl.LazyFrame, schema: dict[str, pl.DataType]) -> Iterator[pl.DataFrame]:
    """The rows of a lazy frame in parts. Raises UsageError if they end early."""
    nothing = {name: pl.Series([None], dtype=dtype) for name, dtype in schema.items()}
    last = pl.LazyFrame({**nothing, _IS_LAST: [True]})
    rows, has_ended = pl.concat([table.with_columns(pl.lit(value=False).alias(_IS_LAST)), last]), False
    for part in rows.collect_batches(chunk_size=ROWS, lazy=True):
        has_ended = has_ended or bool(part[_IS_LAST].any())
        yield part.filter(~pl.col(_IS_LAST))
    # When a thread of Polars panics, the batches end as if there were no more.
    if not has_ended:
        raise UsageError("The table cannot be imported: its computation failed. Collect it before, to see why.")


def _in_utc(schema: pa.Schema) -> pa.Schema:
    """The schema with all time zones replaced by UTC: no instant changes, and Polars lacks some offsets."""
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


def _cells(name: str, dtype: pl.DataType) -> tuple[pl.Expr, pl.Expr]:
    """The texts of a column, empty for nulls, and its types, as `CellType` documents them."""
    column = pl.col(name)
    text, kind = _rendered(column, dtype)
    text = text.fill_null("")
    is_finite = column.is_finite() if dtype.is_float() else pl.lit(value=True)
    type_ = (
        pl.when(text == "" if kind is CellType.TEXT else column.is_null())
        .then(pl.lit(CellType.EMPTY.value))
        .when(is_finite)
        .then(pl.lit(kind.value))
        .otherwise(pl.lit(CellType.ERROR.value))
    )
    return text.alias(name), type_.alias(name)


def _rendered(column: pl.Expr, dtype: pl.DataType) -> tuple[pl.Expr, CellType]:
    """The texts of a column, null for nulls, and the type of its cells."""
    if isinstance(dtype, pl.Boolean):
        return pl.when(column).then(pl.lit("TRUE")).when(~column).then(pl.lit("FALSE")), CellType.BOOLEAN
    if isinstance(dtype, pl.Datetime):
        ticks, unit = column.to_physical(), dtype.time_unit
        if dtype.time_zone is None:
            return _moment(ticks, unit, "%Y-%m-%d %H:%M:%S"), CellType.DATETIME
        return _moment(ticks, unit, "%Y-%m-%d %H:%M:%SZ"), CellType.INSTANT
    if isinstance(dtype, pl.Date):
        ticks = column.to_physical().cast(pl.Int64) * _DAY * _UNITS["ms"]
        return _moment(ticks, "ms", "%Y-%m-%d"), CellType.DATE
    if isinstance(dtype, pl.Duration | pl.Time):
        unit = dtype.time_unit if isinstance(dtype, pl.Duration) else "ns"
        return _seconds(column.to_physical(), _UNITS[unit]), CellType.DURATION
    if dtype.is_float():
        return column.map_batches(plain_decimal, return_dtype=pl.String), CellType.NUMBER
    text = column.cast(pl.String)
    if dtype.is_decimal():
        return text.str.replace(r"(\.[0-9]*?)0+$", "$1").str.strip_suffix("."), CellType.NUMBER
    return text, CellType.NUMBER if dtype.is_numeric() else CellType.TEXT


def _moment(ticks: pl.Expr, unit: TimeUnit, form: str) -> pl.Expr:
    """Dates and times as text; as their number where they are too far away for any calendar, where Polars panics."""
    is_near = (ticks // (_DAY * _UNITS[unit])).is_between(-_MOST_DAYS, _MOST_DAYS)
    shown = pl.when(is_near).then(ticks).cast(pl.Datetime(unit)).dt.strftime(form)
    return pl.coalesce(shown, ticks.cast(pl.String))


def _seconds(ticks: pl.Expr, unit: int) -> pl.Expr:
    digits = len(str(unit)) - 1
    whole = (ticks.abs() // unit).cast(pl.String)
    fraction = (ticks.abs() % unit).cast(pl.String).str.zfill(digits).str.strip_chars_end("0")
    sign = pl.when(ticks < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    point = pl.when(fraction == "").then(pl.lit("")).otherwise(pl.lit("."))
    return pl.concat_str(sign, whole, point, fraction)
