"""JSON Lines: an object for each row, with a member for each column, called as it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import BinaryIO

import polars as pl

from milepost.formats.write.appearance import text_of
from milepost.formats.write.form import Form
from milepost.model.columns import Kind
from milepost.model.export import Appearance, ExportColumn
from milepost.model.job import TimeFormat
from milepost.model.text import plain_decimal

_ESCAPED = {'"': '\\"', "\\": "\\\\"} | {chr(code): json.dumps(chr(code))[1:-1] for code in range(0x20)}


class JsonLines(Form):
    """One line for each row, in UTF-8; numbers stand as numbers, what is missing as null."""

    def __init__(self, stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        """Nothing is written yet."""
        self._stream = stream
        self._members: list[pl.Expr] = []
        for place, column in enumerate(columns):
            value = _value(column, appearance).fill_null("null")
            self._members += [pl.lit(f"{',' if place else ''}{json.dumps(column.name, ensure_ascii=False)}:"), value]

    def write(self, rows: pl.DataFrame) -> None:
        """See `Form.write`."""
        if not rows.is_empty():
            lines = rows.select(pl.concat_str(pl.lit("{"), *self._members, pl.lit("}\n")).str.join(""))
            self._stream.write(lines.item().encode())


def _value(column: ExportColumn, appearance: Appearance) -> pl.Expr:
    if column.kind is Kind.NUMBER:
        return pl.col(column.name).map_batches(plain_decimal, return_dtype=pl.String)
    text = text_of(column, appearance)
    in_seconds = column.kind is Kind.DURATION and appearance.time_global_format is TimeFormat.RAW_SECONDS
    if in_seconds or column.kind is Kind.INTEGER:
        return text
    return pl.concat_str(pl.lit('"'), text.str.replace_many(list(_ESCAPED), list(_ESCAPED.values())), pl.lit('"'))
