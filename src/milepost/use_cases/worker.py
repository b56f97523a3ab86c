"""The worker: starts a process for each job, one after the other in each lane."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from milepost.model.exceptions import MilepostError, StoreError, writing
from milepost.stores.opening import beside, keep_connections, open_store
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


@dataclass(frozen=True, slots=True)
class Lane:
    """Jobs that are done one after the other, and the program that does them."""

    name: str
    program: str = "milepost.use_cases.job_process"
    given: Mapping[str, str] = field(default_factory=dict)
    """What the program is told beside where everything is."""


_LANES = (Lane(SWEEPS), Lane("store"))


@dataclass(slots=True)
class Worker:
    """Does the jobs of one queue until it is stopped, in threads that start processes."""

    office: str
    database: str
    data: Path
    keep_days: int = KEEP_DAYS
    """How long uploads are kept."""
    more_lanes: tuple[Lane, ...] = ()
    """Lanes beside those of imports."""
    at_each_look: Callable[[], bool] = lambda: False
    """Called again and again; returns whether it has added a job."""
    tell: Callable[..., None] = lambda _event, **_facts: None
    """Told of what the processes tell, for the log."""
    _is_stopping: threading.Event = field(default_factory=threading.Event)
    _news: dict[str, threading.Event] = field(
        default_factory=lambda: {lane: threading.Event() for lane in job_queue.LANES}
    )
    _threads: list[threading.Thread] = field(default_factory=list)
    _kept: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Begins to do jobs. Until it is stopped, connections to the stores are kept."""
        self._kept.enter_context(keep_connections())
        works: list[Callable[[], None]] = [partial(self._serve, lane) for lane in (*_LANES, *self.more_lanes)]
        for work in [*works, self._look]:
            thread = threading.Thread(target=work, name="worker", daemon=True)
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
        self._kept.close()

    def _look(self) -> None:
        while not self._is_stopping.wait(_LOOK):
            with suppress(MilepostError):
                if self.at_each_look():
                    self.wake()

    def _serve(self, lane: Lane) -> None:
        failures, swept = 0, float("-inf")
        while not self._is_stopping.is_set():
            if lane.name == SWEEPS and time.monotonic() - swept >= _A_DAY:
                swept = time.monotonic()
                sweep_quietly(self.office, self.data, self.keep_days)
            has_work = False
            with suppress(MilepostError):
                has_work = job_queue.has_work(self.office, lane.name)
            if has_work:
                # A process that fails before it claims a job would be started again at once.
                failures = 0 if self._run(lane) == 0 else failures + 1
            if not has_work or failures:
                self._news[lane.name].wait(_LOOK * min(2**failures, 30))
                self._news[lane.name].clear()

    def _run(self, lane: Lane) -> int:
        words = [sys.executable, "-m", lane.program]
        threads = {"POLARS_MAX_THREADS": str(max(1, (os.cpu_count() or 1) - 1))}
        process = subprocess.Popen(  # noqa: S603 - our own program
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=threads | os.environ,
        )
        threading.Thread(target=self._listen, args=(process,), name="listener", daemon=True).start()
        given = {"office": self.office, "database": self.database, "data": str(self.data.resolve()), "lane": lane.name}
        given |= lane.given
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(given | {"parent": os.getpid()}) + "\n")  # type: ignore[union-attr]
            process.stdin.close()  # type: ignore[union-attr]
        while process.poll() is None:
            if self._is_stopping.wait(_POLL):
                return _ended(process)
        return process.returncode

    def _listen(self, process: subprocess.Popen[str]) -> None:
        """Passes on what a process tells: a JSON object with its event on each line."""
        with process.stdout as lines:  # type: ignore[union-attr]
            for line in lines:
                told: object = None
                with suppress(ValueError):
                    told = json.loads(line)
                # A library may print something too.
                if isinstance(told, dict) and isinstance(told.get("event"), str):
                    self.tell(**told)


def _ended(process: subprocess.Popen[str]) -> int:
    process.terminate()
    try:
        return process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
