"""What is SQLite's own: connections, locks, the words of its errors, bulk statements."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast

import polars as pl
import sqlalchemy
from sqlalchemy import ColumnElement, Delete, Insert, Table, Update, bindparam, column, func, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool, Pool, StaticPool

from milepost.model.exceptions import StoreError
from milepost.model.wording import argument
from milepost.stores.port import Patience, Schema, Space, Writes
from milepost.stores.sql import dialect, sqlite_bulk, sqlite_columns
from milepost.stores.sql.dialect import Dialect, Query
from milepost.stores.sql.metadata import metadata
from milepost.stores.sql.sqlite_bulk import PutOff

OLDEST = (3, 37, 0)
"""The first SQLite with STRICT tables."""

_CACHE_KIB = 16_000
_INSTRUCTIONS_BETWEEN_SIGNALS = 200_000
_ROWS_AS_TUPLES = 10_000
"""Python's tuples take many times the memory of a frame's rows."""
_FEW_ROWS = 1_000
"""Fewer rows are read as tuples; it takes little to read as many in vain."""
_PATIENT_FOR = 0.2
"""Seconds in which SQLite itself waits for a lock, and Ctrl-C waits for SQLite."""
_LOCKED = "database is locked"
_WAITING = "milepost.waiting"
"""Under this name a connection has the writes that are put off."""


class _SQLite(Dialect):
    """One file, one writer at a time, any number of readers."""

    errors = (sqlite3.Error,)
    code_points = "BINARY"
    elsewhere = "another file"
    is_server = False

    @contextmanager
    def turn(self, connection: Connection, patience: Patience, at_work: Callable[[], str]) -> Iterator[None]:
        """Begins the transaction, since one that writes holds the only lock there is.

        References are not checked row by row: what they mean was found in this transaction, and nobody else can delete
        it before the transaction ends.
        """
        driver = _driver(connection)
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            _wait_to_write(driver, patience, at_work)
            yield
        finally:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            waiting = connection.info.pop(_WAITING, None)
            if waiting is not None:
                waiting.close()
            driver.execute("PRAGMA foreign_keys=ON")

    def explain(self, error: Exception, store: str, *, is_committing: bool = False) -> BaseException:  # noqa: ARG002
        # A commit that fails has not happened.
        message = str(error)
        if message == "interrupted":
            return KeyboardInterrupt()
        found = ((code, sentence) for begins, code, sentence in _TOLD if message.startswith(begins))
        code, sentence = next(found, ("store-failed", "The store {0} failed: {1}. Nothing was changed."))
        return StoreError(sentence.format(store, message), code=code)

    def insert(self, connection: Connection, table: Table, frame: pl.DataFrame) -> None:
        _execute_many(connection, table.insert(), frame, frame.columns)

    def overwrite(self, connection: Connection, table: Table, frame: pl.DataFrame) -> None:
        key = [name for name in frame.columns if name in table.primary_key.columns]
        values = [name for name in frame.columns if name not in key]
        _execute_many(connection, table.update().where(*_has_key(table, key)), frame.select(*values, *key), values)

    def delete(self, connection: Connection, table: Table, keys: pl.DataFrame) -> None:
        _execute_many(connection, table.delete().where(*_has_key(table, keys.columns)), keys)

    def copy(
        self, connection: Connection, source: Table, target: Table, frame: pl.DataFrame, taken: Mapping[str, str]
    ) -> None:
        with self.temporary(connection, target, frame) as given:
            connection.execute(sqlite_bulk.copy(source, target, given, taken))

    def put_off(self, connection: Connection, now: Writes) -> Writes:
        if _WAITING not in connection.info:
            connection.info[_WAITING] = PutOff(connection, now)
        waiting: PutOff = connection.info[_WAITING]
        return waiting

    def finish(self, connection: Connection) -> None:
        if _WAITING in connection.info:
            connection.info[_WAITING].finish()

    def stream(self, connection: Connection, query: Query, schema: Schema, at_a_time: int) -> Iterator[pl.DataFrame]:
        result = connection.execute(query)
        # The driver's tuples as they are: SQLAlchemy would wrap each of them.
        cursor: Any = result.cursor
        while rows := cursor.fetchmany(at_a_time):
            yield pl.DataFrame(rows, schema=dict(schema), orient="row")
        result.close()

    def collect(self, connection: Connection, query: Query, schema: Schema) -> pl.DataFrame:
        result = connection.execute(query)
        cursor: Any = result.cursor
        tuples = cursor.fetchmany(_FEW_ROWS)
        result.close()
        if len(tuples) == _FEW_ROWS:
            return sqlite_columns.read(connection, query, schema)
        # SQLite has numbers for flags.
        read = {name: pl.Int64() if kind == pl.Boolean() else kind for name, kind in schema.items()}
        found = pl.DataFrame(tuples, schema=read, orient="row", strict=False)
        return found if read == schema else found.cast(pl.Schema(schema))

    def among(self, column: ColumnElement[Any], keys: pl.Series) -> ColumnElement[bool]:
        listed = bindparam(None, _json(keys), type_=sqlalchemy.Text(), unique=True)
        values = func.json_each(listed).table_valued("value")
        return column.in_(select(values.c.value))

    def among_pairs(
        self, columns: tuple[ColumnElement[Any], ColumnElement[Any]], pairs: pl.DataFrame
    ) -> ColumnElement[bool]:
        # Both halves in one number, which takes half the time of a pair in JSON.
        packed = pairs.select(pl.col(pairs.columns[0]).cast(pl.Int64) * _SHIFT + pl.col(pairs.columns[1])).to_series()
        listed = bindparam(None, _json(packed), type_=sqlalchemy.Text(), unique=True)
        value: ColumnElement[Any] = func.json_each(listed).table_valued("value").c.value
        return sqlalchemy.tuple_(*columns).in_(select(value.op(">>")(_BITS), value.op("&")(_SHIFT - 1)))

    def date(self, seconds: ColumnElement[int]) -> ColumnElement[Any]:
        return func.date(seconds, sqlalchemy.literal("unixepoch"))

    def mark_run(self, connection: Connection, number: int) -> None:
        """Nothing: the run's record names its process."""

    def compact(self, connection: Connection, tables: Sequence[Table]) -> Space:  # noqa: ARG002
        """Writes the file anew, and empties its write-ahead log: both hold what was deleted until then."""
        driver = _driver(connection)
        before = _bytes(driver)
        driver.execute("PRAGMA secure_delete=ON")
        driver.execute("VACUUM")
        is_busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return Space(before, _bytes(driver), is_whole=not is_busy)

    def count_on(self, connection: Connection, table: Table) -> None:
        """Nothing: SQLite counts on from the highest id by itself."""

    def pass_over_ids(self, connection: Connection, table: Table, highest: int) -> None:
        # Rows that are put off may raise it later, and cannot lower it.
        above = max(highest, self.highest_id(connection, table))
        connection.execute(_SEQUENCE.delete().where(_SEQUENCE.c["name"] == table.name))
        connection.execute(_SEQUENCE.insert().values(name=table.name, seq=above))

    def highest_id(self, connection: Connection, table: Table) -> int:
        return connection.scalar(select(_SEQUENCE.c["seq"]).where(_SEQUENCE.c["name"] == table.name)) or 0


