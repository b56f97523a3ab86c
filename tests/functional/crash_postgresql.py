"""Commands that change a PostgreSQL store, whose processes and connections do not always live to their end."""

from __future__ import annotations

import enum
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql

from databases import proxy
from databases.stores import PostgreSQLStores
from functional import crash
from functional.crash import PATIENCE, Dump
from functional.workbench import command, environment, run_here
from milepost.stores.sql import metadata

ROWS = 3_000
FILE = "tracking.csv"
LAST = b"UPDATE import_run"
"""What the last statement of the main transaction of each command begins with."""
ENTRY = b"INSERT INTO import_run"
"""The last statement of the transaction in which an import or an undo enters itself has this."""

_IMPORTED = 2
"""The run that imports the file."""
_TOLD = (*crash.COUNTS, "changes", "runs", "lost", "error")
_BACKENDS = "FROM pg_stat_activity WHERE application_name = 'milepost'"

Outcome = tuple[int, dict[str, Any]]
"""Exit status, and what the document on standard output tells that is the same each time."""


@dataclass(frozen=True)
class Work:
    """A command that changes a store in every way it can, and what it comes to when nothing goes wrong."""

    words: tuple[str, ...]
    folder: Path
    stores: PostgreSQLStores
    before: Dump
    after: Dump
    outcome: Outcome
    again: Outcome
    """Of the same command once more."""
    seconds: tuple[float, float]
    """Until its last statement: from the start of the process, and from its first connection."""

    @property
    def name(self) -> str:
        """What the command is called."""
        return self.words[0]

    @contextmanager
    def store(self) -> Iterator[str]:
        """The URL of a store in which it has not been done yet."""
        with _taken(self.stores, self.name) as url:
            yield url

    def start(self, store: str) -> subprocess.Popen[bytes]:
        """The command as a process of its own."""
        return start(self.words, store, self.folder)

    def run(self, store: str) -> Outcome:
        """The command in this process; it says nothing but the document."""
        return _run(self.words, store)


def work(name: str, stores: PostgreSQLStores, folder: Path) -> Work:
    """The command of that name: `import`, `undo` or `prune`. The file that it imports is in `folder`."""
    file = folder / FILE
    crash.write_file(file, ROWS)
    words = {
        "import": ("import", str(file), *crash.OPTIONS),
        "undo": ("undo", str(_IMPORTED), "--json"),
        "prune": ("prune", "--older-than", "0d", "--json"),
    }[name]

    def fill(url: str) -> None:
        crash.fill(url, ROWS)
        if name != "import":
            assert crash.import_file(file, url).run == _IMPORTED
        with psycopg.connect(url) as server:
            server.execute("UPDATE import_run SET finished_at = finished_at - 60")

    stores.holding(name, fill)
    stores.take_back()
    with _taken(stores, name) as url:
        before = dump(url)
        last: list[float] = []
        with (
            Striker(url) as striker,
            proxy.between(url, LAST, act=lambda: last.append(time.monotonic())) as (
                other,
                _,
            ),
        ):
            started = time.monotonic()
            process = start(words, other, folder)
            striker.wait_until_connected(process)
            begun = time.monotonic()
            status, out, err = crash.end(process)
        assert (status, err) == (1 if name == "import" else 0, "")
        outcome = (status, told(out))
        after = dump(url)
        assert after != before
        seconds = (last[0] - started, last[0] - begun)
        return Work(words, folder, stores, before, after, outcome, _run(words, url), seconds)


@contextmanager
def _taken(stores: PostgreSQLStores, name: str) -> Iterator[str]:
    try:
        yield stores.holding(name, _must_be_there)
    finally:
        stores.take_back()


def _must_be_there(_url: str) -> None:
    raise AssertionError


def start(words: tuple[str, ...], store: str, folder: Path) -> subprocess.Popen[bytes]:
    """A command as a process of its own."""
    return subprocess.Popen(
        command(*words, "--db", store),
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _run(words: tuple[str, ...], store: str) -> Outcome:
    outcome = run_here(*words, "--db", store)
    assert outcome.stderr == ""
    return outcome.status, told(outcome.stdout)


def told(out: str) -> dict[str, Any]:
    """What the document on standard output tells that is the same each time."""
    document = json.loads(out)
    return {name: document[name] for name in _TOLD if name in document}


def dump(store: str) -> Dump:
    """All that `store` holds but the record of runs. It must break no reference."""
    content: Dump = {}
    with psycopg.connect(store) as server:
        content["alembic_version"] = server.execute("SELECT * FROM alembic_version").fetchall()
        for table in metadata.metadata.sorted_tables:
            if table is not metadata.import_run:
                key = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.primary_key)
                rows = sql.SQL("SELECT * FROM {} ORDER BY {}").format(sql.Identifier(table.name), key)
                content[table.name] = server.execute(rows).fetchall()
        for child, column, parent in _REFERENCES:
            names = map(sql.Identifier, (column, child, column, parent))
            orphans = sql.SQL("SELECT {} FROM {} WHERE NOT {} IN (SELECT id FROM {})").format(*names)
            assert server.execute(orphans).fetchall() == []
    return content


_REFERENCES = (
    ("tracking", "registration_id", "registration"),
    ("tracking", "learning_object_version_id", "learning_object_version"),
    ("tracking", "run_id", "import_run"),
    ("import_finding", "run_id", "import_run"),
)
"""What no foreign key keeps."""


def runs(store: str) -> list[dict[str, Any]]:
    """The runs as `milepost runs` tells them, the newest first."""
    listed: list[dict[str, Any]] = run_here("runs", "--json", "--db", store).document["runs"]
    return listed


class Blow(enum.Enum):
    """What strikes."""

    KILL = "kill"
    """SIGKILL strikes the process."""
    TERMINATE = "terminate"
    """The server ends the connection, as an administrator can tell it to."""


class Striker:
    """Watches for the right moment, and strikes; on a connection of its own, since making one takes a while."""

    def __init__(self, store: str) -> None:
        """`store` is the URL of what is worked on."""
        self._server = psycopg.connect(store, autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def wait_until_connected(self, process: subprocess.Popen[bytes]) -> None:
        """Waits until the process has a connection, or has ended."""
        self._wait(lambda: process.poll() is not None or self._is_served())

    def wait_until_gone(self) -> None:
        """Waits until the server has ended whatever it did for the process."""
        self._wait(lambda: not self._is_served())

    def strike(self, blow: Blow, process: subprocess.Popen[bytes]) -> None:
        """Strikes at once."""
        if blow is Blow.KILL:
            process.kill()
        else:
            self._server.execute(f"SELECT pg_terminate_backend(pid) {_BACKENDS}".encode())

    def _is_served(self) -> bool:
        return self._server.execute(f"SELECT {_BACKENDS}".encode()).fetchone() is not None

    @staticmethod
    def _wait(is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, "nothing happened"
            time.sleep(0.0005)
