"""Interpret: text becomes typed values, one reader for each kind of column. (Specification, sections 2, 3, 5 and 6.)"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from milepost.model.batch import Batch, Interpreted, no_findings, unreadable
from milepost.model.columns import CellType, Column, Kind
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.findings import CODES, LONGEST_VALUE
from milepost.model.job import Layout, Parameters, TimeFormat
from milepost.model.text import sentence
from milepost.steps.interpret import durations, instants, numbers, words
from milepost.steps.interpret.cells import Reader, Types
from milepost.steps.interpret.substitute import substituted

_WIDTH_HINT = "look for a missing or extra delimiter, or for a value with a delimiter that is not in quotes"
_SHORT_HINT = "; if empty cells at the end are left out, set padShortRows to yes"

_ISO = {"date_time_format": DateTimeFormat.parse("YYYY-MM-DD HH:II:SS")}
_DATES: Types = {CellType.DATE: _ISO, CellType.DATETIME: _ISO, CellType.INSTANT: {**_ISO, "time_zone": "UTC"}}
_PLAIN = {"decimal": ".", "thousands": ""}
_NUMBER: Types = {CellType.NUMBER: _PLAIN, CellType.PERCENTAGE: _PLAIN}
_SECONDS: Types = {CellType.DURATION: {**_PLAIN, "time_global_format": TimeFormat.RAW_SECONDS}}
_WORD: Types = {CellType.NUMBER: {}, CellType.BOOLEAN: {}}
_ANY: Types = {one: {} for one in CellType if one not in (CellType.EMPTY, CellType.ERROR)}

READERS: Mapping[Kind, Reader] = MappingProxyType(
    {
        Kind.TEXT: Reader(words.usual_texts, words.exact_texts, "invalid-character", _ANY),
        Kind.INTEGER: Reader(numbers.usual_integers, numbers.exact_integers, "invalid-number", _NUMBER),
        Kind.NUMBER: Reader(numbers.usual_numbers, numbers.exact_numbers, "invalid-number", _NUMBER),
        Kind.DATETIME: Reader(instants.usual, instants.exact, "invalid-datetime", _DATES),
        Kind.DURATION: Reader(durations.usual, durations.exact, "invalid-duration", {**_NUMBER, **_SECONDS}),
        Kind.STATUS: Reader(words.usual_statuses, words.exact_statuses, "invalid-status", _WORD),
        Kind.FLAG: Reader(words.usual_flags, words.exact_flags, "invalid-flag", _WORD),
    }
)
"""The reader of each kind of column."""


def interpret(batch: Batch, layout: Layout, parameters: Parameters) -> Interpreted:
    """The typed values of the batch's used columns, and the findings on single cells."""
    batch, positions = substituted(batch, layout, parameters)
    lines = batch.cells["line"]
    usual = _usual(batch, positions, parameters)
    values, texts = [lines], [lines]
    findings = [no_findings()]
    for column, position in positions.items():
        text, value = usual[f"text.{position}"], usual[f"value.{position}"]
        has_error = pl.Series([False]).new_from_index(0, len(lines))
        if value.null_count() > text.null_count():
            odd = (value.is_null() & text.is_not_null()).arg_true()
            left_over = _trimmed(text.gather(odd))
            types = None if batch.types is None else batch.types[str(position)].gather(odd)
            read = _read(left_over, types, column, parameters)
            text = text.scatter(odd, left_over)
            value = value.scatter(odd, read["value"])
            has_error = has_error.scatter(odd, read["code"].is_not_null())
            findings += _findings(lines.gather(odd), left_over, read, column)
        texts.append(text.alias(column.name))
        values.append(value.alias(column.name))
        values.append(has_error.alias(unreadable(column.name)))
    return Interpreted(pl.DataFrame(values), pl.DataFrame(texts), pl.concat(findings))


def _usual(batch: Batch, positions: Mapping[Column, int], parameters: Parameters) -> pl.DataFrame:
    """`text.PLACE`, the cells of each used column, null where empty; `value.PLACE`, the values of those that are
    written in the usual way, null for all others and for typed cells."""
    texts, values = [], []
    for column, position in positions.items():
        cell = pl.col(str(position))
        name = f"text.{position}"
        texts.append(pl.when(cell != "").then(cell).alias(name))
        value = READERS[column.kind].usual(pl.col(name), column, parameters)
        if batch.types is not None:
            value = pl.when(pl.lit(value=False)).then(value)
        values.append(value.alias(f"value.{position}"))
    return batch.cells.lazy().select(texts).with_columns(values).collect()


def ragged(batch: Batch, layout: Layout) -> pl.DataFrame:
    """The findings on the batch's records that have too few or too many cells."""
    if batch.ragged.is_empty():
        return no_findings()
    code, found = "wrong-column-count", pl.col("cells").list.len()
    message = sentence(CODES[code].message.format(expected=layout.width, found="{}"), found.cast(pl.String))
    short = pl.when(found < layout.width).then(pl.lit(_SHORT_HINT)).otherwise(pl.lit(""))
    findings = batch.ragged.select(
        "line", code=pl.lit(code), column=None, value=None, message=message, hint=pl.lit(_WIDTH_HINT) + short
    )
    return pl.concat([no_findings(), findings], how="vertical_relaxed")


def _trimmed(text: pl.Series) -> pl.Series:
    """Without surrounding white space, in NFC; null where nothing is left."""
    text = text.str.strip_chars()
    if text.str.len_bytes().sum() != text.str.len_chars().sum():
        text = text.str.normalize("NFC")
    return text.replace("", None)


def _read(text: pl.Series, types: pl.Series | None, column: Column, parameters: Parameters) -> pl.DataFrame:
    has_nul = text.str.contains("\0", literal=True).fill_null(value=False)
    reader, whole = READERS[column.kind], text.set(has_nul, None)
    if types is None:
        read = reader.exact(whole, column, parameters)
    else:
        read = reader.read_typed(whole, types, column, parameters)
    return read.with_columns(
        code=pl.when(has_nul).then(pl.lit("invalid-character")).otherwise("code"),
        hint=pl.when(has_nul).then(pl.lit("it holds a NUL character; remove it")).otherwise("hint"),
    )


def _findings(lines: pl.Series, text: pl.Series, read: pl.DataFrame, column: Column) -> list[pl.DataFrame]:
    # PostgreSQL stores no NUL, not even in a quoted value.
    value = pl.lit(text).str.slice(0, LONGEST_VALUE).str.replace_all("\0", "␀", literal=True)
    messages = {
        name: code.message.format(column=column.name, limit=column.max_length)
        for name, code in CODES.items()
        if "{expected}" not in code.message
    }
    return [
        read.select(
            line=lines,
            code=code,
            column=pl.lit(column.name),
            value=value,
            message=pl.col(code).replace_strict(messages, return_dtype=pl.String),
            hint=hint,
        ).drop_nulls("code")
        for code, hint in (("code", "hint"), ("warning", "warning_hint"), ("ambiguity", "ambiguity_hint"))
        if code in read.columns and read[code].null_count() < read.height
    ]
