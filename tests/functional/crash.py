"""An import that changes a store in every way, run as a process that does not always live to its end."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

import milepost
from functional import volume
from functional.workbench import command, environment, run_here
from milepost.model.tracked import SCHEMA
from milepost.stores.sql import metadata

ROWS = 8_000
SKIP = "candidateLogin=total"
"""Which rows of the file are skipped."""
OPTIONS = ("--json", "--delimiter", "comma", "--skip", SKIP)
"""How the file is imported."""
PATIENCE = 120
COUNTS = ("rows", "created", "updated", "unchanged", "deleted", "superseded", "skipped", "rejected")

Dump = dict[str, list[tuple[Any, ...]]]
"""The rows of every table but `import_run`, in the order of their keys."""


@dataclass(frozen=True)
class Scene:
    """A folder with a store, a file for it, and what an import of it comes to when nothing goes wrong."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, rows: int = ROWS) -> Scene:
        """The store and the file that `fill` and `write_file` make."""
        scene = cls(folder)
        fill(str(scene.store), rows)
        write_file(scene.file, rows)
        return scene

    @property
    def store(self) -> Path:
        """The store; to be copied, not used."""
        return self.folder / "milepost.db"

    @property
    def file(self) -> Path:
        """The file to import."""
        return self.folder / "tracking.csv"

    @cached_property
    def before(self) -> Dump:
        """What the store holds."""
        return dump(self.store)

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """A store to try something with, in a folder of its own."""
        place = self.folder / "copy"
        place.mkdir()
        try:
            yield Path(shutil.copy(self.store, place / "milepost.db"))
        finally:
            shutil.rmtree(place)

    def start(self, store: Path, *words: str) -> subprocess.Popen[bytes]:
        """The import of the file into `store`, or another command, as a process of its own."""
        return subprocess.Popen(
            command(*words, "--db", store) if words else self.words(store),
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def words(self, store: Path) -> list[str]:
        """The words that start the import."""
        return command("import", self.file.name, *OPTIONS, "--db", store)

    def again(self, store: Path) -> dict[str, int]:
        """Imports the file and returns what became of its rows."""
        report = import_file(self.file, str(store))
        return {name: getattr(report, name) for name in COUNTS}


def fill(store: str, rows: int = ROWS) -> None:
    """Makes the store at the URL `store` one in which two thirds of the rows are."""
    volume.make_store(store, rows // 2)
    milepost.import_file(volume.tracking(rows).head(2 * (rows // 3)), store)


def write_file(file: Path, rows: int = ROWS) -> None:
    """Writes a file that creates, updates, deletes and so on in such a store."""
    part = rows // 3
    stored = volume.tracking(rows)
    changed = volume.tracking(rows, seed=1)
    not_attempted = changed[part : part + 100].with_columns(
        firstCompletionDate=pl.lit(None, pl.String), trackingStatus=pl.lit("notAttempted")
    )
    unknown = stored.tail(50).with_columns(candidateLogin=pl.lit("nobody"))
    total = stored.tail(20).with_columns(candidateLogin=pl.lit("total"))
    pl.concat([stored.head(part), not_attempted, changed[part + 50 :], unknown, total]).write_csv(file)


def import_file(file: Path, store: str) -> milepost.Report:
    """Imports such a file in this process."""
    return milepost.import_file(file, store, milepost.configure(None, settings={"skipRows": SKIP}))


def dump(store: Path) -> Dump:
    """All that `store` holds but the record of runs. It must open, be whole, and break no reference."""
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        content = {"alembic_version": connection.execute("SELECT * FROM alembic_version").fetchall()}
        for table in metadata.metadata.sorted_tables:
            if table is not metadata.import_run:
                key = ", ".join(column.name for column in table.primary_key)
                content[table.name] = connection.execute(f"SELECT * FROM {table.name} ORDER BY {key}").fetchall()
    return content


def tracked(content: Dump) -> list[tuple[Any, ...]]:
    """The tracking rows of a dump, whichever run and line wrote them."""
    return [row[: len(SCHEMA)] for row in content["tracking"]]


def runs(store: Path) -> list[dict[str, Any]]:
    """The runs as `milepost runs` tells them, the newest first."""
    listed: list[dict[str, Any]] = run_here("runs", "--json", "--db", store).document["runs"]
    return listed


def wait_until_begun(store: Path, process: subprocess.Popen[bytes]) -> None:
    """Waits until the run is entered: the first thing that is written to the store."""
    _wait_for_log(store, process, larger_than=0, pause=0.0002)


def wait_for_commit(store: Path, process: subprocess.Popen[bytes]) -> None:
    """Waits until the work itself begins to be written, which a small import does at its commit."""
    wait_until_begun(store, process)
    # Without a pause, since the commit is written within a millisecond or two.
    _wait_for_log(store, process, larger_than=_log_size(store) + 20_000, pause=0)


def _wait_for_log(store: Path, process: subprocess.Popen[bytes], larger_than: int, pause: float) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and _log_size(store) <= larger_than:
        assert time.monotonic() < end, "nothing happened"
        if pause:
            time.sleep(pause)


def _log_size(store: Path) -> int:
    try:
        return store.with_name(store.name + "-wal").stat().st_size
    except FileNotFoundError:
        return 0


def end(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a process that ends."""
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out.decode(), err.decode()


def counts(out: str) -> dict[str, int]:
    """What became of the rows, from the document on standard output."""
    document = json.loads(out)
    return {name: document[name] for name in COUNTS}
