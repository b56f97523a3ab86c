"""Accepted lines to the rows of the table that they amount to, and what becomes of each."""

from __future__ import annotations

import os

import polars as pl

from milepost.model.tracked import before
from milepost.steps.load.lines import Used

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
OUTCOMES = pl.Enum([CREATED, UPDATED, UNCHANGED])

_GUID_BYTES = 16
_MARKED = {6: bytes(byte & 0x0F | 0x40 for byte in range(256)), 8: bytes(byte & 0x3F | 0x80 for byte in range(256))}
"""The bytes of a GUID that say its version and variant, and what each random byte becomes there."""


def planned(used: Used, lines: pl.DataFrame) -> pl.DataFrame:
    """What each line would make of its row: `line`, `row`, `outcome`, and the columns of the kind's table.

    `lines` is as `references.Linker.link` gives it, with `row`. A column that the file lacks keeps what is stored; ids
    and GUIDs never change. Ids and GUIDs of new rows that no line gives are null.
    """
    kind = used.kind
    columns = {name: pl.col(before(name)) for name in kind.schema}
    for field in kind.fields:
        is_used = field.column.name in used.names
        for name in dict.fromkeys((field.name, field.key)):
            if is_used:
                given = pl.col(name)
                columns[name] = pl.coalesce(columns[name], given) if field.is_fixed else given
            elif field.default is not None:
                columns[name] = columns[name].fill_null(field.default)
    columns |= {reference.name: pl.col(reference.name) for reference in kind.references}
    rows = lines.select("line", "row", *(pl.col(before(name)) for name in kind.schema), **columns)
    is_stored = pl.col(before(kind.key[0])).is_not_null()
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(before(name))) for name in kind.schema)
    outcome = pl.when(~is_stored).then(pl.lit(CREATED)).when(differs).then(pl.lit(UPDATED)).otherwise(pl.lit(UNCHANGED))
    return rows.select("line", "row", outcome.cast(OUTCOMES).alias("outcome"), *kind.schema)


def new_guids(count: int) -> pl.Series:
    """That many random GUIDs (UUID version 4)."""
    made = bytearray(os.urandom(_GUID_BYTES * count))
    for place, marked in _MARKED.items():
        made[place::_GUID_BYTES] = made[place::_GUID_BYTES].translate(marked)
    digits = made.hex("|", _GUID_BYTES).split("|") if count else []
    return pl.Series(digits, dtype=pl.String).str.replace("(.{8})(.{4})(.{4})(.{4})", "${1}-${2}-${3}-${4}-")
