"""The tables of an SQL store within one transaction: the port, as statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import Column, ColumnElement, Text, func, select
from sqlalchemy.engine import Connection

from milepost.model.columns import KEY
from milepost.model.exceptions import StoreError
from milepost.model.export import Selection
from milepost.stores import tables as described
from milepost.stores.port import NOWHERE, Among, Between, Capabilities, Condition, Presence, Schema, Tables, Where
from milepost.stores.sql import dialect, export_queries, frames
from milepost.stores.sql.dialect import Dialect, Query
from milepost.stores.sql.metadata import metadata

_FEW_OTHERS = 4
"""So many rows for each that is sought can be read in passing, in the time it takes to seek one."""
_AT_A_TIME = 25_000
"""How many keys are sought at a time."""


class SQLTables:
    """The port (`port.Tables`) on a connection of SQLAlchemy."""

    def __init__(self, connection: Connection) -> None:
        """`connection` is in a transaction."""
        self.connection = connection
        self._dialect: Dialect = dialect.of(connection)

    @property
    def capabilities(self) -> Capabilities:
        """See `port.Tables`."""
        return Capabilities(is_server=self._dialect.is_server, has_url=True)

    def rows(self, table: str, schema: Schema, where: Where = NOWHERE, order: Sequence[str] = ()) -> pl.DataFrame:
        """See `port.Tables`."""
        query = self._query(table, schema, where, order)
        # Where there are many keys, the statement takes longer than its rows, and is better not written out anew.
        is_sought = any(isinstance(condition, Among) for condition in where.values())
        read = frames.select if is_sought else frames.collect
        return read(self.connection, query, schema)

    def stream(
        self, table: str, schema: Schema, where: Where = NOWHERE, order: Sequence[str] = (), at_a_time: int = 50_000
    ) -> Iterator[pl.DataFrame]:
        """See `port.Tables`."""
        return frames.stream(self.connection, self._query(table, schema, where, order), schema, at_a_time)

    def export(self, selection: Selection, schema: Schema, at_a_time: int = 50_000) -> Iterator[pl.DataFrame]:
        """See `port.Tables`."""
        query = export_queries.query(self.connection, selection, schema)
        return frames.stream(self.connection, query, schema, at_a_time)

    def find(self, table: str, keys: pl.DataFrame, schema: Schema, where: Where = NOWHERE) -> pl.DataFrame:
        """See `port.Tables`."""
        slices = keys.select(KEY).unique().sort(KEY).iter_slices(_AT_A_TIME)
        found = (self._find(table, part, schema, where) for part in slices if not part.is_empty())
        return pl.concat([pl.DataFrame(schema=dict(schema)), *found])

    def _find(self, table: str, keys: pl.DataFrame, schema: Schema, where: Where) -> pl.DataFrame:
        registration, learning_object = KEY
        in_range = dict(where) | {registration: Between(int(keys[registration][0]), int(keys[registration][-1]))}
        if self._is_dense(table, keys, in_range):
            with_key = dict(schema) | dict.fromkeys(KEY, pl.Int64())
            found = frames.collect(self.connection, self._query(table, with_key, in_range), with_key)
            return found.join(keys, on=KEY, how="semi").select(*schema)
        column = metadata.tables[table].c
        among = self._dialect.among_pairs((column[registration], column[learning_object]), keys)
        return frames.select(self.connection, self._query(table, schema, where).where(among), schema)

    def _is_dense(self, table: str, keys: pl.DataFrame, in_range: Where) -> bool:
        """Whether few other rows lie between those that are sought, so that all are better read in one go."""
        most = _FEW_OTHERS * keys.height
        return self.count(table, in_range, most + 1) <= most

    def count(self, table: str, where: Where = NOWHERE, most: int | None = None) -> int:
        """See `port.Tables`."""
        column = metadata.tables[table].primary_key.columns[0]
        some = select(column).where(*self._conditions(table, where)).limit(most).subquery()
        return self.connection.scalar(select(func.count()).select_from(some)) or 0

    def insert(self, table: str, rows: pl.DataFrame) -> None:
        """See `port.Tables`."""
        frames.insert(self.connection, metadata.tables[table], rows)
        if described.TABLES[table].has_ids and "id" in rows.columns:
            self._dialect.count_on(self.connection, metadata.tables[table])

    def overwrite(self, table: str, rows: pl.DataFrame) -> None:
        """See `port.Tables`."""
        frames.overwrite(self.connection, metadata.tables[table], rows)

    def delete(self, table: str, keys: pl.DataFrame) -> None:
        """See `port.Tables`."""
        frames.delete(self.connection, metadata.tables[table], keys)

    def copy(self, source: str, target: str, rows: pl.DataFrame, taken: Mapping[str, str]) -> None:
        """See `port.Tables`."""
        frames.copy(self.connection, metadata.tables[source], metadata.tables[target], rows, taken)

    def add(self, table: str, values: Mapping[str, Any]) -> int:
        """See `port.Tables`."""
        to = metadata.tables[table]
        number: int = self.connection.execute(to.insert().values(**values).returning(to.c["id"])).scalar_one()
        return number

    def change(self, table: str, values: Mapping[str, Any], where: Where) -> None:
        """See `port.Tables`."""
        conditions = self._conditions(table, where)
        self.connection.execute(metadata.tables[table].update().where(*conditions).values(**values))

    def remove(self, table: str, where: Where) -> None:
        """See `port.Tables`."""
        self.connection.execute(metadata.tables[table].delete().where(*self._conditions(table, where)))

    def highest_id(self, table: str) -> int:
        """See `port.Tables`."""
        return self._dialect.highest_id(self.connection, metadata.tables[table])

    def mark_run(self, number: int) -> None:
        """See `port.Tables`."""
        self._dialect.mark_run(self.connection, number)

    def dead(self, processes: Mapping[int, str]) -> Sequence[int]:
        """See `port.Tables`."""
        return self._dialect.dead(self.connection, processes)

    def _query(self, table: str, schema: Schema, where: Where, order: Sequence[str] = ()) -> Query:
        columns = metadata.tables[table].c
        query = select(*(columns[name] for name in schema)).where(*self._conditions(table, where))
        return query.order_by(*(self._key(columns[name]) for name in order)) if order else query

    def _key(self, column: Column[Any]) -> ColumnElement[Any]:
        """A column to sort by: nulls first, texts by code points."""
        key = column.collate(self._dialect.code_points) if isinstance(column.type, Text) else column
        return key.nulls_first() if column.nullable else key

    def _conditions(self, table: str, where: Where) -> Iterator[ColumnElement[bool]]:
        columns = metadata.tables[table].c
        return (self._condition(columns[name], condition) for name, condition in where.items())

    def _condition(self, column: ColumnElement[Any], condition: Condition) -> ColumnElement[bool]:
        match condition:
            case Between(first, last):
                return column.between(first, last)
            case Among(values):
                return self._dialect.among(column, values)
            case Presence.PRESENT:
                return column.is_not(None)
            case value:
                return column == value


def connection_of(tables: Tables) -> Connection:
    """The connection of an SQL store, for what the port cannot do. Raises StoreError for another store."""
    if not isinstance(tables, SQLTables):
        raise StoreError("This is done by a database alone. Give an SQLite file, or postgresql://HOST/DATABASE.")
    return tables.connection
