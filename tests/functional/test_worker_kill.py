"""A worker that dies, or whose process dies, loses no job and does none twice. `make kill-test` kills more often."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

import milepost
from functional import crash
from functional.crash import Scene
from functional.workbench import command, environment
from milepost.use_cases import drafts, job_queue
from milepost.use_cases.job_process import do_next
from milepost.use_cases.job_queue import QueuedJob
from milepost.use_cases.worker import open_office

KILLS = int(os.environ.get("MILEPOST_KILLS", "30")) // 15
_SEED = os.environ.get("MILEPOST_SEED", "1")
_SETTINGS = {"delimiter": "comma", "skipRows": crash.SKIP}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """What the jobs import."""
    return Scene.make(tmp_path_factory.mktemp("scene"))


def asked(office: str, store: Path, data: Path, scene: Scene) -> QueuedJob:
    """A job that imports the file, as it was checked."""
    draft = drafts.create(office, data, "tracking.csv", "eve")
    shutil.copy(scene.file, draft.path(data))
    drafts.received(office, draft.id, scene.file.stat().st_size, "0" * 64)
    job_queue.add(office, "check", {"settings": _SETTINGS}, "eve", draft=draft.id)
    drafts.choose(office, draft.id, _SETTINGS)
    checked = do_next(office, str(store), data, "store")
    assert checked is not None
    assert checked.error is None
    task = {"settings": _SETTINGS, "digest": drafts.one(office, draft.id).digest}
    return job_queue.add(office, "import", task, "eve", draft=draft.id)


def started(store: Path, data: Path) -> subprocess.Popen[bytes]:
    """A worker."""
    return subprocess.Popen(command("worker", "--db", store, "--data", data), env=environment())


@pytest.mark.parametrize("number", range(KILLS))
def test_a_job_is_done_once_whoever_dies(number: int, scene: Scene, tmp_path: Path) -> None:
    moment = random.Random(f"{_SEED} {number}")
    with scene.copy() as store:
        data = tmp_path / "data"
        office = open_office(str(store), data)
        job = asked(office, store, data, scene)
        worker = started(store, data)
        deadline = time.monotonic() + crash.PATIENCE
        while job_queue.one(office, job.id).state == "waiting" and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(moment.uniform(0, 1.5))
        victims = [psutil.Process(worker.pid), *psutil.Process(worker.pid).children()]
        victims[number % len(victims)].send_signal(signal.SIGKILL)
        if number % len(victims) == 0:
            worker.wait()
            worker = started(store, data)
        while not job_queue.one(office, job.id).state.is_over and time.monotonic() < deadline:
            time.sleep(0.05)
        worker.terminate()
        # It may have been told to end before it could listen.
        assert worker.wait() in (0, -signal.SIGTERM)
        found = job_queue.one(office, job.id)
        assert (found.state, found.error) == ("done", None)
        done = [run.id for run in milepost.runs(str(store)) if run.actor == "eve" and run.state == "done"]
        assert done == [found.run]
        again = scene.again(store)
        assert again["created"] == again["updated"] == again["deleted"] == 0
