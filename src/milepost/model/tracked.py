"""The schemas of frames of tracking rows, stored, planned and logged; derived from `columns.STORED`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TypeAlias

import polars as pl

from milepost.model.columns import KEY, STORED, Kind

Schema: TypeAlias = "MappingProxyType[str, pl.DataType] | dict[str, pl.DataType]"

TYPES = MappingProxyType(
    {
        Kind.TEXT: pl.String(),
        Kind.INTEGER: pl.Int64(),
        Kind.NUMBER: pl.Float64(),
        Kind.DATETIME: pl.Int64(),
        Kind.DURATION: pl.Int64(),
        Kind.STATUS: pl.String(),
        Kind.FLAG: pl.Boolean(),
        Kind.DAY: pl.Int64(),
    }
)
"""The type of each kind of column in a frame. Instants are seconds, days are days, since 1970-01-01T00:00:00Z."""

KEY_SCHEMA: dict[str, pl.DataType] = dict.fromkeys(KEY, pl.Int64())

SCHEMA = KEY_SCHEMA | {name: TYPES[column.kind] for name, (column, _) in STORED.items()}
"""A stored row: its key and its values."""

LOGGED: dict[str, pl.DataType] = {"logged_on": pl.Int64(), "logged_time": pl.Int64()}
"""The newest day of a row's log, in days since 1970-01-01, and the seconds spent on it."""

TARGET = tuple(f"into.{name}" for name in KEY)
"""The columns with the key that a row gets where rows are merged."""

WRITERS = KEY_SCHEMA | {"run_id": pl.Int64(), "line": pl.Int64()}
"""The key of a row, and its last writer: a run, and the line of its file."""

DAY = KEY_SCHEMA | {"day": pl.Int64()}
"""The key of a day of a row's log; `day` is in days since 1970-01-01."""

DAYS = DAY | {"time_spent": pl.Int64(), "progression": pl.Float64()}
"""A day of a log: its time in seconds, and the progression on that day."""

DAY_CHANGES = DAYS | {"was_time_spent": pl.Int64(), "was_progression": pl.Float64()}
"""A change of a day: its new and its old values. A day without a time does not exist."""

SECONDS_A_DAY = 86_400


def before(name: str) -> str:
    """The column of a plan with the stored value of the column `name`."""
    return f"stored.{name}"


def kind_of(name: str) -> str:
    """The column of a comparison with the kind of the change of the column `name`."""
    return f"kind.{name}"


_BITS = 31
"""The bits of the largest id."""


def packed(registration: pl.Expr, learning_object: pl.Expr) -> pl.Expr:
    """Both parts of a KEY in one whole number; numbers sort like keys."""
    return registration.cast(pl.Int64) * (1 << _BITS) + learning_object.cast(pl.Int64)


def unpacked(key: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The columns KEY of a packed number."""
    return (key // (1 << _BITS)).alias(KEY[0]), (key % (1 << _BITS)).alias(KEY[1])
