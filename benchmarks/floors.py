"""The floor: the least that it takes a database to hold the finished rows.

The clock runs only while the database works. Each part of the rows is ready in memory, in key order, when it goes in;
all go into an empty table with the primary key of the real one and nothing else, in one transaction; the last time that
counts is that of the commit. It is a program of its own, so that neither its memory nor its garbage is anybody else's:

    python -m benchmarks.floors sqlite tracking|registration ROWS FILE
    python -m benchmarks.floors postgresql tracking|registration ROWS URL
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import psycopg
from sqlalchemy import Column, MetaData, Table, make_url
from sqlalchemy.schema import CreateTable

from benchmarks import generator
from benchmarks.stores import as_text
from milepost.stores.sql import metadata

_CACHE_KIB = 32_000  # as Milepost has it
_ROWS_AT_A_TIME = 10_000
_TABLES: dict[str, tuple[Table, Callable[[int], Iterable[pl.DataFrame]]]] = {
    "tracking": (metadata.tracking, generator.finished),
    "registration": (metadata.registration, generator.registrations),
}


@dataclass
class _Clock:
    """The seconds that were spent within `runs`."""

    seconds: float = 0.0

    @contextmanager
    def runs(self) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - begin


def _ddl(database: str, like: Table, names: Iterable[str]) -> str:
    columns = [Column(name, like.c[name].type, primary_key=like.c[name].primary_key) for name in names]
    floor = Table("floor", MetaData(), *columns, sqlite_strict=True, sqlite_with_rowid=False)
    return str(CreateTable(floor).compile(dialect=make_url(f"{database}://").get_dialect()()))


def in_sqlite(table: str, rows: int, path: Path) -> float:
    """The seconds that `executemany` takes to fill a new file, which is removed again."""
    like, make = _TABLES[table]
    clock, is_made = _Clock(), False
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    for frame in make(rows):
        if not is_made:
            connection.execute(_ddl("sqlite", like, frame.columns))
            connection.execute("BEGIN")
            is_made = True
        ready = frame.rows()
        with clock.runs():
            connection.executemany(f"INSERT INTO floor VALUES ({', '.join('?' * frame.width)})", ready)
    with clock.runs():
        connection.execute("COMMIT")
    connection.close()
    path.unlink()
    return clock.seconds


def in_postgresql(table: str, rows: int, url: str) -> float:
    """The seconds that one `COPY` takes to fill a new table, which is removed again."""
    like, make = _TABLES[table]
    frames = iter(make(rows))
    first = next(frames)
    clock = _Clock()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS floor")
        connection.execute(_ddl("postgresql+psycopg", like, first.columns).encode())
        connection.execute("CHECKPOINT")
        statement = f"COPY floor ({', '.join(first.columns)}) FROM STDIN"
        with connection.cursor() as cursor:
            with cursor.copy(statement.encode()) as copy:
                for frame in (first, *frames):
                    ready = [as_text(part) for part in frame.iter_slices(_ROWS_AT_A_TIME)]
                    with clock.runs():
                        for part in ready:
                            copy.write(part)
                end = time.perf_counter()
            # The block ends when the server has committed.
            clock.seconds += time.perf_counter() - end
        connection.execute("DROP TABLE floor")
    return clock.seconds


if __name__ == "__main__":
    kind, table_name, number, place = sys.argv[1:]
    if kind == "sqlite":
        print(json.dumps(in_sqlite(table_name, int(number), Path(place))))
    else:
        print(json.dumps(in_postgresql(table_name, int(number), place)))
