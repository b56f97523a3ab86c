"""The identifiers of rows: one table for the look-ups of imports, loads, filters of exports and `show`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl


@dataclass(frozen=True, slots=True)
class Identifier:
    """One column that identifies rows of an entity."""

    column: str
    """The column of a file."""
    name: str
    """The column of the entity's table."""
    noun: str
    """The noun in hints, as in `no learner has the reference number "17"`."""
    is_folded: bool = False
    """Whether letter case does not count. The table then has a column `NAME_key` with the folded text."""
    is_unique: bool = False
    """Whether a value belongs to at most one row."""

    @property
    def key(self) -> str:
        """The column of the table that is compared."""
        return f"{self.name}_key" if self.is_folded else self.name


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of row that files refer to by identifiers."""

    noun: str
    """The noun for one row in hints."""
    table: str
    """The table of the rows. Each has an `id`."""
    identifiers: tuple[Identifier, ...]
    """The unique ones first."""

    def by_column(self, column: str) -> Identifier:
        """The identifier in the column `column` of a file; raises KeyError if there is none."""
        return {one.column: one for one in self.identifiers}[column]


LEARNER = Entity(
    "learner",
    "learner",
    (
        Identifier("candidateLogin", "login", "login", is_folded=True, is_unique=True),
        Identifier("candidateGuid", "guid", "GUID", is_folded=True, is_unique=True),
        Identifier("candidateRefNumber", "reference_number", "reference number"),
        Identifier("candidateEmail", "email", "e-mail", is_folded=True),
    ),
)
SESSION = Entity(
    "session",
    "session",
    (
        Identifier("sessionGuid", "guid", "GUID", is_folded=True, is_unique=True),
        Identifier("sessionId", "id", "id", is_unique=True),
        Identifier("sessionTitle", "title", "title"),
    ),
)
TRAINING = Entity(
    "training",
    "training",
    (
        Identifier("trainingPathCode", "path_code", "path code", is_unique=True),
        Identifier("trainingId", "id", "id", is_unique=True),
        Identifier("trainingGuid", "guid", "GUID", is_folded=True, is_unique=True),
    ),
)
OBJECT = Entity(
    "learning object version",
    "learning_object_version",
    (Identifier("lovGuid", "guid", "GUID", is_folded=True, is_unique=True), Identifier("lovCode", "code", "code")),
)


class References(Protocol):
    """The reference data of a store, by key. The engine passes it to the steps, which know no store."""

    def rows(self, table: str, columns: Sequence[str], **keys: pl.Series) -> pl.DataFrame:
        """The rows that have one of the keys in the column of the keyword, and maybe other rows.

        With several keywords, the rows that fit any of them. `columns` and the keywords are columns of the table, such
        as `login_key`; the result has `columns`, as text or as whole numbers.
        """
        ...

    def names(self, table: str, column: str, most: int) -> pl.Series | None:
        """The distinct texts of a column, sorted by code points; None if the column has more than `most`."""
        ...


class WholeReferences(References, Protocol):
    """The reference data of a store, by key or whole."""

    def every(self, table: str, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """All rows of a table, a bounded number in a frame; at least one frame.

        Nothing else can be asked for before the last frame has been read.
        """
        ...

    def count(self, table: str, most: int) -> int:
        """How many rows a table has; `most` where there are more."""
        ...
