"""Cells that a spreadsheet has typed: their value counts, whatever the configuration says of text."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

import polars as pl

from milepost.model.batch import CellType
from milepost.model.columns import Column, Kind
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.job import Parameters, TimeFormat
from milepost.model.text import sentence
from milepost.steps.interpret.cells import Reader

_Rewrite = Callable[[Parameters], Parameters]


def _as_configured(parameters: Parameters) -> Parameters:
    return parameters


def _with_point(parameters: Parameters) -> Parameters:
    return dataclasses.replace(parameters, decimal=".")


def _as_seconds(parameters: Parameters) -> Parameters:
    return dataclasses.replace(parameters, decimal=".", time_global_format=TimeFormat.RAW_SECONDS)


def _as_iso(parameters: Parameters) -> Parameters:
    return dataclasses.replace(parameters, date_time_format=DateTimeFormat.parse("YYYY-MM-DD HH:II:SS"))


def _in_utc(parameters: Parameters) -> Parameters:
    return dataclasses.replace(_as_iso(parameters), time_zone="UTC")


_TEXT = {CellType.TEXT: _as_configured}
_PLAIN = dict.fromkeys((CellType.TEXT, CellType.NUMBER, CellType.BOOLEAN), _as_configured)

_READABLE: Mapping[Kind, Mapping[CellType, _Rewrite]] = MappingProxyType(
    {
        Kind.TEXT: dict.fromkeys(set(CellType) - {CellType.EMPTY, CellType.ERROR}, _as_configured),
        Kind.INTEGER: _TEXT | {CellType.NUMBER: _with_point},
        Kind.NUMBER: _TEXT | {CellType.NUMBER: _with_point},
        Kind.DATETIME: _TEXT | {CellType.DATE: _as_iso, CellType.DATETIME: _as_iso, CellType.INSTANT: _in_utc},
        Kind.DURATION: _TEXT | {CellType.NUMBER: _with_point, CellType.DURATION: _as_seconds},
        Kind.STATUS: _PLAIN,
        Kind.FLAG: _PLAIN,
    }
)
"""Which types of cell each kind of column can take, and by which parameters each is read."""

_CODE = MappingProxyType(
    {
        Kind.TEXT: "invalid-character",
        Kind.INTEGER: "invalid-number",
        Kind.NUMBER: "invalid-number",
        Kind.DATETIME: "invalid-datetime",
        Kind.DURATION: "invalid-duration",
        Kind.STATUS: "invalid-status",
        Kind.FLAG: "invalid-flag",
    }
)
"""The finding on a cell of a type that the column cannot take."""

_EXACT_DIGITS = 15
_INEXACT = re.compile(rf"^-?[0-9]{{{_EXACT_DIGITS + 1},}}").pattern


def read(reader: Reader, text: pl.Series, types: pl.Series, column: Column, parameters: Parameters) -> pl.DataFrame:
    """What `reader` makes of the cells, each type by itself; cells of a type that does not fit are errors."""
    misfits = _misfits(text, types, column)
    misfit = misfits["code"].is_not_null()
    nothing = text.set(text.is_not_null(), None)
    result = reader.read(nothing, column, parameters).with_columns(misfits)
    for cell_type, rewrite in _READABLE[column.kind].items():
        here = (types == cell_type) & text.is_not_null() & ~misfit
        if here.any():
            cells = text.set(~here, None)
            if rewrite is _in_utc:
                cells = cells.str.strip_suffix("Z")
            part = reader.read(cells, column, rewrite(parameters))
            result = result.with_columns(pl.coalesce(result[name], part[name]).alias(name) for name in result.columns)
    return result


def _misfits(text: pl.Series, types: pl.Series, column: Column) -> pl.DataFrame:
    """`code` and `hint` for the cells that no reader can take."""
    is_error = types == CellType.ERROR
    other = ~types.is_in([*_READABLE[column.kind], CellType.EMPTY]) & ~is_error
    digits_lost = (types == CellType.NUMBER) & text.str.contains(_INEXACT)
    if column.kind not in {Kind.TEXT, Kind.INTEGER}:
        digits_lost = pl.repeat(value=False, n=len(text), eager=True)
    code = _CODE[column.kind]
    return pl.select(
        code=pl.when(digits_lost)
        .then(pl.lit("invalid-number"))
        .when((is_error | other) & text.is_not_null())
        .then(pl.lit(code)),
        hint=pl.when(is_error)
        .then(sentence("the cell holds the error {}", pl.lit(text)))
        .when(other)
        .then(sentence("the cell holds a {}; make it a cell of the right kind, or text", pl.lit(types)))
        .when(digits_lost)
        .then(
            sentence(
                "a spreadsheet keeps {} digits of a number and has lost the others of {}; format the column as text",
                pl.lit(_EXACT_DIGITS),
                pl.lit(text),
            )
        ),
    )
