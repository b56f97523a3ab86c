"""The port of the stores: what everything above asks of a store. SQLite, PostgreSQL and memory stand behind it.

A store is a set of tables (`stores.tables`) with one writer at a time. Whatever is written once for all stores, such as
the journal, the log, and the record of runs, uses these operations alone. No operation runs a statement for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any, Protocol, TypeAlias

import polars as pl

from milepost.model.exceptions import StoreError, UsageError
from milepost.model.export import Selection
from milepost.model.wording import argument

Schema: TypeAlias = Mapping[str, pl.DataType]
"""The columns of a frame, in their order, with their types."""


@dataclass(frozen=True, slots=True)
class Between:
    """A closed range of whole numbers."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Among:
    """A set of values, of which there may be many thousands."""

    values: pl.Series


class Presence(Enum):
    """Whether a column has a value."""

    PRESENT = "present"


Condition: TypeAlias = int | str | Between | Among | Presence
"""What a column must be: a value, in a range, one of many values, or anything but null."""

Where: TypeAlias = Mapping[str, Condition]
"""Columns of a table with what each of them must be; all conditions must hold."""

NOWHERE: Where = {}
"""No condition: every row."""


class Access(Enum):
    """What a store is opened for."""

    READ = "read"
    """It must exist and be of this version, and nothing in it can be changed."""
    WRITE = "write"
    """A missing store is made, an older one is upgraded."""


class Writes(Protocol):
    """Writes of many rows to the tables of a store. Tables and columns are those of `stores.tables`."""

    def insert(self, table: str, rows: pl.DataFrame) -> None:
        """Adds rows. Columns that the frame lacks are null or take their default, such as the next id."""
        ...

    def overwrite(self, table: str, rows: pl.DataFrame) -> None:
        """Gives existing rows, found by the table's primary key, the values of the frame's other columns.

        The frame has every column that must not be null.
        """
        ...

    def delete(self, table: str, keys: pl.DataFrame) -> None:
        """Deletes the rows with those primary keys."""
        ...

    def copy(self, source: str, target: str, rows: pl.DataFrame, taken: Mapping[str, str]) -> None:
        """Adds `rows` to `target`, with more columns from the rows of `source` that have their primary keys.

        `taken` names those columns of `target`, each with the column of `source` that it is taken from. None of them
        leaves the store. Rows whose keys `source` lacks are passed over.
        """
        ...


class Tables(Writes, Protocol):
    """The tables of a store within one transaction. Tables and columns are those of `stores.tables`."""

    is_server: bool
    """Whether another process does the work, so that a thread of ours can wait for it."""

    @property
    def at_end(self) -> Writes:
        """Writes that may be done as late as at the end of the transaction, kind by kind in the order they came first.

        Nobody reads or writes the rows in between. `overwrite` takes frames with every column of the table.
        """
        ...

    def rows(
        self,
        table: str,
        schema: Schema,
        where: Where = NOWHERE,
        order: Sequence[str] = (),
        most: int | None = None,
    ) -> pl.DataFrame:
        """The rows that meet all conditions, in one frame: for rows that are known to fit in memory.

        `schema` names the columns. `order` names the columns to sort by, nulls first and texts by code points; without
        it, the order is the same each time that the same rows are asked for. `most` is how many of the first rows there
        are at most.
        """
        ...

    def stream(
        self, table: str, schema: Schema, where: Where = NOWHERE, order: Sequence[str] = (), at_a_time: int = 50_000
    ) -> Iterator[pl.DataFrame]:
        """The same for any number of rows, about `at_a_time` of them in a frame.

        The transaction is taken until the last frame has been read: nothing else can be asked for before.
        """
        ...

    def export(self, selection: Selection, schema: Schema, at_a_time: int = 50_000) -> Iterator[pl.DataFrame]:
        """The rows of an export, about `at_a_time` in a frame, with their roll-up; ordered by `export_columns.ORDER`.

        `schema` names columns of the selection's provider (`model.export_columns`). Instants are seconds and days are
        days since 1970-01-01, times are seconds. The transaction is taken as by `stream`.
        """
        ...

    def find(self, table: str, keys: pl.DataFrame, schema: Schema, where: Where = NOWHERE) -> pl.DataFrame:
        """The rows that meet all conditions and whose key is among the rows of `keys`, in a table with the columns KEY.

        `keys` may have any number of rows, in any order, with repetitions, and other columns; no key is null.
        """
        ...

    def count(self, table: str, where: Where = NOWHERE, most: int | None = None) -> int:
        """How many rows meet all conditions; `most` where there are more, as that is faster to find out."""
        ...

    def add(self, table: str, values: Mapping[str, Any]) -> int:
        """Adds one row to a table whose ids are assigned, and gives its id."""
        ...

    def change(self, table: str, values: Mapping[str, Any], where: Where) -> None:
        """Gives all rows that meet the conditions the same values."""
        ...

    def remove(self, table: str, where: Where) -> None:
        """Deletes all rows that meet the conditions."""
        ...

    def highest_id(self, table: str) -> int:
        """The highest id that the table has ever had; 0 where it has had none. Ids below 1 do not count."""
        ...

    def pass_over_ids(self, table: str, highest: int) -> None:
        """Lets ids that are assigned from now on be higher than `highest` too."""
        ...

    def mark_run(self, number: int) -> None:
        """Lets others see that the run with that number is alive, for as long as this process is."""
        ...

    def dead(self, processes: Mapping[int, str]) -> Sequence[int]:
        """Those of the runs, each with what names its process (`record`), whose process has ended."""
        ...


