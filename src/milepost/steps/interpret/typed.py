"""Typed cells of a spreadsheet: their values are read independently of the configured formats of text."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import polars as pl

from milepost.model.batch import CellType
from milepost.model.columns import Column, Kind
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.job import Parameters, TimeFormat
from milepost.model.text import sentence
from milepost.steps.interpret.cells import Reader

_AS_CONFIGURED: Mapping[str, Any] = {}
_WITH_POINT: Mapping[str, Any] = {"decimal": "."}
_AS_SECONDS: Mapping[str, Any] = {"decimal": ".", "time_global_format": TimeFormat.RAW_SECONDS}
_AS_ISO: Mapping[str, Any] = {"date_time_format": DateTimeFormat.parse("YYYY-MM-DD HH:II:SS")}
_IN_UTC: Mapping[str, Any] = {**_AS_ISO, "time_zone": "UTC"}

_TEXT = {CellType.TEXT: _AS_CONFIGURED}
_PLAIN = dict.fromkeys((CellType.TEXT, CellType.NUMBER, CellType.BOOLEAN), _AS_CONFIGURED)
_READABLE: Mapping[Kind, Mapping[CellType, Mapping[str, Any]]] = MappingProxyType(
    {
        Kind.TEXT: dict.fromkeys(set(CellType) - {CellType.EMPTY, CellType.ERROR}, _AS_CONFIGURED),
        Kind.INTEGER: _TEXT | {CellType.NUMBER: _WITH_POINT},
        Kind.NUMBER: _TEXT | {CellType.NUMBER: _WITH_POINT},
        Kind.DATETIME: _TEXT | {CellType.DATE: _AS_ISO, CellType.DATETIME: _AS_ISO, CellType.INSTANT: _IN_UTC},
        Kind.DURATION: _TEXT | {CellType.NUMBER: _WITH_POINT, CellType.DURATION: _AS_SECONDS},
        Kind.STATUS: _PLAIN,
        Kind.FLAG: _PLAIN,
    }
)
"""The types of cells that each kind of column accepts, with the parameters that each type replaces."""

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
"""The finding on a cell of a type that the column does not accept."""

_EXACT_DIGITS = 15
_INEXACT = re.compile(rf"^-?[0-9]{{{_EXACT_DIGITS + 1},}}").pattern


def read(reader: Reader, text: pl.Series, types: pl.Series, column: Column, parameters: Parameters) -> pl.DataFrame:
    """The result of `reader` for the cells, type by type; cells of a type that the column rejects are errors."""
    misfits = _misfits(text, types, column)
    misfit = misfits["code"].is_not_null()
    nothing = text.set(text.is_not_null(), None)
    result = reader.read(nothing, column, parameters).with_columns(misfits)
    for cell_type, replaced in _READABLE[column.kind].items():
        here = (types == cell_type) & text.is_not_null() & ~misfit
        if here.any():
            cells = text.set(~here, None)
            if cell_type is CellType.INSTANT and column.kind is Kind.DATETIME:
                cells = cells.str.strip_suffix("Z")
            part = reader.read(cells, column, dataclasses.replace(parameters, **replaced))
            result = result.with_columns(pl.coalesce(result[name], part[name]).alias(name) for name in result.columns)
    return result


def _misfits(text: pl.Series, types: pl.Series, column: Column) -> pl.DataFrame:
    """`code` and `hint` for the cells that no reader accepts."""
    is_error = types == CellType.ERROR
    other = ~types.is_in([*_READABLE[column.kind], CellType.EMPTY]) & ~is_error
    digits_lost = (types == CellType.NUMBER) & text.str.contains(_INEXACT)
    if column.kind not in {Kind.TEXT, Kind.INTEGER}:
        digits_lost = pl.repeat(value=False, n=len(text), eager=True)
    spreadsheet = f"a spreadsheet keeps {_EXACT_DIGITS} digits of a number and has lost the others of {{}}"
    return pl.select(
        code=pl.when(digits_lost)
        .then(pl.lit("invalid-number"))
        .when((is_error | other) & text.is_not_null())
        .then(pl.lit(_CODE[column.kind])),
        hint=pl.when(is_error)
        .then(sentence("the cell holds the error {}", pl.lit(text)))
        .when(other)
        .then(sentence("the cell holds a {}; make it a cell of the right kind, or text", pl.lit(types)))
        .when(digits_lost)
        .then(sentence(f"{spreadsheet}; format the column as text", pl.lit(text))),
    )
