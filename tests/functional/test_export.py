"""`milepost export tracking` through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from functional.workbench import CLEAN, run_here, run_program

pytestmark = pytest.mark.usefixtures("store")

_HEADER = (
    "candidateLogin,candidateRefNumber,candidateEmail,lovCode,lovGuid,sessionGuid,sessionId,sessionTitle,"
    "trainingPathCode,trainingId,firstAccessDate,lastAccessDate,firstCompletionDate,progression,trackingStatus,"
    "timeSpent,score,scoreMax\n"
)


def test_an_empty_store_gives_a_header() -> None:
    outcome = run_here("export", "tracking")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, _HEADER, "")


def test_standard_output_and_a_file_hold_the_same(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN)
    run_here("import", "tracking.csv")
    outcome = run_here("export", "tracking", "-o", "out.csv")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "", "2 rows written to out.csv.\n")
    assert run_program("export", "tracking", cwd=folder).stdout == (folder / "out.csv").read_text()
    assert run_here("export", "tracking", "-o", "-").stdout == (folder / "out.csv").read_text()


def test_a_file_that_cannot_be_written_is_told(folder: Path) -> None:
    outcome = run_here("export", "tracking", "-o", "nowhere/out.csv")
    assert (outcome.status, outcome.stdout) == (2, "")
    assert outcome.stderr == "nowhere/out.csv cannot be written: No such file or directory. Name another file.\n"
    assert not (folder / "nowhere").exists()


def test_the_store_is_not_overwritten(store: Path) -> None:
    before = store.read_bytes()
    outcome = run_here("export", "tracking", "-o", "milepost.db")
    assert outcome.status == 2
    assert outcome.stderr == "-o milepost.db would overwrite the store. Name another file.\n"
    assert store.read_bytes() == before
