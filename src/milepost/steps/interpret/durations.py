"""Time spent, in whole seconds. (Specification, section 6.)"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal

import polars as pl

from milepost.model.columns import LARGEST_INTEGER, Column
from milepost.model.job import Parameters, TimeFormat
from milepost.steps.interpret.cells import Answer, by_distinct, quoted
from milepost.steps.interpret.numbers import needed_settings, to_decimal

_UNITS = {TimeFormat.RAW_SECONDS: 1, TimeFormat.RAW_MINUTES: 60}
"""The seconds of one unit of a bare number; under the other formats, a bare number is an error."""

_CLOCK = re.compile(r"([0-9]+):([0-5][0-9])(?::([0-5][0-9](?:[.,][0-9]+)?))?")
_USUAL_CLOCK = r"^[0-9]{1,5}:[0-5][0-9](:[0-5][0-9])?$"

_AMOUNT = r"([0-9]+(?:[.,][0-9]+)?)"
_ISO = re.compile(rf"P(?:{_AMOUNT}W)?(?:{_AMOUNT}D)?(?:T(?=[0-9])(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?")
_ISO_SECONDS = (604_800, 86_400, 3_600, 60, 1)
_ISO_YEARS = re.compile(r"P[0-9.,]*[YM]|P[^T]*M")

_FORMS = "write seconds (5115), h:mm:ss (1:25:15) or ISO 8601 (PT1H25M15S)"
_FORMS_WITHOUT_NUMBERS = (
    "write h:mm:ss (1:25:15) or ISO 8601 (PT1H25M15S), or set timeGlobalFormat to rawSeconds or rawMinutes"
)


def usual(cell: pl.Expr, _column: Column, parameters: Parameters) -> pl.Expr:
    """Bare whole numbers, if the format allows them."""
    unit = _UNITS.get(parameters.time_global_format)
    if unit is None:
        return pl.lit(None, pl.Int64)
    number = cell.cast(pl.Int64, strict=False)
    return pl.when(number.is_between(0, LARGEST_INTEGER // unit)).then(number * unit)


def exact(text: pl.Series, _column: Column, parameters: Parameters) -> pl.DataFrame:
    """Whole seconds, halves rounded up."""
    unit = _UNITS.get(parameters.time_global_format)

    def read_one(one: str) -> Answer:
        seconds = _seconds(one, unit, parameters)
        if isinstance(seconds, str):
            return None, "invalid-duration", seconds
        whole = seconds.quantize(Decimal(1), ROUND_HALF_UP, Context(prec=len(one) + 30))
        if whole > LARGEST_INTEGER:
            return None, "invalid-duration", f"{quoted(one)} is longer than {LARGEST_INTEGER} seconds"
        return int(whole), None, None

    is_clock = text.str.contains(_USUAL_CLOCK).fill_null(value=False)
    others = by_distinct(text.set(is_clock, None), read_one, pl.Int64())
    if not is_clock.any():
        return others
    parts = text.set(~is_clock, None).str.split(":").list
    hours, minutes, seconds = (parts.get(place, null_on_oob=True).cast(pl.Int64) for place in range(3))
    return others.with_columns(value=pl.coalesce(hours * 3600 + minutes * 60 + seconds.fill_null(0), "value"))


def _seconds(text: str, unit: int | None, parameters: Parameters) -> Decimal | str:
    """The exact number of seconds, or a hint on why the text has none."""
    if text.startswith("P"):
        return _iso_seconds(text)
    forms = _FORMS if unit else _FORMS_WITHOUT_NUMBERS
    if ":" in text:
        clock = _CLOCK.fullmatch(text)
        if not clock:
            return f"{quoted(text)} is no h:mm or h:mm:ss; minutes and seconds have two digits and are under 60"
        hours, minutes, seconds = (Decimal((part or "0").replace(",", ".")) for part in clock.groups())
        return Context(prec=len(text) + 30).fma(hours, Decimal(3600), minutes * 60 + seconds)
    number = to_decimal(text, parameters)
    if isinstance(number, str):
        return f"{needed_settings(text, parameters) or f'{quoted(text)} is no duration'}; {forms}"
    if unit is None:
        return f"{quoted(text)} is a bare number; {forms}"
    if number < 0:
        return f"{quoted(text)} is negative"
    if number.adjusted() > len(str(LARGEST_INTEGER)):
        return f"{quoted(text)} is longer than {LARGEST_INTEGER} seconds"
    return Context(prec=len(text) + 30).multiply(number, Decimal(unit)) if number.adjusted() > -30 else Decimal(0)


def _iso_seconds(text: str) -> Decimal | str:
    found = _ISO.fullmatch(text)
    if not found or not any(found.groups()):
        if _ISO_YEARS.match(text):
            return f"{quoted(text)} counts years or months, whose length differs; write days"
        return f"{quoted(text)} is no ISO 8601 duration such as PT1H25M15S"
    parts = zip(found.groups(), _ISO_SECONDS, strict=True)
    amounts = [(amount.replace(",", "."), seconds) for amount, seconds in parts if amount]
    if any("." in amount for amount, _ in amounts[:-1]):
        return f"{quoted(text)} has a fraction before its last part"
    exact = Context(prec=len(text) + 30)
    total = Decimal(0)
    for amount, seconds in amounts:
        total = exact.fma(Decimal(amount), Decimal(seconds), total)
    return total
