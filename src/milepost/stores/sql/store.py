"""An SQL store: one connection, one transaction at a time, and the driver's errors in words of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import polars as pl
import sqlalchemy
from sqlalchemy import Column, ColumnElement, Text, func, select
from sqlalchemy.engine import Connection, Engine, Transaction
from sqlalchemy.exc import DBAPIError

from milepost.model.columns import KEY
from milepost.model.exceptions import StoreError
from milepost.model.export import Selection
from milepost.model.tracked import packed, unpacked
from milepost.stores import record
from milepost.stores.port import (
    NOWHERE,
    Access,
    Among,
    Between,
    Condition,
    Patience,
    Presence,
    Schema,
    Space,
    Tables,
    Where,
    Writes,
    no_vacuum,
)
from milepost.stores.sql import dialect, export_queries, kept_engines, version
from milepost.stores.sql.dialect import Query, ordered
from milepost.stores.sql.metadata import metadata
from milepost.stores.tables import TABLES

_FEW_OTHERS = 4
"""So many rows for each that is sought can be read in passing, in the time it takes to seek one."""
_AT_A_TIME = 25_000
"""How many keys are sought at a time."""


_PACKED = packed(*(pl.col(name) for name in KEY))


class SQLTables:
    """The port (`port.Tables`, which describes its operations) on a connection of SQLAlchemy."""

    def __init__(self, connection: Connection) -> None:
        """`connection` is in a transaction."""
        self.connection = connection
        self._dialect = dialect.of(connection)
        self.is_server = self._dialect.is_server

    @property
    def at_end(self) -> Writes:
        return self._dialect.put_off(self.connection, self)

    def rows(
        self,
        table: str,
        schema: Schema,
        where: Where = NOWHERE,
        order: Sequence[str] = (),
        most: int | None = None,
    ) -> pl.DataFrame:
        query = self._query(table, schema, where, order).limit(most)
        # Where there are many keys, the statement takes longer than its rows, and is better not written out anew.
        if any(isinstance(condition, Among) for condition in where.values()):
            return self._few(query, schema)
        return self._dialect.collect(self.connection, query, schema)

    def stream(
        self, table: str, schema: Schema, where: Where = NOWHERE, order: Sequence[str] = (), at_a_time: int = 50_000
    ) -> Iterator[pl.DataFrame]:
        if TABLES[table].has_ids and not (where or order or self.is_server):
            return self._by_id(table, schema, at_a_time)
        return self._dialect.stream(self.connection, self._query(table, schema, where, order), schema, at_a_time)

    def _by_id(self, table: str, schema: Schema, at_a_time: int) -> Iterator[pl.DataFrame]:
        """All rows, by ranges of ids: SQLite reads whole columns in half the time of rows."""
        ids = metadata.tables[table].c.id
        first, last, count = self.connection.execute(select(func.min(ids), func.max(ids), func.count())).one()
        if count and last - first > _FEW_OTHERS * (count + at_a_time):
            yield from self._dialect.stream(self.connection, self._query(table, schema, NOWHERE, ()), schema, at_a_time)
            return
        for begin in range(first, last + 1, at_a_time) if count else ():
            yield self.rows(table, schema, {"id": Between(begin, begin + at_a_time - 1)})

    def export(self, selection: Selection, schema: Schema, at_a_time: int = 50_000) -> Iterator[pl.DataFrame]:
        query = export_queries.query(self.connection, selection, schema)
        return self._dialect.stream(self.connection, query, schema, at_a_time)

    def find(self, table: str, keys: pl.DataFrame, schema: Schema, where: Where = NOWHERE) -> pl.DataFrame:
        # A number that packs both ids is sorted and made distinct in an eighth of the time of two columns.
        distinct = keys.select(_PACKED).to_series().sort().unique()
        slices = distinct.to_frame().select(unpacked(pl.col(distinct.name))).iter_slices(_AT_A_TIME)
        found = (self._find(table, part, schema, where) for part in slices if not part.is_empty())
        return pl.concat([pl.DataFrame(schema=dict(schema)), *found])

    def _find(self, table: str, keys: pl.DataFrame, schema: Schema, where: Where) -> pl.DataFrame:
        registration, learning_object = KEY
        in_range = dict(where) | {registration: Between(int(keys[registration][0]), int(keys[registration][-1]))}
        if self._is_dense(table, keys, in_range):
            with_key = dict(schema) | dict.fromkeys(KEY, pl.Int64())
            found = self.rows(table, with_key, in_range)
            return found.filter(_PACKED.is_in(keys.select(_PACKED).to_series().implode())).select(*schema)
        column = metadata.tables[table].c
        among = self._dialect.among_pairs((column[registration], column[learning_object]), keys)
        return self._few(self._query(table, schema, where).where(among), schema)

    def _is_dense(self, table: str, keys: pl.DataFrame, in_range: Where) -> bool:
        """Whether few other rows lie between those that are sought, so that all are better read in one go."""
        most = _FEW_OTHERS * keys.height
        return self.count(table, in_range, most + 1) <= most

    def _few(self, query: Query, schema: Schema) -> pl.DataFrame:
        return pl.DataFrame(list(self.connection.execute(query)), schema=dict(schema), orient="row")

    def count(self, table: str, where: Where = NOWHERE, most: int | None = None) -> int:
        column = metadata.tables[table].primary_key.columns[0]
        some = select(column).where(*self._conditions(table, where)).limit(most).subquery()
        return self.connection.scalar(select(func.count()).select_from(some)) or 0

    def insert(self, table: str, rows: pl.DataFrame) -> None:
        if not rows.is_empty():
            to = metadata.tables[table]
            self._dialect.insert(self.connection, to, ordered(to, rows))
            if TABLES[table].has_ids and "id" in rows.columns:
                self._dialect.count_on(self.connection, to)

    def overwrite(self, table: str, rows: pl.DataFrame) -> None:
        if not rows.is_empty():
            to = metadata.tables[table]
            self._dialect.overwrite(self.connection, to, ordered(to, rows))

    def delete(self, table: str, keys: pl.DataFrame) -> None:
        if not keys.is_empty():
            to = metadata.tables[table]
            self._dialect.delete(self.connection, to, ordered(to, keys))

    def copy(self, source: str, target: str, rows: pl.DataFrame, taken: Mapping[str, str]) -> None:
        if not rows.is_empty():
            to = metadata.tables[target]
            self._dialect.copy(self.connection, metadata.tables[source], to, ordered(to, rows), taken)

    def add(self, table: str, values: Mapping[str, Any]) -> int:
        to = metadata.tables[table]
        number: int = self.connection.execute(to.insert().values(**values).returning(to.c["id"])).scalar_one()
        return number

    def change(self, table: str, values: Mapping[str, Any], where: Where) -> None:
        conditions = self._conditions(table, where)
        self.connection.execute(metadata.tables[table].update().where(*conditions).values(**values))

    def remove(self, table: str, where: Where) -> None:
        self.connection.execute(metadata.tables[table].delete().where(*self._conditions(table, where)))

    def highest_id(self, table: str) -> int:
        return self._dialect.highest_id(self.connection, metadata.tables[table])

    def pass_over_ids(self, table: str, highest: int) -> None:
        if highest:
            self._dialect.pass_over_ids(self.connection, metadata.tables[table], highest)

    def mark_run(self, number: int) -> None:
        self._dialect.mark_run(self.connection, number)

    def dead(self, processes: Mapping[int, str]) -> Sequence[int]:
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
        raise StoreError(
            "This is done by a database alone. Give an SQLite file, or postgresql://HOST/DATABASE.", code="wrong-usage"
        )
    return tables.connection


@dataclass(frozen=True, slots=True)
class SQLStore:
    """An open store (`port.Store`, which describes its operations)."""

    connection: Connection
    name: str
    access: Access
    patience: Patience
    own_runs: set[int] = field(default_factory=set)

    @contextmanager
    def read(self) -> Iterator[SQLTables]:
        database = dialect.of(self.connection)
        with _translated(self.connection, self.name), database.begin(self.connection, writable=False).begin():
            yield SQLTables(self.connection)

    @contextmanager
    def write(self) -> Iterator[SQLTables]:
        if self.access is Access.READ:
            raise StoreError(f"The store {self.name} was opened to be read, and cannot be written.")
        database = dialect.of(self.connection)
        with (
            _translated(self.connection, self.name),
            database.turn(self.connection, self.patience, self._at_work),
            database.begin(self.connection, writable=True).begin() as transaction,
        ):
            yield SQLTables(self.connection)
            if transaction.is_active:
                database.finish(self.connection)
                with _translated(self.connection, self.name, is_committing=True):
                    _commit(transaction)

    def compact(self, tables: Sequence[str]) -> Space:
        database = dialect.of(self.connection)
        with _translated(self.connection, self.name):
            if self.connection.in_transaction():
                self.connection.rollback()
            return database.compact(self.connection, [metadata.tables[name] for name in tables])

    def vacuum(self, age: timedelta, *, dry_run: bool) -> int:  # noqa: ARG002
        raise no_vacuum()

    def _at_work(self) -> str:
        """Which run is writing."""
        try:
            with self.read() as tables:
                return record.at_work(tables, self.own_runs)
        except StoreError:
            return "another process"  # which is making the store, maybe


@contextmanager
def opened(engine: Engine, name: str, access: Access, patience: Patience) -> Iterator[SQLStore]:
    """The store that `engine` connects to, which is called `name` in messages; see `opening.open_store`."""
    try:
        with _translated(engine, name):
            connection = engine.connect()
        with connection:
            store = SQLStore(connection, name, access, patience)
            if access is Access.WRITE:
                _upgrade(store)
            else:
                with store.read():
                    version.require_current(connection, name)
            yield store
    finally:
        kept_engines.let_go(engine)


def _upgrade(store: SQLStore) -> None:
    with store.read():
        current = version.is_current(store.connection, store.name)
    if not current:
        with store.write():
            # Another process may have done it while this one waited.
            if not version.is_current(store.connection, store.name):
                version.upgrade(store.connection, store.name)


def _commit(transaction: Transaction) -> None:
    """Commits; when that fails, the connection is in no transaction any more."""
    try:
        transaction.commit()
    except BaseException:
        # What a lost connection says to that would hide why it was lost.
        with suppress(DBAPIError):
            transaction.rollback()
        raise


@contextmanager
def _translated(bind: Connection | Engine, name: str, *, is_committing: bool = False) -> Iterator[None]:
    """Driver errors as StoreError, an interrupted statement as KeyboardInterrupt."""
    database = dialect.of(bind)
    try:
        yield
    except DBAPIError as error:
        raise database.explain(error.orig or error, name, is_committing=is_committing) from error
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise StoreError(f"The store {name} cannot be used: {error}") from error
    except database.errors as error:
        raise database.explain(error, name, is_committing=is_committing) from error
