"""What differs between the databases: one class for each, in `sqlite` and `postgresql`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any, TypeAlias

import polars as pl
import sqlalchemy
from sqlalchemy import Column, ColumnElement, MetaData, Select, Table, event
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.util import LRUCache

from milepost.stores import record
from milepost.stores.port import Patience, Schema, Space, Writes

Query: TypeAlias = Select[*tuple[Any, ...]]


class Dialect(ABC):
    """One kind of database."""

    errors: tuple[type[Exception], ...]
    """The base of its driver's errors."""
    code_points: str
    """The collation that orders texts by their code points."""
    elsewhere: str
    """Another place for a store, as messages name it."""
    is_server: bool
    """See `port.Tables`."""

    def begin(self, connection: Connection, *, writable: bool) -> Connection:  # noqa: ARG002
        """The connection, set for a transaction that is about to begin."""
        return connection

    @abstractmethod
    def turn(
        self, connection: Connection, patience: Patience, at_work: Callable[[], str]
    ) -> AbstractContextManager[None]:
        """Waits until no other writes, and keeps it so for as long as the block runs, or the transaction in it.

        Raises StoreError when that takes longer than `patience` allows; `at_work` says which run is writing.
        """

    @abstractmethod
    def explain(self, error: Exception, store: str, *, is_committing: bool = False) -> BaseException:
        """What to raise for an error of the driver about the store that is called `store`.

        `is_committing` says that the database may have committed what it was told to.
        """

    # Frames that are written have one row or more, and columns named and ordered as the table's.

    @abstractmethod
    def insert(self, connection: Connection, table: Table, frame: pl.DataFrame) -> None:
        """See `port.Tables`."""

    @abstractmethod
    def overwrite(self, connection: Connection, table: Table, frame: pl.DataFrame) -> None:
        """See `port.Tables`."""

    @abstractmethod
    def delete(self, connection: Connection, table: Table, keys: pl.DataFrame) -> None:
        """See `port.Tables`."""

    @abstractmethod
    def copy(
        self, connection: Connection, source: Table, target: Table, frame: pl.DataFrame, taken: Mapping[str, str]
    ) -> None:
        """See `port.Tables`."""

    def put_off(self, connection: Connection, now: Writes) -> Writes:  # noqa: ARG002
        """See `port.Tables.at_end`; `now` writes at once."""
        return now

    def finish(self, connection: Connection) -> None:  # noqa: B027
        """Does what was put off. The transaction is about to be committed."""

    @abstractmethod
    def stream(self, connection: Connection, query: Query, schema: Schema, at_a_time: int) -> Iterator[pl.DataFrame]:
        """The rows of a query of any size, about so many of them in a frame; columns as in `schema`, by place.

        The connection is taken until the last frame has been read: nothing else can be executed before.
        """

    def collect(self, connection: Connection, query: Query, schema: Schema) -> pl.DataFrame:
        """The rows of a query in one frame, where they are known to fit; numbers and texts alone."""
        return pl.concat([pl.DataFrame(schema=dict(schema)), *self.stream(connection, query, schema, 50_000)])

    @abstractmethod
    def among(self, column: ColumnElement[Any], keys: pl.Series) -> ColumnElement[bool]:
        """Whether the column holds one of the keys, of which there may be many thousands."""

    @abstractmethod
    def among_pairs(
        self, columns: tuple[ColumnElement[Any], ColumnElement[Any]], pairs: pl.DataFrame
    ) -> ColumnElement[bool]:
        """Whether two whole-numbered columns hold one of the pairs, of which there may be many thousands."""

    @abstractmethod
    def date(self, seconds: ColumnElement[int]) -> ColumnElement[Any]:
        """The date in UTC of an instant in seconds since 1970-01-01T00:00:00Z."""

    @abstractmethod
    def mark_run(self, connection: Connection, number: int) -> None:
        """See `port.Tables`."""

    def dead(self, connection: Connection, processes: Mapping[int, str]) -> Sequence[int]:  # noqa: ARG002
        """See `port.Tables`."""
        return record.ended(processes)

    @abstractmethod
    def compact(self, connection: Connection, tables: Sequence[Table]) -> Space:
        """See `port.Store`; the connection is in no transaction."""

    @abstractmethod
    def count_on(self, connection: Connection, table: Table) -> None:
        """Lets ids that are assigned from now on be higher than every id that the table has."""

    @abstractmethod
    def pass_over_ids(self, connection: Connection, table: Table, highest: int) -> None:
        """See `port.Tables`; `highest` is above 0."""

    @abstractmethod
    def highest_id(self, connection: Connection, table: Table) -> int:
        """See `port.Tables`."""

    @contextmanager
    def temporary(self, connection: Connection, table: Table, frame: pl.DataFrame) -> Iterator[Table]:
        """A temporary table with the rows of `frame`, in their order; its columns are of the types that `table` has."""
        made = _given(table, tuple(frame.columns))
        made.create(connection, checkfirst=False)
        self.insert(connection, made, frame)
        yield made
        made.drop(connection, checkfirst=False)


@lru_cache(maxsize=100)
def _given(table: Table, columns: tuple[str, ...]) -> Table:
    """The same object for the same columns, so that statements with it are compiled once."""
    chosen = (Column(name, table.c[name].type) for name in columns)
    return Table(f"given_{table.name}", MetaData(), *chosen, prefixes=["TEMPORARY"])


def ordered(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with its columns in the order of the table's."""
    return frame.select(column.name for column in table.columns if column.name in frame.columns)


def of(bind: Connection | Engine) -> Dialect:
    """The dialect of an engine, or of a connection of it."""
    found: Dialect = bind.dialect.milepost  # type: ignore[attr-defined]
    return found


_MOST_COMPILED = 500
_SHARED: dict[tuple[type[Dialect], int], tuple[sqlalchemy.Dialect, LRUCache[Any, Any]]] = {}
"""For each kind and version of databases: the dialect of SQLAlchemy, and what was compiled for it."""


def attach(engine: Engine, kind: type[Dialect], version: int = 0) -> Engine:
    """The engine, which from now on has a dialect of that kind, and whose connection survives Ctrl-C.

    The engines of one process for databases of the same kind and `version` share the statements that are compiled:
    compiling takes longer than a small import needs for anything else in a database.
    """
    event.listen(engine, "handle_error", _keep_connection)
    key = (kind, version)
    if key in _SHARED:
        engine.dialect, compiled = _SHARED[key]
        engine.update_execution_options(compiled_cache=compiled)
        return engine
    engine.dialect.milepost = kind()  # type: ignore[attr-defined]
    compiled = LRUCache(_MOST_COMPILED)
    engine.update_execution_options(compiled_cache=compiled)

    def share(_connection: Connection) -> None:
        # Not before: a dialect learns from its first connection what the database can do.
        _SHARED.setdefault(key, (engine.dialect, compiled))

    event.listen(engine, "engine_connect", share)
    return engine


def _keep_connection(context: ExceptionContext) -> None:
    # SQLAlchemy would abandon it, and it would go on holding its lock: whoever records the interruption would wait for
    # it in vain.
    if not isinstance(context.original_exception, Exception):
        context.is_disconnect = False
