"""Parquet: every column in the type of its kind; each frame is a row group."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO

import polars as pl
import pyarrow as pa
from pyarrow import parquet

from milepost.formats.registry import Form
from milepost.formats.write.appearance import text_of
from milepost.model.columns import Kind
from milepost.model.export import Appearance, ExportColumn

_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.STATUS: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.DURATION: pa.int64(),
    Kind.FLAG: pa.bool_(),
    Kind.DAY: pa.date32(),
}


class Parquet(Form):
    """Instants in microseconds, shown in the export's zone; durations in whole seconds; statuses as their words."""

    def __init__(self, stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        super().__init__(stream, columns, appearance)
        types = _TYPES | {Kind.DATETIME: pa.timestamp("us", appearance.time_zone)}
        self._schema = pa.schema([(column.name, types[column.kind]) for column in columns])
        self._writer = parquet.ParquetWriter(stream, self._schema)

    def write(self, rows: pl.DataFrame) -> None:
        if not rows.is_empty():
            values = rows.select(_value(column, self.appearance).alias(column.name) for column in self.columns)
            # Cast by Arrow, which accepts the name of any zone.
            self._writer.write_table(values.to_arrow().cast(self._schema))

    def finish(self) -> None:
        self._writer.close()

    def close(self) -> None:
        with suppress(OSError):
            self._writer.close()


def _value(column: ExportColumn, appearance: Appearance) -> pl.Expr:
    if column.kind is Kind.STATUS:
        return text_of(column, appearance)
    return pl.col(column.name) * 1_000_000 if column.kind is Kind.DATETIME else pl.col(column.name)
