"""Scheduled runs whose process, worker or server dies are done again, and nothing twice. `make kill-test` kills more.

On PostgreSQL two workers look at the same schedules.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import psutil
import pytest

from databases.stores import Stores
from databases.transactions import writing
from functional.night_scene import put, tracking
from functional.workbench import REFERENCE, command, environment, run_here
from milepost.operations import schedule_status, schedules
from milepost.operations.schedules import Wanted
from milepost.stores.opening import read_store
from milepost.use_cases.job_queue import JobState
from milepost.use_cases.worker import open_office

CAMPAIGN = int(os.environ.get("MILEPOST_KILLS", "30"))
_SEED = os.environ.get("MILEPOST_SEED", "1")
_PATIENCE = 120
_NAMES = ("north", "south")
_FILES = 3


def fill(db: str) -> None:
    """Puts reference data into a store."""
    for kind, content in REFERENCE.items():
        assert run_here("load", kind, "-", "--db", db, stdin=content).status == 0


@dataclass
class Servers:
    """A store with two schedules, and the processes that carry them out."""

    db: str
    home: Path
    words: tuple[str, ...]
    running: list[psutil.Process] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """The folder of the application."""
        return self.home / "data"

    @property
    def folder(self) -> Path:
        """The folder of schedules."""
        return self.home / "schedules"

    def start(self) -> None:
        """Starts one more process."""
        words = command(*self.words, "--db", self.db, "--data", self.data, "--schedule-folder", self.folder)
        nowhere = subprocess.DEVNULL
        self.running.append(psutil.Popen(words, env=environment(), stdout=nowhere, stderr=nowhere))

    def kill(self, chosen: random.Random) -> None:
        """Kills one of the processes, or one that such a process has started; starts another one for the first."""
        victims = [*self.running, *(child for one in self.running for child in one.children())]
        victim = chosen.choice(victims)
        victim.kill()
        if victim in self.running:
            victim.wait()
            self.running.remove(victim)
            self.start()


@contextmanager
def serving(servers: Servers, count: int) -> Iterator[None]:
    """So many processes run meanwhile."""
    for _ in range(count):
        servers.start()
    try:
        yield
    finally:
        for one in servers.running:
            one.terminate()
        for one in servers.running:
            one.wait()


def scheduled(servers: Servers) -> str:
    """Makes two schedules that are due; the store that has them."""
    office = open_office(servers.db, servers.data)
    with writing(office) as tables:
        # On PostgreSQL, those of the test before.
        tables.remove("job", {})
        tables.remove("schedule", {})
    for name in _NAMES:
        place = servers.folder / name
        place.mkdir(parents=True)
        (place / "nightly.xml").write_text(
            f"""<import-config name="{name}"><import guid="tracking">
            <providers><fileSystemSourceProvider><fileName>*_2*.csv</fileName></fileSystemSourceProvider></providers>
            <actions><createOrUpdateConsolidatedTrackingAction/></actions>
            <consolidators><moveToBackupConsolidator/></consolidators></import></import-config>"""
        )
        for day in range(1, _FILES + 1):
            put(place, f"{name}_2024030{day}.csv", tracking(day, len(name) + 10 * _NAMES.index(name)))
        schedules.save(office, servers.folder, Wanted(f"{name}/nightly.xml", "0 0 1 1 *"), "eve")
    with writing(office) as tables:
        tables.change("schedule", {"next_at": int(datetime.now(UTC).timestamp())}, {})
    return office


def wait_for(office: str, *states: JobState) -> None:
    """Waits until a job of each schedule is in one of the states, or for the first if they are not all over."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        found = [job.state for _, job in schedules.of_listing(office) if job is not None]
        if len(found) == len(_NAMES) and (all(one.is_over for one in found) or set(found) & set(states)):
            return
        time.sleep(0.2)
    raise AssertionError("The schedules are not carried out.")


@pytest.mark.parametrize("number", range(max(1, CAMPAIGN // 30)))
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"] if CAMPAIGN > 30 else ["postgresql"])
def test_scheduled_runs_are_done_once_whoever_dies(
    number: int, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    stores: Stores = request.getfixturevalue(f"{kind}_stores")
    chosen = random.Random(f"{_SEED} {number}")
    is_shared = kind == "postgresql"
    words = ("serve", "--port", "0") if number % 2 and not is_shared else ("worker",)
    servers = Servers(stores.holding("reference", fill), tmp_path, words)
    office = scheduled(servers)
    with serving(servers, 2 if is_shared else 1):
        for _ in range(1 if number == 0 else 2):
            wait_for(office, JobState.RUNNING)
            time.sleep(chosen.uniform(0, 1.5))
            servers.kill(chosen)
        wait_for(office)
        jobs = [schedules.jobs_of(office, one.id, 9) for one in schedules.listing(office)]
        assert [len(one) for one in jobs] == [1, 1]
        for status in schedule_status.schedule_statuses(office, servers.db):
            assert status.last is not None
            # All is well if what was killed had imported the files.
            if status.last.outcome not in ("rows rejected", "well"):
                assert status.last.outcome == "failed"
                assert "Its process ended twice without a word" in status.stuck[0]
                schedules.run_now(office, status.schedule.id, "eve")
        wait_for(office)
    every = [f"{name}_2024030{day}.csv" for name in _NAMES for day in range(1, _FILES + 1)]
    with read_store(servers.db) as tables:
        runs = tables.rows("import_run", {"file": pl.String()}, {"state": "done", "kind": "tracking"})["file"].to_list()
        settled = tables.rows("night_file", {"settled_at": pl.Int64()})["settled_at"]
    assert (sorted(runs), settled.null_count()) == (every, 0)
    assert sorted(one.name for one in servers.folder.glob("*/imports/backup/*")) == every
    assert [job.state for _, job in schedules.of_listing(office) if job is not None] == [JobState.DONE] * 2
