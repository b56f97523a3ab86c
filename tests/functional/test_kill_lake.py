"""An import into a lake store that is killed leaves it as before or as after. `make kill-test` kills more often."""

from __future__ import annotations

import io
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import milepost
from functional.workbench import command, environment

KILLS = int(os.environ.get("MILEPOST_KILLS", "15")) // 5
_SEED = os.environ.get("MILEPOST_SEED", "1")
_LEARNERS = 400


def exported(folder: Path) -> bytes:
    """The tracking of the store in a folder, as an export shows it."""
    out = io.BytesIO()
    milepost.export_tracking(f"delta://{folder}", out)
    return out.getvalue()


def begun(folder: Path, file: Path) -> subprocess.Popen[bytes]:
    """An import into the store in a folder that has just begun."""
    words = [*command(), "import", str(file), "--delimiter", "comma", "--db", f"delta://{folder}", "--quiet"]
    return subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def scene(tmp_path: Path) -> tuple[Path, Path]:
    """A store with tracking, and a file that changes all of it."""
    folder, url = tmp_path / "before", f"delta://{tmp_path}/before"
    logins = [f"l{number}" for number in range(_LEARNERS)]

    def written(name: str, lines: list[str]) -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n")
        return path

    milepost.load_file("learners", written("l.csv", ["candidateLogin", *logins]), url)
    milepost.load_file("learning-objects", written("o.csv", ["lovGuid", "intro"]), url)
    milepost.load_file("trainings", written("t.csv", ["trainingPathCode", "MATHS"]), url)
    milepost.load_file("contents", written("c.csv", ["trainingPathCode,lovGuid", "MATHS,intro"]), url)
    sessions = ["sessionGuid,sessionTitle,trainingPathCode", "spring,Spring,MATHS"]
    milepost.load_file("sessions", written("s.csv", sessions), url)
    registrations = ["candidateLogin,sessionGuid", *(f"{login},spring" for login in logins)]
    milepost.load_file("registrations", written("r.csv", registrations), url)
    header = "candidateLogin,lovGuid,sessionGuid,progression"
    files = [
        written(f"{progression}.csv", [header, *(f"{login},intro,spring,{progression}" for login in logins)])
        for progression in (40, 60)
    ]
    milepost.import_file(files[0], url, milepost.configure(None, settings={"delimiter": "comma"}))
    return folder, files[1]


def test_a_kill_leaves_the_store_as_before_or_as_after(scene: tuple[Path, Path], tmp_path: Path) -> None:
    original, file = scene
    before = exported(original)
    whole = Path(shutil.copytree(original, tmp_path / "whole"))
    started = time.monotonic()
    process = begun(whole, file)
    process.communicate()
    seconds = time.monotonic() - started
    assert process.returncode == 0
    after = exported(whole)
    assert after != before
    chance = random.Random(_SEED)
    for number in range(KILLS):
        folder = Path(shutil.copytree(original, tmp_path / f"killed {number}"))
        killed = begun(folder, file)
        # The first half of the time, Python starts.
        time.sleep(chance.uniform(0.4, 1.05) * seconds)
        killed.kill()
        killed.communicate()
        states = [run.state for run in milepost.runs(f"delta://{folder}")][: -len(milepost.runs(f"delta://{original}"))]
        assert exported(folder) == (after if states == [milepost.State.DONE] else before), states
        again = milepost.import_file(
            file, f"delta://{folder}", milepost.configure(None, settings={"delimiter": "comma"})
        )
        assert again.updated == (0 if states == [milepost.State.DONE] else _LEARNERS)
        assert exported(folder) == after
        shutil.rmtree(folder)
