"""What can be said of one kind of reference data: its columns, its key, and what its rows refer to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from milepost.model.columns import Column, Vocabulary


class Role(StrEnum):
    """What a column does for a row."""

    KEY = "key"
    """It says which row is meant."""
    IDENTITY = "identity"
    """An id or GUID beside the key: unique, given or made when the row is new, never changed."""
    VALUE = "value"
    """It may change at any time."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the file that is a column of the kind's table."""

    column: Column
    name: str
    """The column of the table."""
    role: Role = Role.VALUE
    folded: bool = False
    """Whether it is compared without letter case; the table then has a column `NAME_key` beside it."""
    required: bool = False
    """Whether it must be in the file and never be empty."""
    default: bool | float | None = None
    """What is stored for an empty cell."""
    fixed: bool = False
    """Whether its letter case never changes either."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Another table's row, which a row of the kind needs."""

    noun: str
    """What the referred row is called."""
    table: str
    """The table in which it is looked up."""
    name: str
    """The column of the kind's table that holds its id."""
    role: Role = Role.VALUE
    missing: str | None = None
    """The code of the finding on a line that gives none of several identifiers; None where each is required."""
    held_by: tuple[str, str] | None = None
    """A table and its column that refers to the kind: while it does, the reference never changes."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A column of the file that names the row of a reference. All those that a line gives must agree."""

    column: Column
    reference: Reference
    name: str
    """The column of the referred table."""
    noun: str
    """What the identifier is called in a hint, such as `login`."""
    folded: bool = False
    """As in `Field`."""
    unique: bool = True
    """Whether at most one row can have it. Of several identifiers, the unique ones stand first."""
    required: bool = False
    """As in `Field`."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of reference data."""

    name: str
    """What it is called on the command line."""
    noun: str
    """What one row is called in a hint."""
    table: str
    columns: tuple[Field | Identifier, ...]
    """In the order of the file format, which is also the order of findings on one line."""
    vocabulary: Vocabulary
    """The same columns as a file may name them."""
    label: str | None = None
    """The column of the table that names a row in a hint; None: a row has no name of its own."""
    in_order: tuple[str, str] | None = None
    """Two columns of the file with instants; a warning is given where the second is before the first."""
    references: tuple[Reference, ...] = field(init=False)
    """What its rows refer to, in the order of the columns."""

    def __post_init__(self) -> None:
        distinct = dict.fromkeys(column.reference for column in self.columns if isinstance(column, Identifier))
        object.__setattr__(self, "references", tuple(distinct))

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns that are stored as they are."""
        return tuple(column for column in self.columns if isinstance(column, Field))

    @property
    def identities(self) -> tuple[Field, ...]:
        """The ids and GUIDs beside the key."""
        return tuple(column for column in self.fields if column.role is Role.IDENTITY)

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that must be in the file and never be empty."""
        return tuple(column.column.name for column in self.columns if column.required)

    def identifiers(self, reference: Reference) -> tuple[Identifier, ...]:
        """The columns that name the row of `reference`, the unique ones first."""
        return tuple(
            column for column in self.columns if isinstance(column, Identifier) and column.reference == reference
        )