def _bytes(driver: sqlite3.Connection) -> int:
    """What the database and its log take."""
    *_, name = driver.execute("PRAGMA database_list").fetchone()
    files = (Path(f"{name}{ending}") for ending in ("", "-wal"))
    return sum(file.stat().st_size for file in files if file.is_file())


_SEQUENCE = sqlalchemy.table("sqlite_sequence", column("name"), column("seq"))
_BITS = 31
_SHIFT = 1 << _BITS
"""Ids are below it."""


def engine(path: Path, *, writable: bool) -> Engine:
    """An engine with one connection to the file `path`, which is made if it is writable and missing.

    Raises StoreError when Python comes with an SQLite that is too old.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        needed = ".".join(str(part) for part in OLDEST[:2])
        raise StoreError(
            f"Milepost needs SQLite {needed} or newer, and this Python comes with {sqlite3.sqlite_version}. "
            "Use a newer Python.",
            code="store-version",
        )

    return _engine(partial(_connect, path, writable=True)) if writable else _reading_engine(path)


@lru_cache(maxsize=8)
def _reading_engine(path: Path) -> Engine:
    """An engine whose connections read. It is kept, since it keeps the statements that it has compiled."""
    return _engine(partial(_connect, path, writable=False), NullPool)


@contextmanager
def scratch(path: str, tables: Iterable[str]) -> Iterator[Connection]:
    """A transaction of a new database that has those tables of a store, without rows, and ends with the block.

    `path` is its file, which nobody else uses, or `:memory:`.
    """
    made = _engine(partial(sqlite3.connect, path, isolation_level=None))
    try:
        metadata.create_all(made, [metadata.tables[name] for name in tables], checkfirst=False)
        with made.begin() as connection:
            yield connection
    finally:
        made.dispose()


def _engine(connect: Callable[[], sqlite3.Connection], pool: type[Pool] = StaticPool) -> Engine:
    made = sqlalchemy.create_engine("sqlite://", creator=connect, poolclass=pool, hide_parameters=True)
    sqlalchemy.event.listen(made, "begin", _begin)
    return dialect.attach(made, _SQLite)


def _connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    mode = "rwc" if writable else _reading_mode(path.resolve())
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_PATIENT_FOR)
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL" if writable else "PRAGMA query_only=ON")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    # A long statement would hold back Ctrl-C; in this call Python sees to signals, and raising ends the statement.
    connection.set_progress_handler(lambda: 0, _INSTRUCTIONS_BETWEEN_SIGNALS)
    return connection


def _reading_mode(path: Path) -> str:
    """How to open a store to read it, as a parameter of the URI."""
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        # Not `ro`: it would leave the -wal and -shm files of a WAL store behind, since it cannot tidy up.
        return "rw"
    # Without a -wal file nobody has written what the file itself lacks, and no -shm file needs to be made.
    return "ro" if path.with_name(f"{path.name}-wal").exists() else "ro&immutable=1"


def _begin(connection: Connection) -> None:
    if not _driver(connection).in_transaction:
        connection.exec_driver_sql("BEGIN")


def _wait_to_write(driver: sqlite3.Connection, patience: Patience, at_work: Callable[[], str]) -> None:
    end = time.monotonic() + patience.seconds
    busy = ""
    while not _begin_writing(driver):
        if not busy:
            busy = at_work()
            patience.say(busy)
        if time.monotonic() >= end:
            raise patience.exhausted(busy)


def _begin_writing(driver: sqlite3.Connection) -> bool:
    """Whether a transaction that writes could begin."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if not str(error).startswith(_LOCKED):
            raise
        return False
    return True


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _execute_many(
    connection: Connection, statement: Insert | Update | Delete, frame: pl.DataFrame, values: list[str] | None = None
) -> None:
    """One statement for all rows; it sets the columns `values`.

    Rows go to the driver as they are: SQLAlchemy would make a dictionary of each.
    """
    compiled = str(statement.compile(dialect=connection.dialect, column_keys=values))
    for part in frame.iter_slices(_ROWS_AS_TUPLES):
        connection.exec_driver_sql(compiled, part.rows())


