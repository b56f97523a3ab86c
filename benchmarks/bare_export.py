"""The least that it takes a database to write its tracking as CSV: the query of the export, and nothing else.

PostgreSQL does it with `COPY (SELECT …) TO STDOUT`, SQLite with its own shell. Both write what stands in the store:
instants as seconds, floats with all their digits. It is a program of its own:

    python -m benchmarks.bare_export URL FILE
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from milepost.model.export import Provider, Selection
from milepost.model.export_columns import COLUMNS
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql import export_queries
from milepost.stores.sql.store import connection_of

SHELL = "sqlite3"
"""SQLite's shell, which is not there on every machine."""


def _statement(url: str) -> str:
    with open_store(url, Access.READ) as store, store.read() as tables:
        query = export_queries.query(
            connection_of(tables), Selection(Provider.TRACKING), [column.name for column in COLUMNS[Provider.TRACKING]]
        )
        return str(query.compile(dialect=connection_of(tables).dialect, compile_kwargs={"literal_binds": True}))


def from_sqlite(url: str, file: Path) -> float:
    """The seconds of SQLite's shell."""
    statement = _statement(url)
    begin = time.perf_counter()
    with file.open("wb") as out:
        subprocess.run([SHELL, "-csv", "-header", url, statement], stdout=out, check=True)
    return time.perf_counter() - begin


def from_postgresql(url: str, file: Path) -> float:
    """The seconds of one `COPY`."""
    statement = f"COPY ({_statement(url)}) TO STDOUT (FORMAT csv, HEADER)"
    with psycopg.connect(url) as connection, file.open("wb") as out:
        begin = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in copy:
                out.write(row)
        return time.perf_counter() - begin


if __name__ == "__main__":
    place, target = sys.argv[1:]
    measured = from_postgresql if place.startswith("postgresql") else from_sqlite
    print(json.dumps(measured(place, Path(target))))
