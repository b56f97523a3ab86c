"""The tables of a store in memory within one transaction: the port, on Polars frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from milepost.model.columns import KEY
from milepost.model.exceptions import StoreError
from milepost.model.export import Selection
from milepost.stores import record
from milepost.stores.memory.export_frames import exported
from milepost.stores.port import NOWHERE, Among, Between, Capabilities, Condition, Presence, Schema, Where
from milepost.stores.tables import TABLES, Table


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """All rows of a store. Frames never change, so that a copy takes no time."""

    rows: dict[str, pl.DataFrame] = field(
        default_factory=lambda: {name: pl.DataFrame(schema=table.schema) for name, table in TABLES.items()}
    )
    highest: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    """The highest id that each table has ever had."""

    def copy(self) -> Contents:
        """The same rows, to be changed apart."""
        return Contents(dict(self.rows), dict(self.highest))


class MemoryTables:
    """The port (`port.Tables`) on the contents of one transaction."""

    capabilities = Capabilities(is_server=False, has_url=False)

    def __init__(self, name: str, contents: Contents) -> None:
        """`name` is what messages call the store; `contents` are the transaction's own, or are not changed."""
        self._name = name
        self.contents = contents

    def rows(self, table: str, schema: Schema, where: Where = NOWHERE, order: Sequence[str] = ()) -> pl.DataFrame:
        """See `port.Tables`."""
        found = self.contents.rows[table].filter(_meets(where))
        return (found.sort(order) if order else found).select(pl.col(name).cast(kind) for name, kind in schema.items())

    def stream(
        self, table: str, schema: Schema, where: Where = NOWHERE, order: Sequence[str] = (), at_a_time: int = 50_000
    ) -> Iterator[pl.DataFrame]:
        """See `port.Tables`."""
        found = self.rows(table, schema, where, order)
        return iter(()) if found.is_empty() else found.iter_slices(at_a_time)

    def export(self, selection: Selection, schema: Schema, at_a_time: int = 50_000) -> Iterator[pl.DataFrame]:
        """See `port.Tables`."""
        found = exported(self.contents.rows.__getitem__, selection, schema)
        return iter(()) if found.is_empty() else found.iter_slices(at_a_time)

    def find(self, table: str, keys: pl.DataFrame, schema: Schema, where: Where = NOWHERE) -> pl.DataFrame:
        """See `port.Tables`."""
        found = self.contents.rows[table].filter(_meets(where)).join(keys.select(KEY), on=KEY, how="semi")
        return found.select(*schema)

    def count(self, table: str, where: Where = NOWHERE, most: int | None = None) -> int:
        """See `port.Tables`."""
        found = self.contents.rows[table].filter(_meets(where)).height
        return found if most is None else min(found, most)

    def insert(self, table: str, rows: pl.DataFrame) -> None:
        """See `port.Tables`."""
        if rows.is_empty():
            return
        described = TABLES[table]
        if described.has_ids and "id" not in rows.columns:
            first = self.contents.highest[table] + 1
            rows = rows.with_columns(id=pl.int_range(first, first + rows.height, dtype=pl.Int64))
        absent = [one for one in described.fields if one.name not in rows.columns]
        rows = rows.with_columns(pl.lit(one.default).alias(one.name) for one in absent)
        added = rows.select(pl.col(name).cast(kind) for name, kind in described.schema.items())
        self._put(described, pl.concat([self.contents.rows[table], added]))

    def overwrite(self, table: str, rows: pl.DataFrame) -> None:
        """See `port.Tables`."""
        described = TABLES[table]
        self._put(described, self.contents.rows[table].update(rows, on=described.key, include_nulls=True))

    def delete(self, table: str, keys: pl.DataFrame) -> None:
        """See `port.Tables`."""
        key = TABLES[table].key
        self.contents.rows[table] = self.contents.rows[table].join(keys.select(key), on=key, how="anti")
        for other in TABLES.values():
            if other.goes_with == table:
                left = self.contents.rows[other.name].join(keys.select(key), on=key, how="anti")
                self.contents.rows[other.name] = left

    def copy(self, source: str, target: str, rows: pl.DataFrame, taken: Mapping[str, str]) -> None:
        """See `port.Tables`."""
        key = TABLES[source].key
        found = self.contents.rows[source].select(*key, **taken)
        self.insert(target, rows.join(found, on=key))

    def add(self, table: str, values: Mapping[str, Any]) -> int:
        """See `port.Tables`."""
        kinds = TABLES[table].schema
        self.insert(table, pl.DataFrame({name: pl.Series([one], dtype=kinds[name]) for name, one in values.items()}))
        return int(self.contents.rows[table]["id"][-1])

    def change(self, table: str, values: Mapping[str, Any], where: Where) -> None:
        """See `port.Tables`."""
        described, is_meant = TABLES[table], _meets(where)
        kinds = described.schema
        changed = (
            pl.when(is_meant).then(pl.lit(one, kinds[name])).otherwise(name).alias(name) for name, one in values.items()
        )
        self._put(described, self.contents.rows[table].with_columns(*changed))

    def remove(self, table: str, where: Where) -> None:
        """See `port.Tables`."""
        self.delete(table, self.contents.rows[table].filter(_meets(where)))

    def highest_id(self, table: str) -> int:
        """See `port.Tables`."""
        return self.contents.highest[table]

    def mark_run(self, number: int) -> None:
        """Nothing: the run's record names its process."""

    def dead(self, processes: Mapping[int, str]) -> Sequence[int]:
        """See `port.Tables`."""
        return record.ended(processes)

    def _put(self, described: Table, rows: pl.DataFrame) -> None:
        """Lets a table have those rows; raises StoreError where they break a rule of the table."""
        for one in described.fields:
            if one.is_required and rows[one.name].null_count():
                self._refuse(f"{described.name}.{one.name} is null")
            if one.among and not rows[one.name].is_in(one.among).all():
                self._refuse(f"{described.name}.{one.name} has another value than {', '.join(one.among)}")
        unique = [described.key, described.unique, *((one.name,) for one in described.fields if one.is_unique)]
        for names in filter(None, unique):
            if rows.select(names).is_duplicated().any():
                self._refuse(f"a row of {described.name} has the same {', '.join(names)} as another")
        self.contents.rows[described.name] = rows
        if described.has_ids:
            highest = rows["id"].max() or 0
            self.contents.highest[described.name] = max(self.contents.highest[described.name], int(str(highest)))

    def _refuse(self, why: str) -> None:
        raise StoreError(f"The store {self._name} failed: {why}. Nothing was changed.")


def _meets(where: Where) -> pl.Expr:
    conditions = (_condition(pl.col(name), condition) for name, condition in where.items())
    return pl.all_horizontal(pl.lit(value=True), *conditions).fill_null(value=False)


def _condition(column: pl.Expr, condition: Condition) -> pl.Expr:
    match condition:
        case Between(first, last):
            return column.is_between(first, last)
        case Among(values):
            return column.is_in(values.implode())
        case Presence.PRESENT:
            return column.is_not_null()
        case value:
            return column == value
