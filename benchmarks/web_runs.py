"""An import of a large file through the page: the memory of the server, and how long other pages take meanwhile."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psutil

from benchmarks.milepost_runs import MILEPOST, Bench
from benchmarks.results import Key, Sample
from benchmarks.stores import Stores

PAGES = "other pages, p95"
WHOLE = "import through the page"

_MEANWHILE = (
    "/",
    "/runs",
    "/imports",
    "/registrations",
    "/reference/learners",
    "/learners?name=nobody",
    "/static/style.css",
)
"""Pages that are asked for in turn."""
_PAUSE = 0.05
_PATIENCE = 3600.0
_LATE = 20
"""One of so many answers may take longer: that is the 95th percentile."""


def import_through_page(bench: Bench, stores: Stores, rows: int) -> None:
    """Uploads, checks and imports a file of `rows` new rows, and measures the server from outside."""
    file, url = bench.file(rows), stores.copy(rows)
    data = bench.folder / f"web-{stores.database}"
    with _served(url, data) as (process, client), _asked(client) as meanwhile:
        begin = time.perf_counter()
        with file.open("rb") as content:
            place = client.post("/imports", files={"file": (file.name, content)}).headers["location"]
        _wait(client)
        for step in ("columns", "check"):
            if (answer := client.post(f"{place}/{step}")).is_error:
                raise RuntimeError(f"The step {step} was refused: {answer.status_code}.")
            _wait(client)
        found = re.search(r'name="digest" value="(\w+)"', client.get(f"{place}/check").text)
        if found is None:
            raise RuntimeError("The check of the file has failed.")
        client.post(f"{place}/import", data={"digest": found[1]})
        _wait(client)
        seconds = time.perf_counter() - begin
        if "It is imported" not in client.get(f"{place}/result").text:
            raise RuntimeError("The import through the page has failed.")
        peak = _peak(process)
    bench.keep(Key(stores.database, WHOLE, rows), Sample(seconds, megabytes=peak))
    bench.keep(Key(stores.database, PAGES, rows), Sample(sorted(meanwhile.seconds)[-len(meanwhile.seconds) // _LATE]))
    stores.remove(url)
    shutil.rmtree(data)


@dataclass
class _Meanwhile:
    """How long pages took."""

    seconds: list[float] = field(default_factory=list)


@contextmanager
def _served(url: str, data: Path) -> Iterator[tuple[psutil.Process, httpx2.Client]]:
    words = [sys.executable, "-m", MILEPOST, "serve", "--db", url, "--port", "0", "--data", str(data)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        if server.stdout is None:
            raise RuntimeError("The server says nothing.")
        found = re.search(r"(http\S+)/enter\?secret=(\S+)", server.stdout.readline())
        if found is None:
            raise RuntimeError("The server has not started.")
        token = {"authorization": f"Bearer {found[2]}"}
        with httpx2.Client(base_url=found[1], headers=token, timeout=_PATIENCE) as client:
            try:
                yield psutil.Process(server.pid), client
            finally:
                server.terminate()


@contextmanager
def _asked(client: httpx2.Client) -> Iterator[_Meanwhile]:
    """Asks for pages, one after the other, until the block ends."""
    meanwhile, is_over = _Meanwhile(), threading.Event()

    def ask() -> None:
        with httpx2.Client(base_url=client.base_url, headers=client.headers, timeout=_PATIENCE) as own:
            while not is_over.wait(_PAUSE):
                for path in _MEANWHILE:
                    begin = time.perf_counter()
                    own.get(path)
                    meanwhile.seconds.append(time.perf_counter() - begin)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield meanwhile
    finally:
        is_over.set()
        thread.join()


def _wait(client: httpx2.Client) -> None:
    """Waits until no job is left."""
    while client.get("/api/v1/jobs").json()["jobs"]:
        time.sleep(_PAUSE)


def _peak(process: psutil.Process) -> float:
    """The most memory that the server itself had, in megabytes; without the processes of its jobs."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return float(process.memory_info().rss) / 2**20
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    return float(found[1]) / 2**10 if found else 0.0
