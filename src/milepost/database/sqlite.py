"""What is SQLite's own: connections, the words of its errors."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.pool import StaticPool

from milepost.model.exceptions import StoreError

PATIENCE = 30.0
"""How many seconds a write waits for another process to let go of the store."""

BEGIN = "milepost_begin"
"""The execution option that holds the statement a transaction begins with."""

OLDEST = (3, 37, 0)
"""The first SQLite with STRICT tables."""

_CACHE_KIB = 32_000
_INSTRUCTIONS_BETWEEN_SIGNALS = 200_000
_WRITES = frozenset(
    {
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_DELETE,
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_CREATE_INDEX,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_ALTER_TABLE,
    }
)


def engine(path: Path, *, writable: bool) -> Engine:
    """An engine with one connection to the file `path`, which is made if it is writable and missing.

    Raises StoreError when Python comes with an SQLite that is too old.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        needed = ".".join(str(part) for part in OLDEST[:2])
        raise StoreError(
            f"Milepost needs SQLite {needed} or newer, and this Python comes with {sqlite3.sqlite_version}. "
            "Use a newer Python."
        )

    def connect() -> sqlite3.Connection:
        return _connect(path, writable=writable)

    made = sqlalchemy.create_engine("sqlite://", creator=connect, poolclass=StaticPool, hide_parameters=True)
    sqlalchemy.event.listen(made, "begin", _begin)
    sqlalchemy.event.listen(made, "handle_error", _keep_connection)
    return made


def _connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    mode = "rwc" if writable else "rw"
    # Not mode=ro: it would leave the -wal and -shm files of a WAL store behind, since it cannot tidy up.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=PATIENCE)
    connection.isolation_level = None
    if writable:
        connection.execute("PRAGMA journal_mode=WAL")
    else:
        connection.set_authorizer(_forbid_writes)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    # A long statement would hold back Ctrl-C; in this call Python sees to signals, and raising ends the statement.
    connection.set_progress_handler(lambda: 0, _INSTRUCTIONS_BETWEEN_SIGNALS)
    return connection


def _forbid_writes(
    action: int, _first: str | None, _second: str | None, database: str | None, _source: str | None
) -> int:
    return sqlite3.SQLITE_DENY if action in _WRITES and database == "main" else sqlite3.SQLITE_OK


def _begin(connection: Connection) -> None:
    options: dict[str, Any] = dict(connection.get_execution_options())
    connection.exec_driver_sql(options.get(BEGIN, "BEGIN"))


def _keep_connection(context: ExceptionContext) -> None:
    # After Ctrl-C SQLAlchemy would abandon the connection, which goes on holding its lock: whoever records the
    # interruption would wait for it in vain.
    context.is_disconnect = False


def explain(name: str, message: str) -> str:
    """A sentence for the error `message` of SQLite about the store `name`."""
    if message.startswith("database is locked"):
        return f"Another process has been writing to the store {name} for {PATIENCE:.0f} seconds. Try again later."
    if message.startswith("file is not a database"):
        return f"{name} is not a store: it is no SQLite file. Name another with --db."
    if message.startswith(("database disk image is malformed", "malformed database schema")):
        return f"The store {name} is damaged. Restore it from a backup."
    if message.startswith("attempt to write a readonly database"):
        return f"The store {name} cannot be written. Check the rights of the file and of its folder."
    if message.startswith("unable to open database file"):
        return f"The store {name} cannot be opened. Check that the folder is there and the rights of both."
    if message.startswith(("database or disk is full", "disk I/O error")):
        return f"There is no room to write the store {name} ({message}). Nothing was changed. Make room and try again."
    return f"The store {name} failed: {message}. Nothing was changed."