def _has_key(table: Table, key: Iterable[str]) -> Iterator[ColumnElement[bool]]:
    return (table.c[name] == bindparam(f"key_{name}") for name in key)


def _json(keys: pl.Series) -> str:
    """The keys as a JSON array."""
    return json.dumps(keys.to_list(), ensure_ascii=False, separators=(",", ":"))


_TOLD: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        (_LOCKED,),
        "store-busy",
        "Another process is writing to the store {0}. Nothing was done. Try again later.",
    ),
    (
        ("file is not a database",),
        "store-unusable",
        f"{{0}} is not a store: it is no SQLite file. Name another with {argument('database')}.",
    ),
    (
        ("database disk image is malformed", "malformed database schema"),
        "store-unusable",
        "The store {0} is damaged. Restore it from a backup.",
    ),
    (
        ("attempt to write a readonly database",),
        "store-unwritable",
        "The store {0} cannot be written. Check the rights of the file and of its folder.",
    ),
    (
        ("unable to open database file",),
        "store-refused",
        "The store {0} cannot be opened. Check that the folder is there and the rights of both.",
    ),
    (
        ("database or disk is full", "disk I/O error"),
        "no-room",
        "There is no room to write the store {0} ({1}). Nothing was changed. Make room and try again.",
    ),
)
"""How a message of SQLite begins, the code of the error, and a sentence about the store and the message."""
