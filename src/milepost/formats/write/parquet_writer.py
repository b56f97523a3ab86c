"""Parquet: every column in the type of its kind, frame by frame as row groups."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO

import polars as pl
import pyarrow as pa
from pyarrow import parquet

from milepost.formats.write.appearance import text_of
from milepost.formats.write.form import Form
from milepost.model.columns import Kind
from milepost.model.export import Appearance, ExportColumn


class Parquet(Form):
    """Instants in microseconds, shown in the export's zone; durations in whole seconds; statuses as their words."""

    def __init__(self, stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        """Writes the beginning."""
        self._schema = _schema(columns, appearance.time_zone)
        self._values = [_value(column, appearance) for column in columns]
        self._writer = parquet.ParquetWriter(stream, self._schema)

    def write(self, rows: pl.DataFrame) -> None:
        """See `Form.write`."""
        if not rows.is_empty():
            # Arrow alone knows every zone by its name and asks for no more.
            self._writer.write_table(rows.select(self._values).to_arrow().cast(self._schema))

    def finish(self) -> None:
        """See `Form.finish`."""
        self._writer.close()

    def close(self) -> None:
        """See `Form.close`."""
        with suppress(OSError):
            self._writer.close()


def _value(column: ExportColumn, appearance: Appearance) -> pl.Expr:
    value = pl.col(column.name)
    if column.kind is Kind.DATETIME:
        return value * 1_000_000
    if column.kind is Kind.STATUS:
        return text_of(column, appearance).alias(column.name)
    return value


def _schema(columns: Sequence[ExportColumn], zone: str) -> pa.Schema:
    types = {
        Kind.TEXT: pa.string(),
        Kind.STATUS: pa.string(),
        Kind.INTEGER: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.DATETIME: pa.timestamp("us", zone),
        Kind.DURATION: pa.int64(),
        Kind.FLAG: pa.bool_(),
        Kind.DAY: pa.date32(),
    }
    return pa.schema([(column.name, types[column.kind]) for column in columns])
