"""What is PostgreSQL's own: connections, locks, bulk statements. The words of its errors are in `postgresql_errors`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import polars as pl
import psycopg
import sqlalchemy
from psycopg import sql
from sqlalchemy import ARRAY, ColumnElement, Integer, Table, TableValuedAlias, Text, any_, func, literal, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateSchema

from milepost.model.exceptions import StoreError, UsageError
from milepost.stores.port import Patience, Schema, Space
from milepost.stores.sql import dialect, postgresql_errors, urls
from milepost.stores.sql.dialect import Dialect, Query

OLDEST = 14
"""The first version that is supported."""

_MARK = "\ufeff".encode()
"""A byte-order mark, which the reader of CSV takes off: before rows whose text may begin with one of its own."""

_ROWS_AS_TEXT = 20_000
"""So many rows are written out at a time."""
_TURN = "milepost turn"
_REFERENCES = "milepost references"
"""Shared by imports; the triggers that guard the references take it alone. See `migrations.guards`."""
_RUN = "milepost run "
_DRIVER = "postgresql+psycopg://"
_OPTIONS: dict[str, Any] = {
    # Whoever begins a transaction ends it. When the connection is lost, the pool would log that it cannot do so.
    "pool_reset_on_return": None,
    "hide_parameters": True,
    "use_native_hstore": False,
}
_MOST_FREE = 5
"""Connections that are kept while nobody reads."""
_DELETING = "Another program, which deletes registrations, learning objects or runs,"


class _PostgreSQL(Dialect):
    """One schema of a database. Its writers take turns by an advisory lock, which is free again when they are gone."""

    errors = (psycopg.Error,)
    code_points = "C"
    elsewhere = "another database, or a schema of its own,"
    is_server = True

    def begin(self, connection: Connection, *, writable: bool) -> Connection:
        # None, not False: a standby refuses to begin what is said to write, in words that nobody understands.
        _driver(connection).read_only = None if writable else True
        return connection

    @contextmanager
    def turn(self, connection: Connection, patience: Patience, at_work: Callable[[], str]) -> Iterator[None]:
        """Takes both locks outside of any transaction: the snapshot of one that waited would be too old."""
        driver = _driver(connection)
        with _each_for_itself(driver):
            is_free = _call(driver, "pg_try_advisory_lock", _TURN)
        busy = "" if is_free else at_work()
        if busy:
            patience.say(busy)
        with _each_for_itself(driver):
            if busy:
                _wait_for(driver, "pg_advisory_lock", _TURN, patience, busy)
            _wait_for(driver, "pg_advisory_lock_shared", _REFERENCES, patience, _DELETING)
            driver.execute("SET milepost.importing = 'yes'")
        try:
            yield
        finally:
            if _is_idle(driver):
                _end_turn(driver)

    def explain(self, error: Exception, store: str, *, is_committing: bool = False) -> BaseException:
        return postgresql_errors.explain(error, store, is_committing=is_committing)

    def insert(self, connection: Connection, table: Table, frame: pl.DataFrame) -> None:
        columns = sql.SQL(", ").join(sql.Identifier(name) for name in frame.columns)
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table.name), columns)
        with _driver(connection).cursor().copy(statement) as copy:
            for part in frame.iter_slices(_ROWS_AS_TEXT):
                copy.write(part.write_csv(include_header=False).encode())

    def overwrite(self, connection: Connection, table: Table, frame: pl.DataFrame) -> None:
        key = [name for name in frame.columns if name in table.primary_key.columns]
        with self.temporary(connection, table, frame) as given:
            # An upsert is driven by the rows that are given, and never walks through the whole table.
            statement = postgresql.insert(table).from_select(frame.columns, select(*given.c))
            values = {name: statement.excluded[name] for name in frame.columns if name not in key}
            connection.execute(statement.on_conflict_do_update(index_elements=key, set_=values))

    def delete(self, connection: Connection, table: Table, keys: pl.DataFrame) -> None:
        gone = _unnested(keys)
        same = (table.c[name] == gone.c[name] for name in keys.columns)
        connection.execute(table.delete().where(*same))

    def copy(
        self, connection: Connection, source: Table, target: Table, frame: pl.DataFrame, taken: Mapping[str, str]
    ) -> None:
        with self.temporary(connection, target, frame) as given:
            same = (source.c[column.name] == given.c[column.name] for column in source.primary_key.columns)
            # With a limit it is sought by its key, row by row: a join might walk through the whole table.
            found = select(*(source.c[name].label(other) for other, name in taken.items()))
            found_rows = found.where(*same).limit(1).lateral()
            rows = select(*given.c, *found_rows.c).select_from(given.join(found_rows, sqlalchemy.true()))
            connection.execute(target.insert().from_select([*frame.columns, *taken], rows))

    def stream(self, connection: Connection, query: Query, schema: Schema, at_a_time: int) -> Iterator[pl.DataFrame]:
        # COPY hands over in half the time of a cursor.
        compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
        statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(sql.SQL(str(compiled)))
        flags = [name for name, kind in schema.items() if kind == pl.Boolean]
        parsed = dict(schema) | dict.fromkeys(flags, pl.String())
        driver = _driver(connection)
        with driver.cursor().copy(statement, compiled.params) as copy:
            # The server sends each row in a message of its own.
            while rows := _received(driver, copy, at_a_time):
                frame = pl.read_csv(_MARK + rows, has_header=False, schema=parsed)
                yield frame.with_columns(pl.col(name) == "t" for name in flags)

    def among(self, column: ColumnElement[Any], keys: pl.Series) -> ColumnElement[bool]:
        kind = Text() if keys.dtype == pl.String else Integer()
        return column == any_(literal(keys.to_list(), ARRAY(kind)))

    def among_pairs(
        self, columns: tuple[ColumnElement[Any], ColumnElement[Any]], pairs: pl.DataFrame
    ) -> ColumnElement[bool]:
        return sqlalchemy.tuple_(*columns).in_(select(*_unnested(pairs).c))

    def date(self, seconds: ColumnElement[int]) -> ColumnElement[Any]:
        local = func.timezone("UTC", func.to_timestamp(seconds), type_=sqlalchemy.DateTime())
        return sqlalchemy.cast(local, sqlalchemy.Date)

    def mark_run(self, connection: Connection, number: int) -> None:
        """Takes a lock for as long as the connection lives."""
        connection.execute(
            text("SELECT pg_advisory_lock(hashtext(:name || current_schema()), :number)"),
            {"name": _RUN, "number": number},
        )

    def dead(self, connection: Connection, processes: Mapping[int, str]) -> Sequence[int]:
        """Those whose lock nobody holds, on whatever machine they ran."""
        held = text(
            "SELECT objid::integer FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND classid = (hashtext(:name || current_schema())::bigint & 4294967295)::oid"
        )
        alive = set(connection.scalars(held, {"name": _RUN}))
        return [number for number in processes if number not in alive]

    def compact(self, connection: Connection, tables: Sequence[Table]) -> Space:
        """Writes the tables anew: a plain VACUUM would leave the bytes of dead rows in their pages.

        Statistics are taken anew, since they quote values.
        """
        driver = _driver(connection)
        names = [sql.Identifier(table.name) for table in tables]
        sizes = sql.SQL(" + ").join(
            sql.SQL("pg_total_relation_size({})").format(sql.Literal(table.name)) for table in tables
        )
        with _each_for_itself(driver):
            (before,) = driver.execute(sql.SQL("SELECT {}").format(sizes)).fetchone() or (0,)
            for name in names:
                driver.execute(sql.SQL("VACUUM (FULL, ANALYZE) {}").format(name))
            (after,) = driver.execute(sql.SQL("SELECT {}").format(sizes)).fetchone() or (0,)
        return Space(int(before), int(after))

    def count_on(self, connection: Connection, table: Table) -> None:
        highest = self.highest_id(connection, table)
        if highest:
            connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), highest)))

    def pass_over_ids(self, connection: Connection, table: Table, highest: int) -> None:
        above = max(highest, self.highest_id(connection, table))
        connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), above)))

    def highest_id(self, connection: Connection, table: Table) -> int:
        sequence = sqlalchemy.table(
            f"{table.name}_id_seq", sqlalchemy.column("last_value"), sqlalchemy.column("is_called")
        )
        used = select(sequence.c["last_value"]).where(sequence.c["is_called"]).scalar_subquery()
        there = select(func.max(table.c["id"])).scalar_subquery()
        # Ids that are given may be negative; counting begins with 1 all the same.
        return connection.scalar(select(func.greatest(used, there, 0))) or 0


def engine(url: str) -> tuple[Engine, str]:
    """An engine with one connection to the database that a libpq URL names, and what to call the store in messages.

    The tables are in the first schema of the search path. Raises UsageError for a URL that cannot be understood,
    StoreError when the database cannot be reached or used.
    """
    driver, name = _connect(url)
    made = sqlalchemy.create_engine(_DRIVER, creator=lambda: driver, poolclass=StaticPool, **_OPTIONS)
    dialect.attach(made, _PostgreSQL, driver.info.server_version)
    return made, name


def pooled_engine(url: str) -> tuple[Engine, str]:
    """The same with connections for several threads, which are kept when they are free; for reading alone.

    A connection that was lost while it was free is replaced.
    """
    driver, name = _connect(url)
    with driver:
        version = driver.info.server_version
    made = sqlalchemy.create_engine(
        _DRIVER,
        creator=lambda: _connect(url)[0],
        pool_size=_MOST_FREE,
        max_overflow=-1,
        pool_pre_ping=True,
        **_OPTIONS,
    )
    dialect.attach(made, _PostgreSQL, version)
    return made, name


def _connect(url: str) -> tuple[psycopg.Connection[Any], str]:
    """A connection, and what to call the store in messages; see `engine`."""
    try:
        given = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Not its own words: they may hold the password.
        raise UsageError(
            "The URL of the database cannot be understood. It is of the form postgresql://user@host:5432/database."
        ) from None
    called = postgresql_errors.called(given)
    try:
        driver = psycopg.connect(url, client_encoding="utf8", fallback_application_name="milepost")
    except psycopg.Error as error:
        raise postgresql_errors.unreachable(error, called) from None
    try:
        found = _choose_schema(driver, called)
        # One state of the store from the first look-up to the last write. Not by SQLAlchemy, which would set it back in
        # the end, and fail when the connection is lost.
        driver.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    except psycopg.Error as error:
        driver.close()
        raise postgresql_errors.explain(error, called) from error
    except BaseException:
        driver.close()
        raise
    return driver, called if found == "public" else f"{called}, schema {found}"


def beside(url: str, *, is_made: bool) -> str:
    """The URL of the schema beside the one that `url` means, whose name ends in `_web`; created if `is_made`.

    Raises UsageError and StoreError as `engine` does, and StoreError if it cannot be created.
    """
    made, called = engine(url)
    try:
        with made.connect() as connection, connection.begin():
            schema = f"{connection.scalar(text('SELECT current_schema()'))}_web"
            is_there = text("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = :name)")
            if is_made and not connection.scalar(is_there, {"name": schema}):
                connection.execute(CreateSchema(schema, if_not_exists=True))
    except sqlalchemy.exc.DBAPIError as error:
        raise postgresql_errors.explain(cast("psycopg.Error", error.orig), called) from error
    finally:
        made.dispose()
    return urls.with_schema(url, schema)


def _choose_schema(driver: psycopg.Connection[Any], called: str) -> str:
    """Makes one schema the only one that is looked at, and returns its name."""
    with _each_for_itself(driver):
        if driver.info.server_version < OLDEST * 10_000:
            raise StoreError(
                f"{called} is a PostgreSQL {driver.info.server_version // 10_000}; Milepost needs {OLDEST}.",
                code="store-version",
            )
        encoding = _fetch(driver, "SELECT current_setting('server_encoding')")
        if encoding != "UTF8":
            raise StoreError(
                f"{called} keeps text as {encoding}, which lacks characters. Make a database in UTF8.",
                code="store-unusable",
            )
        found = _fetch(driver, "SELECT current_schema()")
        if found is None:
            wanted = _fetch(driver, "SELECT current_setting('search_path')")
            raise StoreError(
                f"{called} has no schema {wanted} that this user may use. Make it (CREATE SCHEMA), or name another.",
                code="store-refused",
            )
        _fetch(driver, "SELECT set_config('search_path', quote_ident(%s), false)", found)
        # Compiling takes longer than the statements that are compiled.
        driver.execute("SET jit = off")
        return str(found)


@contextmanager
def _each_for_itself(driver: psycopg.Connection[Any]) -> Iterator[None]:
    """Statements in no transaction."""
    driver.autocommit = True
    try:
        yield
    finally:
        if _is_idle(driver):
            driver.autocommit = False


def _received(driver: psycopg.Connection[Any], copy: psycopg.Copy, most: int) -> bytes:
    """The next messages of a COPY, about so many; nothing at its end.

    `Copy.read` alone takes six times as long: for each message it looks whether the connection is ready.
    """
    received, left = bytearray(), most
    next_message = driver.pgconn.get_copy_data
    while left > 0 and driver.info.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
        message = copy.read()  # waits, and knows the end
        size = len(message)
        while size > 0:
            received += message
            left -= 1
            if not left:
                break
            size, message = next_message(1)
        if size < 0:
            _require_end(driver.pgconn)
    return bytes(received)


def _require_end(connection: psycopg.pq.abc.PGconn) -> None:
    """Takes the results of a COPY that has ended, and raises the error if it has failed."""
    results = list(iter(connection.get_result, None))
    for result in results:
        if result is not None and result.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(result)


def _unnested(rows: pl.DataFrame) -> TableValuedAlias:
    """Rows of whole numbers, as a table of a query."""
    arrays = (literal(rows[name].to_list(), ARRAY(Integer)) for name in rows.columns)
    return func.unnest(*arrays).table_valued(*rows.columns).render_derived(name="given")


def _fetch(driver: psycopg.Connection[Any], statement: str, *parameters: object) -> Any:  # noqa: ANN401
    row = driver.execute(statement.encode(), parameters).fetchone()
    return None if row is None else row[0]


def _call(driver: psycopg.Connection[Any], function: str, lock: str) -> Any:  # noqa: ANN401
    return _fetch(driver, f"SELECT {function}(hashtext(%s), hashtext(current_schema()))", lock)


def _wait_for(driver: psycopg.Connection[Any], function: str, lock: str, patience: Patience, busy: str) -> None:
    before = _fetch(driver, "SELECT current_setting('lock_timeout')")
    _fetch(driver, "SELECT set_config('lock_timeout', %s, false)", f"{max(1, round(patience.seconds * 1000))}ms")
    try:
        _call(driver, function, lock)
    except psycopg.errors.LockNotAvailable:
        raise patience.exhausted(busy) from None
    finally:
        if not driver.closed:
            _fetch(driver, "SELECT set_config('lock_timeout', %s, false)", before)


def _is_idle(driver: psycopg.Connection[Any]) -> bool:
    """Whether the connection lives and is in no transaction."""
    return not driver.closed and driver.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def _end_turn(driver: psycopg.Connection[Any]) -> None:
    try:
        with _each_for_itself(driver):
            for function, lock in (("pg_advisory_unlock", _TURN), ("pg_advisory_unlock_shared", _REFERENCES)):
                _call(driver, function, lock)
    except psycopg.OperationalError as error:
        # With the connection go its locks, and what has been committed stays so.
        if not postgresql_errors.is_lost(error):
            raise


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)
