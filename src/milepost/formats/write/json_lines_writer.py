"""JSON Lines: an object for each row, with a member for each column, named like the column."""

from __future__ import annotations

import json

import polars as pl

from milepost.formats.registry import Form
from milepost.formats.write.appearance import text_of
from milepost.model.columns import Kind
from milepost.model.export import Appearance, ExportColumn
from milepost.model.job import TimeFormat
from milepost.model.text import plain_decimal

_ESCAPED = {'"': '\\"', "\\": "\\\\"} | {chr(code): json.dumps(chr(code))[1:-1] for code in range(0x20)}


class JsonLines(Form):
    """One line for each row, in UTF-8; numbers are numbers, missing values are null."""

    def write(self, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        members: list[pl.Expr] = []
        for column in self.columns:
            name = f"{',' if members else ''}{json.dumps(column.name, ensure_ascii=False)}:"
            members += [pl.lit(name), _value(column, self.appearance).fill_null("null")]
        lines = rows.select(pl.concat_str(pl.lit("{"), *members, pl.lit("}\n")).str.join(""))
        self.stream.write(lines.item().encode())


def _value(column: ExportColumn, appearance: Appearance) -> pl.Expr:
    if column.kind is Kind.NUMBER:
        return pl.col(column.name).map_batches(plain_decimal, return_dtype=pl.String)
    text = text_of(column, appearance)
    in_seconds = column.kind is Kind.DURATION and appearance.time_global_format is TimeFormat.RAW_SECONDS
    if in_seconds or column.kind is Kind.INTEGER:
        return text
    return pl.concat_str(pl.lit('"'), text.str.replace_many(_ESCAPED), pl.lit('"'))
