"""How a table of a store is described: its columns, its key, and what guards it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

TEXT = pl.String()
WHOLE = pl.Int32()
LONG = pl.Int64()
"""Instants and checksums."""
NUMBER = pl.Float64()
FLAG = pl.Boolean()


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table."""

    name: str
    type: pl.DataType = TEXT
    is_required: bool = False
    is_unique: bool = False
    is_indexed: bool = False
    refers_to: str | None = None
    """The table whose ids the column holds."""
    default: int | None = None
    among: tuple[str, ...] = ()
    """The only texts that are allowed, if not all are."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table. A table whose key is `id` assigns ids, and never the same one again."""

    name: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    unique: tuple[str, ...] = ()
    """Columns that together are unique."""
    goes_with: str | None = None
    """The table with whose rows its own are deleted, by whomever: those with the same key."""
    is_filled_by_imports: bool = False
    """Whether foreign keys would cost too much: see `sql.migrations.guards`."""

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """What a frame holds of each column."""
        return {field.name: LONG if field.type == WHOLE else field.type for field in self.fields}

    @property
    def has_ids(self) -> bool:
        """Whether rows without an id get the next one."""
        return self.key == ("id",)


def whole(name: str, *, refers_to: str | None = None, is_indexed: bool = False) -> Field:
    """A column of whole numbers, never null."""
    return Field(name, WHOLE, is_required=True, refers_to=refers_to, is_indexed=is_indexed)


def optional(*names: str, kind: pl.DataType = TEXT) -> tuple[Field, ...]:
    """Columns that may be null."""
    return tuple(Field(name, kind) for name in names)


def text(name: str, *, is_unique: bool = False, is_indexed: bool = False, among: tuple[str, ...] = ()) -> Field:
    """A column of texts, never null."""
    return Field(name, is_required=True, is_unique=is_unique, is_indexed=is_indexed, among=among)


def table(
    name: str,
    *fields: Field,
    key: tuple[str, ...] = ("id",),
    unique: tuple[str, ...] = (),
    goes_with: str | None = None,
    is_filled_by_imports: bool = False,
) -> Table:
    """A table that has an `id` before its `fields`, unless it has another key."""
    ids = (whole("id"),) if key == ("id",) else ()
    return Table(name, key, (*ids, *fields), unique, goes_with, is_filled_by_imports)