class Store(Protocol):
    """An open store: one transaction at a time."""

    @property
    def name(self) -> str:
        """What to call the store in messages. It never holds a password."""
        ...

    @property
    def own_runs(self) -> set[int]:
        """The runs that are carried out through it; it waits for none of them. Whoever begins a run adds it."""
        ...

    def read(self) -> AbstractContextManager[Tables]:
        """One consistent view of the store until the block ends. Nothing can be written."""
        ...

    def compact(self, tables: Sequence[str]) -> Space:
        """Rewrites those tables, so that files of the database have nothing of deleted rows, and gives space back.

        Outside of any transaction, and nobody else can write meanwhile.
        """
        ...

    def write(self) -> AbstractContextManager[Tables]:
        """One write transaction: committed when the block ends well, else rolled back.

        Raises StoreError when another one writes for longer than the patience allows, and OvertakenError when another
        one has committed since it began, in a store where that can happen.
        """
        ...

    def vacuum(self, age: timedelta, *, dry_run: bool) -> int:
        """Removes the files that nothing has named for so long, and says how many; with `dry_run`, only says.

        Raises UsageError where a store has no such files.
        """
        ...


def no_vacuum() -> UsageError:
    """What to raise where no file is ever left behind."""
    return UsageError("Only a store with delta:// leaves files behind. In this store there is nothing to remove.")


class OvertakenError(StoreError):
    """Another process has committed since the transaction began, so nothing was done."""

    code = "store-busy"


@dataclass(frozen=True, slots=True)
class Space:
    """What a store takes on its disk, in bytes."""

    before: int
    after: int
    is_whole: bool = True
    """Whether nothing of what was deleted is left; not while another process reads the store."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a write waits for another one, and whom it tells."""

    seconds: float = 60.0
    tell: Callable[[str], None] | None = field(default=None)
    """Called once, with a sentence, when the wait begins."""

    def say(self, busy: str) -> None:
        """Tells that the wait for `busy` begins."""
        if self.tell is not None:
            self.tell(f"waiting for {busy}, which is writing to the store, for at most {self._time()}")

    def _time(self) -> str:
        return f"{self.seconds:g} {'second' if self.seconds == 1 else 'seconds'}"

    def exhausted(self, busy: str) -> StoreError:
        """What to raise when the wait for `busy` was too long."""
        return StoreError(
            f"{busy[0].upper()}{busy[1:]} has been writing to the store for {self._time()}. "
            f"Nothing was done. Try again later, or wait longer with {argument('wait')}.",
            code="store-busy",
        )
