"""The worker: starts a process for each job, one after the other in each lane."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from milepost.model.exceptions import MilepostError, StoreError, writing
from milepost.stores.opening import beside, open_store
from milepost.stores.port import Access
from milepost.use_cases import job_queue
from milepost.use_cases.sweeping import KEEP_DAYS, sweep_quietly

SWEEPS = "files"
"""The lane whose thread removes what is old, at the start and once a day."""

_A_DAY = 86_400
_LOOK = 1.0
"""Seconds between two looks for jobs that another process has added."""
_POLL = 0.1
_PATIENCE = 20.0
"""Seconds that a process has to end."""


def open_office(database: str, data: Path) -> str:
    """The URL of the store for the jobs of the store `database`; a missing one, and the folder `data`, are created.

    Raises FileError if the folder cannot be used, StoreError if the store cannot.
    """
    with writing(f"The folder {data} cannot be used", "Name another one."):
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    office = beside(database, data)
    with open_store(office, Access.WRITE):
        return office


def upgrade(database: str) -> None:
    """Upgrades a store of an older version, as every import does; leaves a missing one alone. Raises StoreError."""
    try:
        with open_store(database, Access.READ):
            return
    except StoreError as error:
        if error.code == "store-missing":
            return
        if error.code != "store-version":
            raise
    with open_store(database, Access.WRITE):
        return


@dataclass(slots=True)
class Worker:
    """Does the jobs of one queue until it is stopped, in threads that start processes."""

    office: str
    database: str
    data: Path
    keep_days: int = KEEP_DAYS
    """How long uploads are kept."""
    _is_stopping: threading.Event = field(default_factory=threading.Event)
    _news: dict[str, threading.Event] = field(
        default_factory=lambda: {lane: threading.Event() for lane in job_queue.LANES}
    )
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begins to do jobs."""
        for lane in job_queue.LANES:
            thread = threading.Thread(target=self._serve, args=(lane,), name=f"worker {lane}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def wake(self) -> None:
        """Says that a job was added."""
        for news in self._news.values():
            news.set()

    def stop(self) -> None:
        """Ends the processes, whose jobs then wait for the next worker, and the threads."""
        self._is_stopping.set()
        self.wake()
        for thread in self._threads:
            thread.join()

    def _serve(self, lane: str) -> None:
        failures, swept = 0, float("-inf")
        while not self._is_stopping.is_set():
            if lane == SWEEPS and time.monotonic() - swept >= _A_DAY:
                swept = time.monotonic()
                sweep_quietly(self.office, self.data, self.keep_days)
            has_work = False
            with suppress(MilepostError):
                has_work = job_queue.has_work(self.office, lane)
            if has_work:
                # A process that fails before it claims a job would be started again at once.
                failures = 0 if self._run(lane) == 0 else failures + 1
            if not has_work or failures:
                self._news[lane].wait(_LOOK * min(2**failures, 30))
                self._news[lane].clear()

    def _run(self, lane: str) -> int:
        words = [sys.executable, "-m", "milepost.use_cases.job_process"]
        process = subprocess.Popen(  # noqa: S603 - our own program
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
        )
        given = {"office": self.office, "database": self.database, "data": str(self.data.resolve()), "lane": lane}
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(given | {"parent": os.getpid()}) + "\n")  # type: ignore[union-attr]
            process.stdin.close()  # type: ignore[union-attr]
        while process.poll() is None:
            if self._is_stopping.wait(_POLL):
                return _ended(process)
        return process.returncode


def _ended(process: subprocess.Popen[str]) -> int:
    process.terminate()
    try:
        return process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
