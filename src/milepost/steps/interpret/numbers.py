"""Whole numbers and 64-bit floats, in the decimal separator of the source."""

from __future__ import annotations

import itertools
import math
import re
import sys
from collections.abc import Iterable
from decimal import Context, Decimal
from functools import cache

import polars as pl

from milepost.model.columns import LARGEST_INTEGER, TRACKING, Column, Percent
from milepost.model.job import EITHER, Parameters, ProgressionUnit
from milepost.model.likeness import WHITE_SPACE
from milepost.model.text import sentence
from milepost.model.wording import listed
from milepost.steps.interpret.cells import LONGEST, Answer, by_distinct, quoted

_BLANKS, _APOSTROPHES = " \u00a0\u202f", "'\u2019"
_SIGNS = {"": "", ",": ",", ".": ".", " ": _BLANKS, "'": _APOSTROPHES}
"""The signs that may separate thousands, by the value of the setting."""
_NAMES = {EITHER: "point or a comma", "": "none", ",": "comma", ".": "point", " ": "blank", "'": "apostrophe"}
_AMBIGUOUS = r"^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}(?:[^0-9]|$)"
"""Matches what can be read in two ways if either sign may be the decimal one."""
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
        number = _in_column(one, column, parameters)
        if isinstance(number, str):
            return None, "invalid-number", number
        if number != number.to_integral_value():
            return None, "invalid-number", f"{quoted(one)} is not a whole number"
        if abs(number) > LARGEST_INTEGER + 1:
            return None, "out-of-range", f"{quoted(one)} is beyond {LARGEST_INTEGER}"
        return int(number), None, None

    return _bounded(by_distinct(text, read, pl.Int64()), text, column, "")


def usual_numbers(cell: pl.Expr, column: Column, parameters: Parameters) -> pl.Expr:
    """Numbers without a minus sign within the bounds of the column, which Polars reads exactly."""
    if _is_fraction(column, parameters):
        return pl.lit(None, pl.Float64)
    point = cell
    decimals = {decimal for decimal, _ in _pairs(parameters.decimal, parameters.thousands)}
    if decimals != {"."}:
        refused = pl.lit(_AMBIGUOUS) if len(decimals) == 2 else pl.lit(r"\.")
        point = pl.when(~cell.str.contains(refused)).then(cell.str.replace(",", ".", literal=True))
    number = point.cast(pl.Float64, strict=False)
    # Excludes infinity and NaN.
    least, most = column.minimum, column.maximum
    within = number.is_between(0 if least is None else least, sys.float_info.max if most is None else most)
    # Minus zero must become zero.
    return pl.when(within & ~cell.str.starts_with("-")).then(number)


def exact_numbers(text: pl.Series, column: Column, parameters: Parameters) -> pl.DataFrame:
    """The nearest 64-bit floats; minus zero is zero."""

    def read(one: str) -> Answer:
        number = _in_column(one, column, parameters)
        if isinstance(number, str):
            return None, "invalid-number", number
        nearest = float(number) + 0.0
        if math.isinf(nearest):
            return None, "out-of-range", f"{quoted(one)} is beyond the largest number that can be kept"
        return nearest, None, None

    unit = "%" if _is_fraction(column, parameters) else ""
    return _bounded(by_distinct(text, read, pl.Float64()), text, column, unit)


def _is_fraction(column: Column, parameters: Parameters) -> bool:
    """Whether 1 means 100 in the column. Such numbers are multiplied exactly, which floats are not."""
    return column.percent is Percent.OF_HUNDRED and parameters.progression_unit is ProgressionUnit.FRACTION


def _in_column(text: str, column: Column, parameters: Parameters) -> Decimal | str:
    """The exact number of a cell of `column`, or a hint on why it is none."""
    if not text.endswith("%"):
        number = to_decimal(text, parameters)
        if isinstance(number, str) or not _is_fraction(column, parameters):
            return number
        return number.scaleb(2, Context(prec=len(text) + 30))
    if column.percent is None:
        with_percent = listed(one.name for one in TRACKING.columns if one.percent)
        return f"{quoted(text)} has a percent sign, which only {with_percent} may have; write the number without it"
    return to_decimal(text[:-1].rstrip(WHITE_SPACE), parameters)


