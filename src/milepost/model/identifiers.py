"""What learners, sessions, trainings and learning object versions are known by: one table for all who look them up.

Imports, loads, filters of exports and `show` all find rows by these identifiers, and by no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl


@dataclass(frozen=True, slots=True)
class Identifier:
    """One column by which the rows of an entity are known."""

    column: str
    """The column of a file."""
    name: str
    """The column of the entity's table."""
    noun: str
    """What a hint calls it, as in `no learner has the reference number "17"`."""
    is_folded: bool = False
    """Whether it is compared without letter case. The table then has a column `NAME_key` with the folded text."""
    is_unique: bool = False
    """Whether at most one row can have a value."""

    @property
    def key(self) -> str:
        """The column of the table that holds what is compared."""
        return f"{self.name}_key" if self.is_folded else self.name


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that a file names by identifiers."""

    noun: str
    """What one row is called in a hint."""
    table: str
    """The table that holds the rows. Each has an `id`."""
    identifiers: tuple[Identifier, ...]
    """The unique ones first."""

    def by_column(self, column: str) -> Identifier:
        """The identifier that a file calls `column`; raises KeyError when there is none."""
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
    """The reference data of a store, by key. The engine hands it to the steps, which know no store."""

    def rows(self, table: str, columns: Sequence[str], **keys: pl.Series) -> pl.DataFrame:
        """Rows that have one of the keys in the column the keys are given for, and maybe others.

        Where keys are given for several columns, rows that have one of either. `columns` and the keywords are columns
        of the table, such as `login_key`; the result has `columns`, as text or as whole numbers.
        """
        ...

    def names(self, table: str, column: str, most: int) -> pl.Series | None:
        """The distinct texts of a column in the order of their code points; None where it has more than `most`."""
        ...
