"""A run that dies leaves the store as before or as after, never between. `make kill-test` kills more often."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

import milepost
from functional import crash
from functional.crash import Dump, Scene
from functional.workbench import command, environment

KILLS = int(os.environ.get("MILEPOST_KILLS", "4"))
"""How many imports are killed: a third of them anywhere, a third while they work, a third from the commit on."""
_SEED = os.environ.get("MILEPOST_SEED", "1")
_INTERRUPTED = (130, "", "Interrupted; nothing was done.\n")
_NO_ROOM = "There is no room to write the store {} (disk I/O error). Nothing was changed. Make room and try again."


@dataclass(frozen=True)
class Expected:
    """What the import comes to when nothing goes wrong, and how long that takes."""

    after: Dump
    counts: dict[str, int]
    again: dict[str, int]
    """The counts of a second import of the same file."""
    seconds: tuple[float, float, float]
    """From the start of the process to its end; from the entry of the run; from the first byte that is committed."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """What all tests of this module kill."""
    return Scene.make(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="module")
def expected(scene: Scene) -> Expected:
    """The import without any trouble."""
    return _expected(scene)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, Expected]:
    """A scene with so many rows that they go through a scratch file."""
    scene = Scene.make(tmp_path_factory.mktemp("large"), 3 * crash.ROWS)
    return scene, _expected(scene)


def _expected(scene: Scene) -> Expected:
    """The import without any trouble, measured."""
    with scene.copy() as store:
        started = time.monotonic()
        process = scene.start(store)
        crash.wait_until_begun(store, process)
        begun = time.monotonic()
        crash.wait_for_commit(store, process)
        committing = time.monotonic()
        status, out, err = crash.end(process)
        ended = time.monotonic()
        assert status == 1, err
        after, counts = crash.dump(store), crash.counts(out)
        assert all(counts.values()), "the file must make everything happen that can happen"
        assert after != scene.before
        again = scene.again(store)
        assert again["created"] == again["updated"] == again["deleted"] == 0
        return Expected(after, counts, again, (ended - started, ended - begun, ended - committing))


@pytest.fixture
def store(scene: Scene) -> Iterator[Path]:
    """A store to kill an import into."""
    with scene.copy() as copy:
        yield copy


def _wait(number: int, store: Path, process: subprocess.Popen[bytes], expected: Expected) -> None:
    """Waits for a moment of the process's life: another one for each number, the same for the same number."""
    phase = number % 3
    if phase:
        (crash.wait_until_begun, crash.wait_for_commit)[phase - 1](store, process)
    chosen = random.Random(f"{_SEED} {number}").random()
    if phase == 2:
        chosen **= 4  # the commit itself is the first thousandths of a second
    time.sleep(chosen * expected.seconds[phase] * 1.1)


def _assert_before_or_after(scene: Scene, store: Path, expected: Expected, undone: str = "interrupted") -> bool:
    """Whether the store is as after; it must be that, or as before, and tell so."""
    content = crash.dump(store)
    is_done = content == expected.after
    assert is_done or content == scene.before
    runs = crash.runs(store)
    assert [run["state"] for run in runs[1:]] in (["done"], [])
    if len(runs) == 2:
        assert runs[0]["state"] == ("done" if is_done else undone)
    else:
        assert not is_done
    return is_done


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_import_leaves_the_store_as_before_or_as_after(
    number: int, scene: Scene, store: Path, expected: Expected
) -> None:
    _kill(number, scene, store, expected)