def to_decimal(text: str, parameters: Parameters) -> Decimal | str:
    """The exact number of `text`, or a hint on why it is none.

    An exponent that is too large to compute with is replaced by one that still is beyond every bound.
    """
    plain = _plain(text, _pairs(parameters.decimal, parameters.thousands))
    if len(plain) != 1:
        return needed_settings(text, parameters) or (
            f"{quoted(text)} is no number; write digits, with a {_NAMES[parameters.decimal]} for decimals"
        )
    mantissa, _, exponent = plain.pop().lower().partition("e")
    if len(exponent.lstrip("+-0")) > _LONGEST_EXPONENT:
        exponent = "-99999" if exponent.startswith("-") else "99999"
    number = Decimal(f"{mantissa}e{exponent or 0}")
    return number or Decimal(0)


def needed_settings(text: str, parameters: Parameters) -> str | None:
    """A hint that names each number that `text` is under other separators, with the settings; None if it is none."""
    now = {"decimal": parameters.decimal, "thousands": parameters.thousands}
    other = [{"decimal": decimal} for decimal in ".,"] + [{"thousands": thousands} for thousands in _SIGNS]
    both = [{"decimal": decimal, "thousands": thousands} for decimal, thousands in itertools.product(".,", _SIGNS)]
    for changes in (other, both) if len(text) <= LONGEST else ():
        found: dict[str, str] = {}
        for change in changes:
            plain = _plain(text, _pairs(**(now | change)))
            if len(plain) == 1:
                words = (f"{name} {_NAMES[sign]}" for name, sign in change.items() if sign != now[name])
                found.setdefault(plain.pop(), " and ".join(words))
        if found:
            meant = ", ".join(f"{number} with {words}" for number, words in reversed(found.items()))
            return f"{quoted(text)} needs a setting: it is {meant}"
    return None


@cache
def _pairs(decimal: str, thousands: str) -> list[tuple[str, str]]:
    """The possible decimal signs under two settings, each with a possible sign of thousands."""
    either = ".," if decimal == EITHER else ""
    pairs = itertools.product(either or decimal, dict.fromkeys((thousands, *either)))
    return [(one, other) for one, other in pairs if one not in (other, thousands)]


def _plain(text: str, readings: Iterable[tuple[str, str]]) -> set[str]:
    """What `text` is with a point and without separators of thousands, in each of the readings that fit."""
    return {
        re.sub(f"[{_SIGNS[thousands]}]", "", text).replace(decimal, ".") if thousands else text.replace(decimal, ".")
        for decimal, thousands in readings
        if _number(decimal, thousands).fullmatch(text)
    }


@cache
def _number(decimal: str, thousands: str) -> re.Pattern[str]:
    whole = "[0-9]+" + (f"|[1-9][0-9]{{0,2}}(?:[{_SIGNS[thousands]}][0-9]{{3}})+" if thousands else "")
    return re.compile(rf"[+-]?(?:(?:{whole})(?:[{decimal}][0-9]*)?|[{decimal}][0-9]+)(?:[eE][+-]?[0-9]+)?")


def _bounded(read: pl.DataFrame, text: pl.Series, column: Column, unit: str) -> pl.DataFrame:
    """`read` with the values outside the column's bounds as errors."""
    value = pl.col("value")
    for bound, beyond, word in ((column.minimum, value.lt, "least"), (column.maximum, value.gt, "most")):
        if bound is None:
            continue
        outside = read.select(beyond(bound).fill_null(value=False)).to_series()
        if outside.any():
            words = f'"{{}}" is out of range: at {word} {bound:.0f}{unit} is allowed'
            hint = sentence(words, pl.lit(text.str.slice(0, 40)))
            read = read.with_columns(
                value=pl.when(~outside).then("value"),
                code=pl.when(outside).then(pl.lit("out-of-range")).otherwise("code"),
                hint=pl.when(outside).then(hint).otherwise("hint"),
            )
    return read
