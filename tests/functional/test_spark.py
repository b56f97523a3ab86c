"""Imports on a Spark server: the same as on one machine, to the last byte; and what is left when something dies."""

from __future__ import annotations

import io
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import psutil
import pytest

import milepost
from functional import volume
from functional.workbench import command, environment
from milepost.engines.spark import cluster, spark_engine, tasks
from milepost.engines.spark.tasks import Result, Shared, Task
from milepost.formats.read.byte_stream import BLOCK
from milepost.model.exceptions import MilepostError

ROWS = 1_500
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
DEADLINE = 60
_COPIES = 10


def messy(path: Path, rows: int, seed: int) -> None:
    """A file whose records and quoted line ends any cut goes through, with lines of every kind."""
    table = volume.tracking(rows, seed=seed)
    number = pl.int_range(pl.len())
    unknown = pl.concat_str(pl.lit("learnr"), number.cast(pl.String))
    login = pl.when(number % 9 == 4).then(unknown).otherwise("candidateLogin")
    progression = pl.when(number % 31 == 7).then(pl.lit("many")).otherwise(pl.col("progression").cast(pl.String))
    comment = pl.when(number % 3 == 0).then(pl.lit('one "line",\r\nand\nanother')).otherwise(pl.lit("é"))
    table = table.with_columns(candidateLogin=login, progression=progression, ignoredColumn=comment)
    twice = pl.concat([table, table.tail(200), table.head(100)])
    text = twice.write_csv(line_terminator="\r\n")
    # A cell too many.
    path.write_bytes(text.encode() + b"x" + b"," * twice.width + b"y\r\n")


