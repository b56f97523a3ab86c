"""Two runs at once behave as one after the other, and nothing is deleted from under a run. `make race` races more."""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import select

import milepost
from databases.connections import connected
from databases.stores import PostgreSQLStores, Stores
from functional.workbench import command, environment, run_here
from milepost.model import phases
from milepost.stores.opening import open_store
from milepost.stores.port import Access
from milepost.stores.sql import metadata

RACES = int(os.environ.get("MILEPOST_RACES", "1"))
"""How often imports overlap, on each database."""
PATIENCE = 60

LEARNERS = 40
REFERENCE = {
    "learners": "candidateLogin\n" + "".join(f"l{number}\n" for number in range(LEARNERS)),
    "learning-objects": "lovGuid,lovCode\no1,one\no2,two\n",
    "trainings": "trainingPathCode\nT\n",
    "contents": "trainingPathCode,lovGuid\nT,o1\nT,o2\n",
    "sessions": "sessionGuid,sessionTitle,trainingPathCode\ns,S,T\n",
    "registrations": "candidateLogin,sessionGuid\n" + "".join(f"l{number},s\n" for number in range(LEARNERS)),
}
HEADER = "candidateLogin,lovCode,sessionGuid,progression,trackingStatus,score\n"


@dataclass(frozen=True)
class Ground:
    """A store with reference data, and a folder for files."""

    database: str
    folder: Path

    def file(self, name: str, rows: str) -> Path:
        """A file with `rows`."""
        path = self.folder / name
        path.write_text(HEADER + rows)
        return path

    def start(self, file: Path, *options: str) -> subprocess.Popen[str]:
        """An import in a process of its own."""
        return subprocess.Popen(
            command("import", file, "--delimiter", "comma", "--db", self.database, *options),
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def values(self) -> list[tuple[object, ...]]:
        """What is stored, whichever run wrote it."""
        row = metadata.tracking.c
        query = select(row.registration_id, row.learning_object_version_id, row.progression, row.status, row.score)
        with open_store(self.database, Access.READ) as store, connected(store.read()) as connection:
            return [tuple(one) for one in connection.execute(query.order_by(*metadata.tracking.primary_key))]

    def orphans(self) -> int:
        """How many tracking rows have lost what they refer to."""
        tracking = metadata.tracking
        rows = tracking.outerjoin(metadata.registration, metadata.registration.c.id == tracking.c.registration_id)
        version = metadata.learning_object_version
        rows = rows.outerjoin(version, version.c.id == tracking.c.learning_object_version_id)
        query = select(sqlalchemy.func.count()).select_from(rows)
        lost = metadata.registration.c.id.is_(None) | version.c.id.is_(None)
        with open_store(self.database, Access.READ) as store, connected(store.read()) as connection:
            return int(connection.scalar(query.where(lost)) or 0)


def _fill(database: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        for kind, content in REFERENCE.items():
            path = Path(place) / f"{kind}.csv"
            path.write_text(content)
            assert milepost.load_file(kind, path, database).rejected == 0


@pytest.fixture
def ground(on_databases: Stores, tmp_path: Path) -> Ground:
    """On each database."""
    return Ground(on_databases.holding("concurrency", _fill), tmp_path)


@pytest.fixture
def postgresql(postgresql_stores: PostgreSQLStores, tmp_path: Path) -> Iterator[Ground]:
    """On PostgreSQL alone."""
    yield Ground(postgresql_stores.holding("concurrency", _fill), tmp_path)
    postgresql_stores.take_back()


def _rows(first: int, last: int, progression: int, code: str = "one") -> str:
    return "".join(f"l{number},{code},s,{progression},,{progression}\n" for number in range(first, last))


@pytest.mark.parametrize("number", range(RACES))
def test_overlapping_imports_behave_as_one_after_the_other(number: int, ground: Ground, on_databases: Stores) -> None:
    files = [
        ground.file("a.csv", _rows(0, 30, 10) + "l5,two,s,,notAttempted,\n"),
        ground.file("b.csv", _rows(10, 40, 20) + "l5,two,s,50,,\nl12,one,s,,notAttempted,\n"),
        ground.file("c.csv", _rows(20, 35, 100)),
    ][: 2 + number % 2]
    running = [ground.start(file, "--json") for file in files]
    for process in running:
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, (out, err)
    outcome = ground.values()
    serial = []
    for order in _orders(files):
        other = Ground(on_databases.holding("concurrency", _fill), ground.folder)
        for file in order:
            milepost.import_file(file, other.database, milepost.configure(None, delimiter="comma"))
        serial.append(other.values())
    assert outcome in serial


def _orders(files: list[Path]) -> list[list[Path]]:
    return [list(order) for order in itertools.permutations(files)]


@contextmanager
def _paused(ground: Ground, file: Path) -> Iterator[tuple[Future[milepost.Report], Callable[[], None]]]:
    """An import that has linked every row and goes on to store them when the function is called."""
    reached, released = threading.Event(), threading.Event()

    def pause(phase: str, _done: int, _total: int | None) -> None:
        if phase == phases.STORING:
            reached.set()
            assert released.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        job = milepost.configure(None, delimiter="comma")
        running = pool.submit(lambda: milepost.import_file(file, ground.database, job, progress=pause))
        try:
            assert reached.wait(PATIENCE)
            yield running, released.set
        finally:
            released.set()


def test_the_later_run_says_for_which_it_waits_and_goes_on_after_it(ground: Ground) -> None:
    with _paused(ground, ground.file("first.csv", _rows(0, 10, 10))) as (first, go_on):
        second = ground.start(ground.file("second.csv", _rows(5, 15, 20)), "--json")
        assert second.stderr is not None
        said = second.stderr.readline()
        assert said == "note: waiting for run 7 (first.csv), which is writing to the store, for at most 60 seconds\n"
        assert not first.done()
        go_on()
        out, err = second.communicate(timeout=PATIENCE)
        assert second.returncode == 0, err
        assert '"created": 5, "updated": 5' in out
        assert first.result().created == 10


def test_a_run_gives_up_when_its_patience_ends(ground: Ground) -> None:
    before = ground.values()
    with _paused(ground, ground.file("first.csv", _rows(0, 10, 10))) as (_, _go_on):
        file = ground.file("second.csv", _rows(5, 15, 20))
        for words in (["import", str(file), "--delimiter", "comma"], ["load", "learners", str(_learners(ground))]):
            outcome = run_here(*words, "--wait", "0.2", "--db", ground.database)
            assert outcome.status == 4
            assert outcome.stderr.splitlines()[-1] == (
                "Run 7 (first.csv) has been writing to the store for 0.2 seconds. Nothing was done. "
                "Try again later, or wait longer with --wait."
            )
        assert ground.values() == before


def _learners(ground: Ground) -> Path:
    path = ground.folder / "learners.csv"
    path.write_text("candidateLogin\nnew\n")
    return path


def test_others_can_read_while_a_run_writes(ground: Ground) -> None:
    file = ground.file("first.csv", _rows(0, 10, 10))
    with _paused(ground, file) as (first, go_on):
        for words in (["runs"], ["export", "tracking"], ["check", str(file), "--delimiter", "comma"]):
            assert run_here(*words, "--db", ground.database).status == 0
        assert "running" in run_here("runs", "--db", ground.database).stdout
        go_on()
        assert first.result().created == 10


def _delete(ground: Ground, *statements: str) -> None:
    """Another program, which deletes what the statements say."""
    with psycopg.connect(ground.database) as connection:
        for statement in statements:
            connection.execute(statement.encode())


DELETED = {
    "registration": ["DELETE FROM registration WHERE id = 3"],
    "learning object": [
        "DELETE FROM training_content WHERE learning_object_version_id = 1",
        "DELETE FROM learning_object_version WHERE id = 1",
    ],
}


@pytest.mark.parametrize("what", DELETED)
def test_nothing_is_deleted_from_under_an_import(what: str, postgresql: Ground) -> None:
    file = postgresql.file("first.csv", _rows(0, 10, 10))
    with _paused(postgresql, file) as (first, go_on), ThreadPoolExecutor(1) as pool:
        deleting = pool.submit(_delete, postgresql, *DELETED[what])
        time.sleep(0.3)
        assert not deleting.done()
        go_on()
        assert first.result().created == 10
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="are referred to by tracking"):
            deleting.result(PATIENCE)
    assert postgresql.orphans() == 0


@pytest.mark.parametrize("what", DELETED)
def test_without_the_guard_the_same_would_leave_orphans(what: str, postgresql: Ground) -> None:
    with psycopg.connect(postgresql.database) as connection:
        for table in ("registration", "learning_object_version"):
            for trigger in ("milepost_wait", "milepost_deleted"):
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}".encode())
    try:
        with _paused(postgresql, postgresql.file("first.csv", _rows(0, 10, 10))) as (first, go_on):
            _delete(postgresql, *DELETED[what])
            go_on()
            assert first.result().created == 10
        assert postgresql.orphans() > 0
    finally:
        with psycopg.connect(postgresql.database) as connection:
            for table in ("registration", "learning_object_version"):
                for trigger in ("milepost_wait", "milepost_deleted"):
                    connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}".encode())


def test_an_import_sees_what_was_being_deleted_when_it_came(postgresql: Ground) -> None:
    file = postgresql.file("first.csv", _rows(0, 10, 10))
    with psycopg.connect(postgresql.database) as connection:
        connection.execute("DELETE FROM registration WHERE id = 3")
        process = postgresql.start(file, "--json")
        time.sleep(1)
        assert process.poll() is None
        connection.commit()
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1, err
    assert '"created": 9' in out
    assert '"registration-not-found": 1' in out
    assert postgresql.orphans() == 0
