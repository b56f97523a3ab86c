"""A store that this user may only read can be read, and nothing is left beside it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from functional.workbench import CLEAN, Outcome, command, commands, environment

_HAS_ALL_RIGHTS = os.getuid() == 0
"""Root may write everything, unless it gives that up."""
pytestmark = pytest.mark.skipif(_HAS_ALL_RIGHTS and not shutil.which("setpriv"), reason="root needs setpriv")


def _run(words: list[str], cwd: Path) -> Outcome:
    """What a program does for somebody to whom the modes of files apply."""
    plain = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if _HAS_ALL_RIGHTS else []
    whole = [*plain, *words]
    done = subprocess.run(whole, cwd=cwd, env=environment(), capture_output=True, check=False, timeout=120)
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o555), (0o444, 0o755), (0o644, 0o555)])
def test_a_store_without_the_right_to_write_can_be_read(
    file_mode: int, folder_mode: int, folder: Path, store: Path
) -> None:
    (folder / "tracking.csv").write_text(CLEAN)
    store.chmod(file_mode)
    folder.chmod(folder_mode)
    before = sorted(path.name for path in folder.iterdir())
    outcome = _run(commands(["runs"], ["export", "tracking"], ["show", "ada"], ["check", "tracking.csv"]), folder)
    assert outcome.status == 0, outcome
    assert sorted(path.name for path in folder.iterdir()) == before
    outcome = _run(command("import", "tracking.csv"), folder)
    folder.chmod(0o755)
    assert outcome.status == 2
    assert "milepost.db cannot be " in outcome.stderr


def test_what_another_one_is_writing_is_read_too(folder: Path, store: Path) -> None:
    with closing(sqlite3.connect(store)) as other:
        other.execute("UPDATE import_run SET actor = 'somebody'")
        other.commit()  # in the -wal file alone
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        outcome = _run(command("runs", "1"), folder)
        folder.chmod(0o755)
    assert (outcome.status, outcome.stderr) == (0, "")
    assert "by somebody" in outcome.stdout