def stores(folder: Path, kind: str = "delta://") -> tuple[str, str]:
    """The same store twice: of SQLite, and of another kind."""
    one, other = str(folder / "milepost.db"), f"{kind}{folder}/other"
    volume.make_store(one, ROWS // 2)
    volume.make_store(other, ROWS // 2)
    return one, other


def both(
    folder: Path, urls: tuple[str, str], file: Path | io.BytesIO, job: milepost.Job, server: str, **more: bool
) -> milepost.Report:
    """Imports a file into both stores, and compares everything that comes of it."""
    found = []
    engines: tuple[dict[str, Any], ...] = ({}, {"engine": server, "cores": 2})
    for url, where in zip(urls, engines, strict=True):
        rejects, changes = folder / "rejects.csv", folder / "changes.csv"
        report = milepost.import_file(
            file, url, job, rejects=rejects, changes=changes, now=NOW, name="it", **where | more
        )
        findings = [] if report.run is None else milepost.read_findings(url, report.run).rows()
        out = io.BytesIO()
        milepost.export_tracking(url, out)
        found.append((asdict(replace(report, seconds=0.0)), findings, rejects.read_bytes(), changes.read_bytes(), out))
    (one, *first), (other, *second) = found
    assert one == other
    assert [part.getvalue() if isinstance(part, io.BytesIO) else part for part in first] == [
        part.getvalue() if isinstance(part, io.BytesIO) else part for part in second
    ]
    return report


def test_everything_is_the_same_as_in_sqlite(
    tmp_path: Path, spark_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark_engine, "RANGE_BYTES", 16_384)
    monkeypatch.setattr(spark_engine, "SAMPLED", 10)
    monkeypatch.setattr(spark_engine, "PARTITION_ROWS", 700)
    urls = stores(tmp_path)
    job = milepost.configure(None, delimiter="comma")
    messy(tmp_path / "tracking.csv", ROWS, 0)
    both(tmp_path, urls, tmp_path / "tracking.csv", job, spark_server)
    messy(tmp_path / "tracking.csv", ROWS, 1)
    both(tmp_path, urls, tmp_path / "tracking.csv", job, spark_server, dry_run=True)
    done = both(tmp_path, urls, tmp_path / "tracking.csv", job, spark_server)
    assert done.updated
    assert done.rejected
    assert done.superseded
    patch = milepost.configure(None, delimiter="comma", settings={"updateMode": "patch", "merge": "newer"})
    messy(tmp_path / "tracking.csv", ROWS // 2, 2)
    utf_16 = io.BytesIO((tmp_path / "tracking.csv").read_bytes().decode().encode("utf-16"))
    assert both(tmp_path, urls, utf_16, patch, spark_server).updated


def test_a_task_that_is_done_twice_counts_once(
    tmp_path: Path, spark_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twice(function: Callable[[Shared, Task], Result]) -> Callable[[Shared, Task], Result]:
        def done(shared: Shared, task: Task) -> Result:
            # The first result is lost, as when its worker is.
            function(shared, task)
            return function(shared, task)

        return done

    for function in (tasks.judge_lines, tasks.plan_targets):
        monkeypatch.setattr(tasks, function.__name__, twice(function))
    urls = stores(tmp_path, "sqlite:///")
    messy(tmp_path / "tracking.csv", 400, 0)
    both(tmp_path, urls, tmp_path / "tracking.csv", milepost.configure(None, delimiter="comma"), spark_server)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake store, and a file for it."""
    folder = tmp_path_factory.mktemp("scene")
    volume.make_store(f"delta://{folder}/lake", ROWS // 2)
    volume.tracking(ROWS).write_csv(folder / "tracking.csv")
    return folder


def exported(url: str) -> bytes:
    out = io.BytesIO()
    milepost.export_tracking(url, out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("victim", "number", "status"),
    [("server", signal.SIGKILL, 4), ("driver", signal.SIGINT, 130), ("driver", signal.SIGKILL, -signal.SIGKILL)],
)
def test_what_dies_in_the_middle_leaves_the_store_as_before(
    scene: Path, tmp_path: Path, victim: str, number: int, status: int
) -> None:
    url = f"delta://{shutil.copytree(scene / 'lake', tmp_path / 'lake')}"
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    words = command("import", scene / "tracking.csv", "--delimiter", "comma", "--db", url, "--engine", "sail", "--json")
    driver = subprocess.Popen(
        [*words, "--scratch", str(scratch)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # The first lines are judged, so the server is at work.
    _wait_for(lambda: any(scratch.glob("*/*.parquet")) or driver.poll() is not None)
    (server,) = psutil.Process(driver.pid).children()
    (server if victim == "server" else driver).send_signal(number)
    out, err = driver.communicate(timeout=DEADLINE)
    assert driver.returncode == status, err
    assert "Warning" not in err
    if status == 4:
        assert json.loads(out)["error"]["code"] == "connection-lost"
        assert "Nothing was done" in json.loads(out)["error"]["message"]
    _wait_for(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)
    assert exported(url).count(b"\n") == 1
    assert [run.state for run in milepost.runs(url)] == [
        milepost.State.FAILED if victim == "server" else milepost.State.INTERRUPTED
    ]
    assert (number == signal.SIGKILL and victim == "driver") or not list(scratch.iterdir())
    assert (
        milepost.import_file(scene / "tracking.csv", url, milepost.configure(None, delimiter="comma")).created == ROWS
    )


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.005)


def test_a_server_that_is_not_there_is_named(scene: Path) -> None:
    with pytest.raises(MilepostError, match=r"The Spark server sc://127\.0\.0\.1:1 cannot be reached") as error:
        milepost.import_file(
            scene / "tracking.csv", f"delta://{scene}/lake", dry_run=True, engine=f"{cluster.CONNECT}127.0.0.1:1"
        )
    assert (error.value.code, error.value.retry) == ("server-unreachable", True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"engine": "spork"}, 'There is no engine "spork"'),
        ({"cores": 2}, "is for other engines than local"),
        ({"engine": "sail", "scratch": "/dev/null/none"}, "No folder can be made in /dev/null/none"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_done(scene: Path, given: dict[str, Any], said: str) -> None:
    with pytest.raises(MilepostError, match=said):
        milepost.import_file(scene / "tracking.csv", **{"database": f"delta://{scene}/lake"} | given)


@pytest.mark.parametrize(
    ("wrong", "said"), [(b"\xff\n", "the byte 0xFF at offset"), (b'x,"y\n', "the quote that opens here")]
)
def test_a_file_that_cannot_be_read_is_told_as_by_one_machine(
    tmp_path: Path, spark_server: str, scene: Path, wrong: bytes, said: str
) -> None:
    file = tmp_path / "tracking.csv"
    header, _, lines = (scene / "tracking.csv").read_bytes().partition(b"\n")
    # The driver itself reads the first megabyte.
    file.write_bytes(header + b"\n" + lines * _COPIES + wrong)
    assert file.stat().st_size > BLOCK
    found = []
    for engine in ("local", spark_server):
        with pytest.raises(milepost.FileError) as error:
            milepost.import_file(file, f"delta://{scene}/lake", engine=engine, dry_run=True)
        found.append(str(error.value))
    assert found[0] == found[1]
    assert f"line {ROWS * _COPIES + 2}: {said}" in found[0]
