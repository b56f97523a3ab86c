"""`milepost export tracking` through the command line."""

from __future__ import annotations

import csv
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


def test_the_mean_progression_per_training_is_that_of_the_files(folder: Path) -> None:
    run_here("demo", "demo")
    place = folder / "demo"
    run_here("export", "registrations", "--db", str(place / "milepost.db"), "-o", "registrations.csv")
    exported: dict[str, list[float]] = {}
    for row in _rows(folder / "registrations.csv"):
        exported.setdefault(row["trainingPathCode"], []).append(float(row["progression"]))

    content = {(row["trainingPathCode"], row["lovCode"]) for row in _rows(place / "contents.csv")}
    trainings = [row["trainingPathCode"] for row in _rows(place / "trainings.csv")]
    sizes = {training: sum(path == training for path, _ in content) for training in trainings}
    sessions = {row["sessionGuid"]: row["trainingPathCode"] for row in _rows(place / "sessions.csv")}
    registered = [sessions[row["sessionGuid"]] for row in _rows(place / "registrations.csv")]
    with (place / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        # From the end: a record that was rejected may have too many cells.
        rejected = {int(record[-3]) for record in list(csv.reader(file, delimiter=";"))[1:]}
    # The last of several lines for the same learner and assessment is the one that counts.
    progress = {
        (row["Module"], row["Student"], row["Assessment"]): float(row["Progress"] or 100)
        for line, row in enumerate(_rows(place / "tracking.csv", ";"), start=2)
        if line not in rejected
    }
    for training, values in exported.items():
        total = sum(value for (module, _, _), value in progress.items() if module == training)
        assert len(values) == registered.count(training)
        assert sum(values) == pytest.approx(total / sizes[training], abs=1e-3)
    assert exported.keys() == set(registered)


def _rows(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))
