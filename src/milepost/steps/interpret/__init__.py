"""Interpret: text becomes typed values, one reader for each kind of column. (Specification, sections 2, 3, 5 and 6.)"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from milepost.model.batch import Batch, Interpreted, no_findings, unreadable
from milepost.model.columns import Column, Kind
from milepost.model.findings import CODES, LONGEST_VALUE
from milepost.model.job import Layout, Parameters
from milepost.steps.interpret import cells, durations, instants, numbers, texts, typed, words

_WIDTH_HINT = "look for a delimiter inside a value, which must then stand in quotes, or for one too few or too many"

READERS: Mapping[Kind, cells.Reader] = MappingProxyType(
    {
        Kind.TEXT: texts.read,
        Kind.INTEGER: numbers.read_integers,
        Kind.NUMBER: numbers.read_numbers,
        Kind.DATETIME: instants.read,
        Kind.DURATION: durations.read,
        Kind.STATUS: words.read_statuses,
        Kind.FLAG: words.read_flags,
    }
)
"""The reader of each kind of column."""


def interpret(batch: Batch, layout: Layout, parameters: Parameters) -> Interpreted:
    """The typed values of the batch's used columns, and the findings on single cells."""
    lines = batch.cells["line"]
    values, texts = [lines], [lines]
    findings = [no_findings()]
    for column, position in layout.positions.items():
        text = _trimmed(batch.cells[str(position)])
        types = None if batch.types is None else batch.types[str(position)]
        read = _read(text, types, column, parameters)
        texts.append(text.alias(column.name))
        values.append(read["value"].alias(column.name))
        values.append(read["code"].is_not_null().alias(unreadable(column.name)))
        findings += _findings(lines, text, read, column)
    return Interpreted(pl.DataFrame(values), pl.DataFrame(texts), pl.concat(findings))


def ragged(batch: Batch, layout: Layout) -> pl.DataFrame:
    """The findings on the batch's records that have too few or too many cells."""
    code = "wrong-column-count"
    message = CODES[code].message
    rows = [
        (one.line, code, None, None, message.format(expected=layout.width, found=len(one.cells)), _WIDTH_HINT)
        for one in batch.ragged
    ]
    return pl.DataFrame(rows, schema=no_findings().schema, orient="row")


def _trimmed(text: pl.Series) -> pl.Series:
    """Without surrounding white space, in NFC; null where nothing is left."""
    text = text.str.strip_chars()
    if text.str.len_bytes().sum() != text.str.len_chars().sum():
        text = text.str.normalize("NFC")
    return text.replace("", None)


def _read(text: pl.Series, types: pl.Series | None, column: Column, parameters: Parameters) -> pl.DataFrame:
    has_nul = text.str.contains("\0", literal=True).fill_null(value=False)
    whole = text
    if has_nul.any():
        whole = text.set(has_nul, None)
    reader = READERS[column.kind]
    read = reader(whole, column, parameters) if types is None else typed.read(reader, whole, types, column, parameters)
    if has_nul.any():
        read = read.with_columns(
            code=pl.when(has_nul).then(pl.lit("invalid-character")).otherwise("code"),
            hint=pl.when(has_nul).then(pl.lit("it holds a NUL character; remove it")).otherwise("hint"),
        )
    return read


def _findings(lines: pl.Series, text: pl.Series, read: pl.DataFrame, column: Column) -> list[pl.DataFrame]:
    found = []
    for code, hint in (("code", "hint"), ("warning", "warning_hint")):
        if code in read.columns and read[code].null_count() < read.height:
            here = read.select(lines, text.alias("value"), pl.col(code).alias("code"), pl.col(hint).alias("hint"))
            found.append(
                here.filter(pl.col("code").is_not_null()).select(
                    "line",
                    "code",
                    pl.lit(column.name).alias("column"),
                    # PostgreSQL keeps no NUL, not even in what quotes one.
                    pl.col("value").str.slice(0, LONGEST_VALUE).str.replace_all("\0", "␀", literal=True),
                    pl.col("code").replace_strict(_messages(column), return_dtype=pl.String).alias("message"),
                    "hint",
                )
            )
    return found


def _messages(column: Column) -> dict[str, str]:
    """The message of every code about a cell of `column`."""
    return {
        name: code.message.format(column=column.name, limit=column.max_length)
        for name, code in CODES.items()
        if "{expected}" not in code.message
    }
