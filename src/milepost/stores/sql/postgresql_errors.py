"""What to say of PostgreSQL's errors. Never their details, which may hold what stands in a file, nor a password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import errors

from milepost.model.exceptions import StoreError
from milepost.model.wording import argument, page

_UNREACHABLE = (
    ("password authentication failed", "Check the user and the password: in the URL, PGPASSWORD or ~/.pgpass."),
    ("no password supplied", "Give the password in PGPASSWORD, in ~/.pgpass or in the URL."),
    ("does not exist", "Check the names of the database and of the user in the URL."),
    ("no pg_hba.conf entry", "The server lets nobody in from here; ask who runs it."),
    ("Servname not supported", "Check the port in the URL."),
    ("could not translate host name", "Check the host in the URL."),
    ("failed to resolve host", "Check the host in the URL."),
    ("too many", "Wait until others have left, or ask who runs the server for more connections."),
    ("starting up", "Try again in a moment."),
    ("shutting down", "Try again when it is back."),
)
"""Part of what the driver says when no connection comes about, and what to do then."""
_REFUSED = 5
"""The first so many of them come from a server that was reached."""

_STORE = f"store with {argument('database')}"
_TRY_AGAIN = "Nothing was changed. Try again."
_FAILURES: tuple[tuple[type[psycopg.Error], str, str], ...] = (
    (
        errors.InsufficientPrivilege,
        "store-refused",
        f"Nothing was changed. Ask for the rights listed in {page('postgresql.md')}, or name another {_STORE}.",
    ),
    (
        errors.ReadOnlySqlTransaction,
        "store-unwritable",
        f"It can only be read from here: it may be a standby. Name the primary with {argument('database')}.",
    ),
    (errors.DiskFull, "no-room", "The server has no room left. Nothing was changed. Make room and try again."),
    (errors.OutOfMemory, "store-busy", "The server has no memory left. Nothing was changed. Try again later."),
    (
        errors.QueryCanceled,
        "store-failed",
        "The server gave a statement no more time. Nothing was changed. Raise statement_timeout.",
    ),
    (errors.LockNotAvailable, "store-busy", f"Another program holds what is needed. {_TRY_AGAIN}"),
    (errors.DeadlockDetected, "store-busy", f"Another program changes the same rows. {_TRY_AGAIN}"),
    (errors.SerializationFailure, "store-busy", f"Another program has changed the same rows meanwhile. {_TRY_AGAIN}"),
    (errors.UniqueViolation, "store-busy", f"Another program has written the same rows meanwhile. {_TRY_AGAIN}"),
    (errors.ForeignKeyViolation, "store-busy", f"Another program has deleted rows that are needed. {_TRY_AGAIN}"),
    (errors.UndefinedTable, "store-unusable", "Its tables are not all there. Restore it from a backup."),
    (errors.UndefinedColumn, "store-unusable", "Its tables are not those of this version. Restore it from a backup."),
)


def explain(error: Exception, store: str, *, is_committing: bool = False) -> StoreError:
    """A StoreError for an error of the driver about the store that is called `store`.

    `is_committing` says that the error came instead of the answer to a COMMIT.
    """
    if isinstance(error, psycopg.OperationalError) and is_lost(error):
        lost = f"The connection to {store} was lost"
        if not is_committing:
            return StoreError(f"{lost}. {_TRY_AGAIN}", code="connection-lost")
        return StoreError(
            f"{lost} while the work was being committed: either all of it is done, or nothing was changed. "
            "`milepost runs` lists a run that is done as done. Running it again is safe.",
            code="commit-unknown",
        )
    said = _said(error)
    for kind, code, advice in _FAILURES:
        if isinstance(error, kind):
            return StoreError(f"{store} refused ({said}). {advice}", code=code)
    return StoreError(f"{store} failed: {said}. Nothing was changed.")


def unreachable(error: psycopg.Error, store: str) -> StoreError:
    """A StoreError for a connection that did not come about."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0] if lines else type(error).__name__
    found = (one for one in enumerate(_UNREACHABLE) if one[1][0] in str(error))
    place, (_, advice) = next(found, (_REFUSED, ("", "Check the URL, and that it runs.")))
    code = "store-refused" if place < _REFUSED else "store-unreachable"
    return StoreError(f"{store} cannot be reached: {said.rstrip('.')}. {advice}", code=code)


def called(given: Mapping[str, Any]) -> str:
    """The database as messages call it: where it is and its name, without user and password."""
    host, port, name = (given.get(key) for key in ("host", "port", "dbname"))
    where = "" if host is None or str(host).startswith("/") else str(host)
    return f"postgresql://{where}{f':{port}' if port and where else ''}/{name or given.get('user') or ''}"


def is_lost(error: psycopg.OperationalError) -> bool:
    """Whether the error says that the connection is gone."""
    if isinstance(error, errors.AdminShutdown | errors.CrashShutdown | errors.CannotConnectNow):
        return True
    return error.sqlstate is None or error.sqlstate.startswith("08")


def _said(error: Exception) -> str:
    primary = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return (primary or str(error).partition("\n")[0]).rstrip(".")
