"""A night that is killed at random moments is finished by the next one. `make kill-test` kills more often."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from functional.night_scene import AFTER, STORED, files, fill, stored
from functional.workbench import command, environment, run_here

KILLS = max(2, int(os.environ.get("MILEPOST_KILLS", "30")) // 15)
"""How many nights are killed, each twice."""
_SEED = os.environ.get("MILEPOST_SEED", "1")


@pytest.fixture(scope="module")
def seconds(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long a night takes when nothing goes wrong."""
    data = tmp_path_factory.mktemp("whole")
    _fill(data, loaded)
    began = time.monotonic()
    process = _start(data)
    assert process.wait() == 3
    assert (files(data), stored(data / "milepost.db")) == (AFTER, STORED)
    return time.monotonic() - began


def _fill(data: Path, loaded: Path) -> None:
    shutil.copy(loaded, data / "milepost.db")
    fill(data)


def _start(data: Path) -> subprocess.Popen[bytes]:
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(
        command("run", "nightly.xml", "-q"), cwd=data, env=environment(), stdout=nowhere, stderr=nowhere
    )


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_night_is_finished_by_the_next_one(
    number: int, seconds: float, loaded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(tmp_path, loaded)
    chosen = random.Random(f"{_SEED} {number}")
    for _ in range(2):
        process = _start(tmp_path)
        time.sleep(seconds * chosen.uniform(0.3, 1.0))
        process.kill()
        process.wait()
    monkeypatch.chdir(tmp_path)
    outcome = run_here("run", "nightly.xml", "--json")
    assert outcome.status in (0, 3), outcome
    assert (files(tmp_path), stored(tmp_path / "milepost.db")) == (AFTER, STORED)
    assert [one.name for one in tmp_path.rglob(".*.part")] == []