@pytest.mark.parametrize("number", range(max(2, KILLS // 5)))
def test_a_killed_import_of_many_rows_leaves_the_store_as_before_or_as_after(
    number: int, large: tuple[Scene, Expected]
) -> None:
    scene, expected = large
    with scene.copy() as store:
        _kill(number, scene, store, expected)


def _kill(number: int, scene: Scene, store: Path, expected: Expected) -> None:
    process = scene.start(store)
    _wait(number, store, process, expected)
    process.kill()
    crash.end(process)
    is_done = _assert_before_or_after(scene, store, expected)
    assert scene.again(store) == (expected.again if is_done else expected.counts)
    assert crash.tracked(crash.dump(store)) == crash.tracked(expected.after)
    states = [run["state"] for run in crash.runs(store)]
    assert states[0] == "done"
    assert "running" not in states


@pytest.mark.parametrize("number", range(max(1, KILLS // 6)))
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_undoes_everything_or_comes_too_late(
    sent: signal.Signals, number: int, scene: Scene, store: Path, expected: Expected
) -> None:
    process = scene.start(store)
    crash.wait_until_begun(store, process)
    if number % 2:
        crash.wait_for_commit(store, process)
    longest = expected.seconds[2 if number % 2 else 1]
    time.sleep(random.Random(f"{_SEED} {sent} {number}").uniform(0, longest * 1.1))
    process.send_signal(sent)
    outcome = crash.end(process)
    if _assert_before_or_after(scene, store, expected):
        assert outcome[0] == 1  # as if nothing had happened: some rows are rejected, the others are in
        assert crash.counts(outcome[1]) == expected.counts
    else:
        assert outcome == _INTERRUPTED
        assert crash.runs(store)[0]["error"] is None


@pytest.mark.parametrize("blocks", [0, 40, 200, 400, 100_000])
def test_a_full_disk_leaves_the_store_as_it_was(blocks: int, scene: Scene, store: Path, expected: Expected) -> None:
    done = _limited(blocks, scene.words(store), scene)
    is_done = _assert_before_or_after(scene, store, expected, undone="failed")
    assert is_done == (blocks == 100_000)
    if is_done:
        assert (done.returncode, crash.counts(done.stdout)) == (1, expected.counts)
        return
    error = json.loads(done.stdout)["error"]["message"]
    assert (done.returncode, done.stderr) == (2, "")
    assert error == _NO_ROOM.format(store)
    newest = crash.runs(store)[0]
    assert newest["error"] == (error if newest["state"] == "failed" else None)
    assert scene.again(store) == expected.counts


def test_a_full_disk_for_scratch_files_leaves_the_store_as_it_was(large: tuple[Scene, Expected]) -> None:
    scene, _ = large
    with scene.copy() as store:
        done = _limited(2000, scene.words(store), scene)
        assert crash.dump(store) == scene.before
    error = json.loads(done.stdout)["error"]["message"]
    assert error.startswith("There is no room for temporary files in ")
    assert (done.returncode, done.stderr) == (2, "")


def _limited(blocks: int, words: list[str], scene: Scene) -> subprocess.CompletedProcess[str]:
    """Runs a command while no file may grow beyond so many blocks.

    That is neither the store, nor what SQLite keeps beside it, nor its temporary files.
    """
    words = ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", *words]
    return subprocess.run(
        words, cwd=scene.folder, env=environment(), capture_output=True, text=True, check=False, timeout=crash.PATIENCE
    )


@dataclass(frozen=True)
class Reversal:
    """A command that goes back on what an import did, and what it comes to when nothing goes wrong."""

    words: tuple[str, ...]
    scene: Scene
    """With a store in which the import is done."""
    after: Dump
    seconds: float


@pytest.fixture(scope="module", params=[("undo", "2", "--json"), ("prune", "--older-than", "0d", "--json")])
def reversal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reversal:
    """Such a command, measured."""
    scene = Scene.make(tmp_path_factory.mktemp("reversal"))
    assert crash.import_file(scene.file, str(scene.store)).run == 2
    with closing(sqlite3.connect(scene.store)) as connection, connection:
        connection.execute("UPDATE import_run SET finished_at = finished_at - 60")
    with scene.copy() as store:
        started = time.monotonic()
        process = scene.start(store, *request.param)
        status, _, err = crash.end(process)
        assert status == 0, err
        after = crash.dump(store)
        assert after != scene.before
        return Reversal(request.param, scene, after, time.monotonic() - started)


@pytest.mark.parametrize("number", range(max(3, KILLS // 3)))
def test_a_killed_undo_or_prune_leaves_the_store_as_before_or_as_after(number: int, reversal: Reversal) -> None:
    scene = reversal.scene
    with scene.copy() as store:
        process = scene.start(store, *reversal.words)
        phase = number % 3
        if phase:
            (crash.wait_until_begun, crash.wait_for_commit)[phase - 1](store, process)
        longest = reversal.seconds / (3 if phase else 1)
        chosen = random.Random(f"{_SEED} {number}").random()
        time.sleep(longest * (chosen**4 if phase == 2 else chosen))
        process.kill()
        crash.end(process)
        is_done = _assert_reversed_or_not(reversal, store)
        if not is_done:
            _assert_reverses(reversal, store)


@pytest.mark.parametrize("number", range(max(1, KILLS // 15)))
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_of_an_undo_or_prune_leaves_everything_or_comes_too_late(
    sent: signal.Signals, number: int, reversal: Reversal
) -> None:
    scene = reversal.scene
    with scene.copy() as store:
        process = scene.start(store, *reversal.words)
        crash.wait_until_begun(store, process)
        time.sleep(random.Random(f"{_SEED} {sent} {number}").uniform(0, reversal.seconds / 3))
        process.send_signal(sent)
        outcome = crash.end(process)
        if _assert_reversed_or_not(reversal, store):
            assert (outcome[0], outcome[2]) == (0, "")
            json.loads(outcome[1])
        else:
            assert outcome == _INTERRUPTED
            _assert_reverses(reversal, store)


# An undo fits into about 2,000 blocks; one that committed its halves would need room for both, or leave one.
@pytest.mark.parametrize("blocks", [0, 40, 400, 1800, 2000, 2400, 100_000])
def test_a_full_disk_leaves_what_was_to_be_reversed(blocks: int, reversal: Reversal) -> None:
    scene = reversal.scene
    with scene.copy() as store:
        done = _limited(blocks, command(*reversal.words, "--db", store), scene)
        is_done = _assert_reversed_or_not(reversal, store, undone="failed")
        if is_done:
            assert (done.returncode, done.stderr) == (0, "")
            return
        assert blocks < 100_000
        assert (done.returncode, done.stderr) == (2, "")
        error = json.loads(done.stdout)["error"]["message"]
        if reversal.words[0] == "undo" and not blocks:
            assert error.startswith("There is no room for temporary files in any folder for them: ")
        else:
            assert error == _NO_ROOM.format(store)
        _assert_reverses(reversal, store)


def _assert_reversed_or_not(reversal: Reversal, store: Path, undone: str = "interrupted") -> bool:
    """Whether the store is as after; it must be that, or as before, and tell so."""
    content = crash.dump(store)
    is_done = content == reversal.after
    assert is_done or content == reversal.scene.before
    runs = crash.runs(store)
    if reversal.words[0] == "undo":
        states = [run["state"] for run in runs if run["kind"] == "undo"]
        assert states in ([["done"]] if is_done else [[], [undone], ["interrupted"]])
    else:
        assert all((run["pruned_at"] is not None) == is_done for run in runs)
    return is_done


def _assert_reverses(reversal: Reversal, store: Path) -> None:
    """The command ends well now, and with it the store is as after."""
    status, _, err = crash.end(reversal.scene.start(store, *reversal.words))
    assert (status, err) == (0, "")
    again = crash.dump(store)
    assert crash.tracked(again) == crash.tracked(reversal.after)
    assert len(again["tracking_change"]) == len(reversal.after["tracking_change"])


@pytest.mark.parametrize("number", range(max(1, KILLS // 6)))
def test_a_killed_first_load_leaves_no_half_made_store(number: int, tmp_path: Path) -> None:
    store = tmp_path / "new.db"
    (tmp_path / "learners.csv").write_text("candidateLogin\nada\n")
    words = command("load", "learners", "learners.csv", "--db", store)
    process = subprocess.Popen(
        words, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not store.exists() and process.poll() is None:
        time.sleep(0.0002)
    time.sleep(random.Random(f"{_SEED} {number}").uniform(0, 1))
    process.kill()
    process.wait(crash.PATIENCE)
    report = milepost.load_file("learners", tmp_path / "learners.csv", str(store))
    assert (report.rows, report.created + report.unchanged) == (1, 1)
    assert [run["state"] for run in crash.runs(store)] in (["done"], ["done", "done"], ["done", "interrupted"])
