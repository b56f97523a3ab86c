"""The memory of an import does not grow with its file. `make memory` measures real sizes, these tests a tenth of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from functional import volume
from functional.workbench import command, environment

SIZES = [int(size) for size in os.environ.get("MILEPOST_MEMORY_ROWS", "17391").split()]
"""How many rows the files have."""
LIMIT = 400
"""The most megabytes that the whole process may take on two cores, whatever the size. The same import differs by 40 MB
from one machine to another."""
PATIENCE = 1200
TWO_CORES = {"POLARS_MAX_THREADS": "2", "ARROW_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
"""Every thread has memory of its own."""

# The most that a process ever took is told of its children too; a process that was forked from this one, which is
# large, would begin with its parent's: so a small one stands between.
_MEASURE = (
    "import resource, subprocess, sys\n"
    "status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, status)\n"
)

Change = Callable[[pl.DataFrame], pl.DataFrame]
REJECTS = ("--rejects", "rejects.csv")
FILES: dict[str, tuple[Change, int, tuple[str, ...]]] = {
    "changed": (lambda rows: rows, 0, ()),
    "patched": (lambda rows: rows.with_columns(score=None), 0, ("--mode", "patch")),
    "for unknown learners": (lambda rows: rows.with_columns(candidateLogin="x" + pl.col("candidateLogin")), 1, REJECTS),
    "wrong in every value": (
        lambda rows: rows.with_columns(
            pl.lit("13/13/2024").alias("firstAccessDate"),
            pl.lit("yesterday, in the afternoon").alias("lastAccessDate"),
            pl.lit("2024-02-30 10:00:00").alias("firstCompletionDate"),
            pl.lit("100,5").alias("progression"),
            pl.lit("finished").alias("trackingStatus"),
            pl.lit("1:99").alias("timeSpent"),
            pl.lit("a hundred").alias("score"),
            pl.lit("100.5").alias("scoreMax"),
        ),
        1,
        REJECTS,
    ),
    "for one target": (
        lambda rows: rows.with_columns(
            pl.lit("learner0").alias("candidateLogin"), pl.lit("LO0").alias("lovCode"), trainingPathCode=pl.lit("T0")
        ),
        0,
        (),
    ),
    "of which each comes twice": (lambda rows: pl.concat([rows.head(rows.height // 2)] * 2), 0, ()),
    "with a cell too many": (lambda rows: rows.with_columns(scoreMax=pl.lit("100,x")), 1, REJECTS),
}
"""What the rows of a file are like: what makes them so, the exit status of their import, and its options."""


@dataclass(frozen=True)
class Ground:
    """A folder with a store that is full of tracking, and how its first import went."""

    folder: Path
    rows: int
    megabytes: int
    """What the import of the new rows took."""

    @property
    def store(self) -> Path:
        """The store."""
        return self.folder / "milepost.db"


def _peak(folder: Path, file: str, status: int, *options: str) -> int:
    """The most megabytes that an import of `file` takes; it must end with `status`."""
    measure = [sys.executable, "-c", _MEASURE, *command("import", file, "--delimiter", "comma", *options)]
    done = subprocess.run(
        measure,
        cwd=folder,
        env=environment() | TWO_CORES,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    megabytes, ended = (int(word) for word in done.stdout.split())
    assert ended == status, done.stderr
    return megabytes


@pytest.fixture(scope="module", params=SIZES)
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Where files are imported, for each size."""
    rows: int = request.param
    folder = tmp_path_factory.mktemp("ground")
    volume.make_store(folder / "milepost.db", rows // 2)
    volume.tracking(rows).write_csv(folder / "new.csv")
    yield Ground(folder, rows, _peak(folder, "new.csv", 0))
    shutil.rmtree(folder)


def test_new_rows(ground: Ground) -> None:
    assert ground.megabytes < LIMIT


def test_rows_that_are_stored_already(ground: Ground) -> None:
    assert _peak(ground.folder, "new.csv", 0) < LIMIT


@pytest.mark.parametrize("name", FILES)
def test_rows(name: str, ground: Ground) -> None:
    change, status, options = FILES[name]
    # A cell too many is one that stands in no quotes.
    change(volume.tracking(ground.rows, seed=1)).write_csv(ground.folder / "other.csv", quote_style="never")
    assert _peak(ground.folder, "other.csv", status, *options) < LIMIT
