"""Whole numbers and 64-bit floats, in the decimal separator of the source."""

from __future__ import annotations

import math
import re
import sys
from decimal import Decimal

import polars as pl

from milepost.model.columns import LARGEST_INTEGER, Column
from milepost.model.job import Parameters
from milepost.model.text import sentence
from milepost.steps.interpret.cells import Answer, by_distinct, quoted

_NUMBER = {
    decimal: re.compile(rf"[+-]?(?:[0-9]+(?:[{decimal}][0-9]*)?|[{decimal}][0-9]+)(?:[eE]([+-]?[0-9]+))?")
    for decimal in ".,"
}
_DECIMAL_NAMES = {".": "point", ",": "comma"}
_LONGEST_EXPONENT = 5


def usual_integers(cell: pl.Expr, column: Column, _parameters: Parameters) -> pl.Expr:
    """Digits, with or without a sign, within the bounds of the column."""
    least, most = column.minimum, column.maximum
    number = cell.cast(pl.Int64, strict=False)
    within = number.is_between(-LARGEST_INTEGER if least is None else least, LARGEST_INTEGER if most is None else most)
    return pl.when(within).then(number)


def exact_integers(text: pl.Series, column: Column, parameters: Parameters) -> pl.DataFrame:
    """Whole numbers, read exactly: `100`, `100.0` and `1e2` are one hundred, `100.5` is none."""

    def read(one: str) -> Answer:
        number = to_decimal(one, parameters.decimal)
        if isinstance(number, str):
            return None, "invalid-number", number
        if number != number.to_integral_value():
            return None, "invalid-number", f"{quoted(one)} is not a whole number"
        if abs(number) > LARGEST_INTEGER + 1:
            return None, "out-of-range", f"{quoted(one)} is beyond {LARGEST_INTEGER}"
        return int(number), None, None

    return _bounded(by_distinct(text, read, pl.Int64()), text, column)


def usual_numbers(cell: pl.Expr, column: Column, parameters: Parameters) -> pl.Expr:
    """Numbers without a minus sign within the bounds of the column, which Polars reads exactly."""
    point = cell
    if parameters.decimal != ".":
        has_point = cell.str.contains(".", literal=True)
        point = pl.when(~has_point).then(cell.str.replace(parameters.decimal, ".", literal=True))
    number = point.cast(pl.Float64, strict=False)
    # Excludes infinity and NaN.
    least, most = column.minimum, column.maximum
    within = number.is_between(0 if least is None else least, sys.float_info.max if most is None else most)
    # Minus zero must become zero.
    return pl.when(within & ~cell.str.starts_with("-")).then(number)


def exact_numbers(text: pl.Series, column: Column, parameters: Parameters) -> pl.DataFrame:
    """The nearest 64-bit floats; minus zero is zero."""

    def read(one: str) -> Answer:
        number = to_decimal(one, parameters.decimal)
        if isinstance(number, str):
            return None, "invalid-number", number
        nearest = float(number) + 0.0
        if math.isinf(nearest):
            return None, "out-of-range", f"{quoted(one)} is beyond the largest number that can be kept"
        return nearest, None, None

    return _bounded(by_distinct(text, read, pl.Float64()), text, column)


def to_decimal(text: str, decimal: str) -> Decimal | str:
    """The exact number of `text`, or a hint on why it is none.

    An exponent that is too large to compute with is replaced by one that still is beyond every bound.
    """
    found = _NUMBER[decimal].fullmatch(text)
    if not found:
        return _why_no_number(text, decimal)
    exponent = found.group(1) or "0"
    mantissa = text[: found.start(1) - 1] if found.group(1) else text
    if len(exponent.lstrip("+-0")) > _LONGEST_EXPONENT:
        exponent = "-99999" if exponent.startswith("-") else "99999"
    number = Decimal(f"{mantissa.replace(decimal, '.')}e{exponent}")
    return number or Decimal(0)


def _why_no_number(text: str, decimal: str) -> str:
    other = "," if decimal == "." else "."
    if _NUMBER[other].fullmatch(text):
        name = _DECIMAL_NAMES[other]
        return f"{quoted(text)} has a {name}; set decimal to {name}"
    if re.fullmatch(r"[+-]?[0-9][0-9 .,'\u00a0\u202f]*", text):
        return f"{quoted(text)} has separators of thousands, or two decimal ones; leave them out"
    return f"{quoted(text)} is no number; write digits, with a {_DECIMAL_NAMES[decimal]} for decimals"


def _bounded(read: pl.DataFrame, text: pl.Series, column: Column) -> pl.DataFrame:
    """`read` with the values outside the column's bounds as errors."""
    value = pl.col("value")
    for bound, beyond, word in ((column.minimum, value.lt, "least"), (column.maximum, value.gt, "most")):
        if bound is None:
            continue
        outside = read.select(beyond(bound).fill_null(value=False)).to_series()
        if outside.any():
            words = f'"{{}}" is out of range: at {word} {bound:.0f} is allowed'
            hint = sentence(words, pl.lit(text.str.slice(0, 40)))
            read = read.with_columns(
                value=pl.when(~outside).then("value"),
                code=pl.when(outside).then(pl.lit("out-of-range")).otherwise("code"),
                hint=pl.when(outside).then(hint).otherwise("hint"),
            )
    return read
