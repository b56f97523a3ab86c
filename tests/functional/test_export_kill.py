"""Whole export configurations that are killed, or fail at any step, are finished by the next run.

`make kill-test` kills more often.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from functional.workbench import CLEAN, command, environment, run_here
from milepost.operations import export_run, export_steps, file_steps
from milepost.reading import exporting
from milepost.transfer import archives

KILLS = max(2, int(os.environ.get("MILEPOST_KILLS", "30")) // 15)
_SEED = os.environ.get("MILEPOST_SEED", "1")
WHOLE = """<export-config>
  <export guid="all">
    <providers><trackingProvider><columns><candidateLogin/><lovCode/><progression/></columns></trackingProvider></providers>
    <consolidators>
      <moveToFolder><fileName>all.csv</fileName><folderPath>exports/data</folderPath></moveToFolder>
      <generateEndFile>
        <fileName>all.done</fileName><folderPath>exports/data</folderPath><fileContent>done</fileContent>
      </generateEndFile>
    </consolidators>
    <postProcess>
      <packager>
        <type>tgz</type><inputFolderPath>exports/data</inputFolderPath>
        <outputFilePath>exports/packed/all</outputFilePath><removeSources>no</removeSources>
      </packager>
      <moveToBackup><inputFolderPath>exports/data</inputFolderPath><outputFolderPath>backup</outputFolderPath></moveToBackup>
    </postProcess>
  </export>
  <export guid="new">
    <providers><trackingProvider>
      <columns><candidateLogin/><lovCode/></columns><parameters><deltaMode>yes</deltaMode></parameters>
    </trackingProvider></providers>
    <consolidators>
      <moveToFolder>
        <fileName>new_%i.csv</fileName><folderPath>new</folderPath><deleteEmptyFiles>yes</deleteEmptyFiles>
      </moveToFolder>
    </consolidators>
  </export>
</export-config>"""
ALL = ["candidateLogin;lovCode;progression", "ada;intro;100", "bob;intro;50"]
FILES = ["backup/all.csv", "backup/all.done", "exports/packed/all.tgz"]


@pytest.fixture
def data(folder: Path, store: Path) -> Path:
    """A data folder with a store and its configuration."""
    assert run_here("import", "-", stdin=CLEAN).status == 0
    (folder / "export.xml").write_text(WHOLE, encoding="utf-8")
    assert store.is_file()
    return folder


def require_whole(data: Path) -> None:
    """The folder is as after a run that nothing went wrong in. What is new is written at least once, and no file twice
    but for a run that died before it could say that it had written it."""
    left = sorted(str(one.relative_to(data)) for one in data.rglob("*") if one.is_file())
    left = [one for one in left if not one.startswith((".milepost-", "milepost.db")) and not one.endswith(".xml")]
    new = [one for one in left if one.startswith("new/")]
    assert [one for one in left if one not in new] == FILES
    assert (data / FILES[0]).read_text("utf-8").splitlines() == ALL
    with tarfile.open(data / FILES[2]) as packed:
        assert sorted(packed.getnames()) == ["all.csv", "all.done"]
    assert new
    for one in new:
        assert (data / one).read_text("utf-8").splitlines() == ["candidateLogin;lovCode", "ada;intro", "bob;intro"]
    assert not (data / ".milepost-exports").exists()


PLACES: list[tuple[ModuleType, str]] = [
    (exporting, "written"),
    (export_run, "put"),
    (exporting, "keep_mark"),
    (export_steps, "written"),
    (archives, "pack"),
    (file_steps, "move"),
]
"""What a run calls: ten times in all."""
AFTER = (False, True) if os.environ.get("MILEPOST_KILLS") else (None,)
"""Whether it fails after the call; None: in turn."""


@pytest.mark.parametrize("is_after", AFTER)
@pytest.mark.parametrize("number", range(10))
def test_an_export_that_fails_anywhere_is_finished_by_the_next_one(
    data: Path, monkeypatch: pytest.MonkeyPatch, number: int, *, is_after: bool | None
) -> None:
    calls = [0]
    is_after = number % 2 == 1 if is_after is None else is_after

    def failing(call: Callable[..., object]) -> Callable[..., object]:
        def work(*arguments: object, **more: object) -> object:
            calls[0] += 1
            is_one = calls[0] == number + 1
            if is_one and not is_after:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            result = call(*arguments, **more)
            if is_one:
                raise KeyboardInterrupt
            return result

        return work

    with monkeypatch.context() as patched:
        for home, name in PLACES:
            patched.setattr(home, name, failing(getattr(home, name)))
        assert run_here("run", "export.xml", "-q").status == (130 if is_after else 3)
    assert calls[0] > number
    assert run_here("run", "export.xml", "-q").status == 0
    require_whole(data)


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_export_is_finished_by_the_next_one(number: int, data: Path) -> None:
    chosen = random.Random(f"{_SEED} {number}")
    for _ in range(2):
        process = subprocess.Popen(
            command("run", "export.xml", "-q"), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chosen.uniform(0.3, 1.2))
        process.kill()
        process.wait()
    assert run_here("run", "export.xml", "-q").status == 0
    require_whole(data)


def test_a_run_after_a_whole_one_changes_nothing(data: Path) -> None:
    for _ in range(2):
        assert run_here("run", "export.xml", "-q").status == 0
        require_whole(data)
    assert [one.name for one in (data / "new").iterdir()] == ["new_1.csv"]
    shutil.rmtree(data / "new")
