"""The floor: the least that it takes a database to hold the finished rows.

They are ready in memory, in key order, when the clock starts; they go in with one statement, into an empty table with
the primary key of `tracking` and nothing else; the clock stops after the commit. It is a program of its own, so that
neither its memory nor its garbage is anybody else's:

    python -m benchmarks.floors sqlite ROWS FILE
    python -m benchmarks.floors postgresql ROWS URL
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from pathlib import Path

import psycopg
from sqlalchemy import Column, MetaData, Table, make_url
from sqlalchemy.schema import CreateTable

from benchmarks import generator
from benchmarks.stores import as_text
from milepost.stores.sql.metadata import tracking

_CACHE_KIB = 32_000  # as Milepost has it
_ROWS_AT_A_TIME = 10_000


def _ddl(database: str) -> str:
    columns = [
        Column(column.name, column.type, primary_key=column.primary_key)
        for column in tracking.columns
        if column.name in generator.FINISHED
    ]
    floor = Table("floor", MetaData(), *columns, sqlite_strict=True, sqlite_with_rowid=False)
    return str(CreateTable(floor).compile(dialect=make_url(f"{database}://").get_dialect()()))


def in_sqlite(rows: int, path: Path) -> float:
    """The seconds of one `executemany` into a new file, which is removed again."""
    ready = [row for frame in generator.finished(rows) for row in frame.rows()]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    connection.execute(_ddl("sqlite"))
    statement = f"INSERT INTO floor VALUES ({', '.join('?' * len(generator.FINISHED))})"
    begin = time.perf_counter()
    connection.execute("BEGIN")
    connection.executemany(statement, ready)
    connection.execute("COMMIT")
    seconds = time.perf_counter() - begin
    connection.close()
    path.unlink()
    return seconds


def in_postgresql(rows: int, url: str) -> float:
    """The seconds of one `COPY` into a new table, which is removed again."""
    ready = [as_text(part) for frame in generator.finished(rows) for part in frame.iter_slices(_ROWS_AT_A_TIME)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS floor")
        connection.execute(_ddl("postgresql+psycopg").encode())
        connection.execute("CHECKPOINT")
        begin = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY floor FROM STDIN") as copy:
            for part in ready:
                copy.write(part)
        seconds = time.perf_counter() - begin
        connection.execute("DROP TABLE floor")
    return seconds


if __name__ == "__main__":
    kind, number, place = sys.argv[1:]
    print(json.dumps(in_sqlite(int(number), Path(place)) if kind == "sqlite" else in_postgresql(int(number), place)))
