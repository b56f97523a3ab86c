"""Stores in memory, as Polars frames: they live as long as the process, and all of it can open them by name."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import polars as pl

from milepost.model.columns import KEY
from milepost.model.exceptions import StoreError
from milepost.model.export import Selection
from milepost.stores import record, scratch_exports
from milepost.stores.frame_rules import broken_rule, completed, meets, typed
from milepost.stores.port import NOWHERE, Access, Patience, Schema, Space, Where, no_vacuum
from milepost.stores.table_description import Table
from milepost.stores.tables import TABLES

_EMPTY = {name: pl.DataFrame(schema=table.schema) for name, table in TABLES.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """All rows of a store. Frames never change, so that a copy takes no time."""

    rows: dict[str, pl.DataFrame] = field(default_factory=_EMPTY.copy)
    highest: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    """The highest id that each table has ever had."""

    def copy(self) -> Contents:
        """The same rows, to be changed apart."""
        return Contents(dict(self.rows), dict(self.highest))


class MemoryTables:
    """The port (`port.Tables`, which describes its operations) on the contents of one transaction."""

    is_server = False

    def __init__(self, name: str, contents: Contents) -> None:
        """`name` is what messages call the store; `contents` are the transaction's own, or are not changed."""
        self._name = name
        self.contents = contents

    @property
    def at_end(self) -> MemoryTables:
        return self

    def rows(
        self,
        table: str,
        schema: Schema,
        where: Where = NOWHERE,
        order: Sequence[str] = (),
        most: int | None = None,
    ) -> pl.DataFrame:
        found = self._found(table, where)
        found = found.sort(order) if order else found
        return typed((found if most is None else found.head(most))[[*schema]], schema)

    def stream(
        self, table: str, schema: Schema, where: Where = NOWHERE, order: Sequence[str] = (), at_a_time: int = 50_000
    ) -> Iterator[pl.DataFrame]:
        found = self.rows(table, schema, where, order)
        return iter(()) if found.is_empty() else found.iter_slices(at_a_time)

    def export(self, selection: Selection, schema: Schema, at_a_time: int = 50_000) -> Iterator[pl.DataFrame]:
        yield from scratch_exports.rows(self, selection, schema, at_a_time)

    def find(self, table: str, keys: pl.DataFrame, schema: Schema, where: Where = NOWHERE) -> pl.DataFrame:
        return self._found(table, where).join(keys, on=KEY, how="semi")[[*schema]]

    def count(self, table: str, where: Where = NOWHERE, most: int | None = None) -> int:
        found = self._found(table, where).height
        return found if most is None else min(found, most)

    def _found(self, table: str, where: Where) -> pl.DataFrame:
        rows = self.contents.rows[table]
        return rows.filter(meets(where)) if where else rows

    def insert(self, table: str, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        described = TABLES[table]
        rows = completed(described, rows, self.contents.highest[table])
        self._put(described, pl.concat([self.contents.rows[table], rows], how="diagonal"))

    def overwrite(self, table: str, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        described = TABLES[table]
        self._put(described, self.contents.rows[table].update(rows, on=described.key, include_nulls=True))

    def delete(self, table: str, keys: pl.DataFrame) -> None:
        if keys.is_empty():
            return
        key = TABLES[table].key
        for name in (table, *(other.name for other in TABLES.values() if other.goes_with == table)):
            self.contents.rows[name] = self.contents.rows[name].join(keys, on=key, how="anti")

    def copy(self, source: str, target: str, rows: pl.DataFrame, taken: Mapping[str, str]) -> None:
        if rows.is_empty():
            return
        key = TABLES[source].key
        found = self.contents.rows[source].select(*key, **taken)
        self.insert(target, rows.join(found, on=key))

    def add(self, table: str, values: Mapping[str, Any]) -> int:
        kinds = TABLES[table].schema
        self.insert(table, pl.DataFrame({name: pl.Series([one], dtype=kinds[name]) for name, one in values.items()}))
        return int(self.contents.rows[table]["id"][-1])

    def change(self, table: str, values: Mapping[str, Any], where: Where) -> None:
        described, rows = TABLES[table], self.contents.rows[table]
        meant = rows.select(meets(where).arg_true()).to_series()
        if not meant.is_empty():
            kinds = described.schema
            changed = [rows[name].scatter(meant, pl.Series([one], dtype=kinds[name])) for name, one in values.items()]
            self._put(described, rows.with_columns(changed))

    def remove(self, table: str, where: Where) -> None:
        self.delete(table, self.contents.rows[table].filter(meets(where)))

    def highest_id(self, table: str) -> int:
        return self.contents.highest[table]

    def pass_over_ids(self, table: str, highest: int) -> None:
        self.contents.highest[table] = max(self.contents.highest[table], highest)

    def mark_run(self, number: int) -> None:
        """Nothing: the run's record names its process."""

    def dead(self, processes: Mapping[int, str]) -> Sequence[int]:
        return record.ended(processes)

    def _put(self, described: Table, rows: pl.DataFrame) -> None:
        """Lets a table have those rows; raises StoreError where they break a rule of the table."""
        why = broken_rule(described, rows)
        if why is not None:
            raise StoreError(f"The store {self._name} failed: {why}. Nothing was changed.")
        self.contents.rows[described.name] = rows
        if described.has_ids:
            highest = rows["id"].max() or 0
            self.contents.highest[described.name] = max(self.contents.highest[described.name], int(str(highest)))


@dataclass(slots=True)
class Kept:
    """One store: what was committed last, and whose turn it is to write."""

    contents: Contents = field(default_factory=Contents)
    turn: threading.Lock = field(default_factory=threading.Lock)


STORES: dict[str, Kept] = {}
"""The stores of this process by their URLs."""


@dataclass(frozen=True, slots=True)
class MemoryStore:
    """An open store (`port.Store`, which describes its operations)."""

    name: str
    access: Access
    patience: Patience
    kept: Kept
    own_runs: set[int] = field(default_factory=set)

    @contextmanager
    def read(self) -> Iterator[MemoryTables]:
        yield MemoryTables(self.name, self.kept.contents.copy())

    def compact(self, tables: Sequence[str]) -> Space:  # noqa: ARG002
        """Nothing: frames that are not used any more are gone."""
        return Space(0, 0)

    @contextmanager
    def write(self) -> Iterator[MemoryTables]:
        if self.access is Access.READ:
            raise StoreError(f"The store {self.name} was opened to be read, and cannot be written.")
        with self._turn():
            tables = MemoryTables(self.name, self.kept.contents.copy())
            yield tables
            self.kept.contents = tables.contents

    def vacuum(self, age: timedelta, *, dry_run: bool) -> int:  # noqa: ARG002
        raise no_vacuum()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.kept.turn.acquire(blocking=False):
            with self.read() as tables:
                busy = record.at_work(tables, self.own_runs)
            self.patience.say(busy)
            if not self.kept.turn.acquire(timeout=self.patience.seconds):
                raise self.patience.exhausted(busy)
        try:
            yield
        finally:
            self.kept.turn.release()


@contextmanager
def opened(url: str, access: Access, patience: Patience) -> Iterator[MemoryStore]:
    """The store at `url`; see `opening.open_store`."""
    if access is Access.READ and url not in STORES:
        raise StoreError(
            f"There is no store at {url}. Load or import something first, or name another with --db.",
            code="store-missing",
        )
    yield MemoryStore(url, access, patience, STORES.setdefault(url, Kept()))
