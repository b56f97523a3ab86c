"""Sorting more rows than are in memory at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.engines.local import sorting
from milepost.engines.local.sorting import Sorter
from milepost.model.exceptions import FileError

SCHEMA = {"key": pl.Int64(), "place": pl.Int64(), "text": pl.Enum(["odd", "even"])}

parts = st.lists(st.lists(st.integers(min_value=0, max_value=6) | st.integers(min_value=0, max_value=1 << 62)))
"""The keys of rows, frame by frame."""
bounds = st.tuples(*(st.sampled_from([1, 2, 3, 5, 1000]) for _ in range(4)))
"""Rows in a run, in a block of it, in memory while runs are merged, in what is handed out at a time."""


@contextmanager
def bounded(run_rows: int, block_rows: int, merged_rows: int, rows_at_a_time: int) -> Iterator[None]:
    """Lets a few rows be many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "_RUN_ROWS", run_rows)
        patch.setattr(sorting, "_BLOCK_ROWS", block_rows)
        patch.setattr(sorting, "_MERGED_ROWS", merged_rows)
        patch.setattr(sorting, "_ROWS_AT_A_TIME", rows_at_a_time)
        yield


def frames_of(keys: list[list[int]]) -> list[pl.DataFrame]:
    """Frames with those keys; `place` numbers all rows in the order in which they are added."""
    made, place = [], 0
    for part in keys:
        places = list(range(place, place + len(part)))
        texts = ["odd" if one % 2 else "even" for one in places]
        made.append(pl.DataFrame({"key": part, "place": places, "text": texts}, schema=SCHEMA))
        place += len(part)
    return made


def sorted_frames(keys: list[list[int]]) -> list[pl.DataFrame]:
    """What a sorter hands out."""
    sorter = Sorter("key")
    try:
        for frame in frames_of(keys):
            sorter.add(frame)
        return list(sorter.rows())
    finally:
        sorter.close()


def naively(keys: list[list[int]]) -> list[tuple[Any, ...]]:
    """All rows by key, of equal ones the last first."""
    rows = [row for frame in frames_of(keys) for row in frame.rows()]
    return sorted(rows, key=lambda row: (row[0], -row[1]))


def rows_of(frames: list[pl.DataFrame]) -> list[tuple[Any, ...]]:
    """The rows of frames one after another."""
    return [row for frame in frames for row in frame.rows()]


@given(keys=parts, sizes=bounds)
def test_rows_come_in_the_order_of_a_naive_sort(keys: list[list[int]], sizes: tuple[int, int, int, int]) -> None:
    with bounded(*sizes):
        assert rows_of(sorted_frames(keys)) == naively(keys)


@pytest.mark.parametrize(
    "keys",
    [
        [[7] * 30 for _ in range(8)],
        [list(range(30 * part, 30 * part + 30)) for part in range(8)],
        [list(range(30 * part, 30 * part + 30)) for part in reversed(range(8))],
        [[1] * 15 + [2] * 15 for _ in range(8)],
        [[part % 3] * 30 for part in range(8)],
        [[0] * 200, [1], [0] * 39],
    ],
    ids=["one key", "ascending", "descending", "two keys", "a key for each run", "nearly all of one key"],
)
@pytest.mark.parametrize(
    "sizes", [(30, 4, 20, 30), (30, 30, 1000, 100), (60, 1, 1, 1), (80, 7, 64, 50), (10_000, 1, 1, 64)]
)
def test_many_runs_with_equal_keys(keys: list[list[int]], sizes: tuple[int, int, int, int]) -> None:
    with bounded(*sizes):
        frames = sorted_frames(keys)
    assert rows_of(frames) == naively(keys)
    assert all(frame.schema == SCHEMA for frame in frames)


@pytest.mark.parametrize("run_rows", [100, 10_000])
def test_frames_are_neither_too_small_nor_too_large(run_rows: int) -> None:
    with bounded(run_rows, 5, 100, 64):
        heights = [frame.height for frame in sorted_frames([list(range(1000))])]
        rows = [frame.height for frame in sorted_frames([[one % 7 for one in range(100)] for _ in range(10)])]
    for found in (heights, rows):
        assert sum(found) == 1000
        assert all(height >= 64 for height in found[:-1])
        assert max(found) <= 64 + 100 + 5 * 10


def test_nothing_is_nothing() -> None:
    assert rows_of(sorted_frames([])) == []
    assert rows_of(sorted_frames([[], []])) == []


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[IO[bytes]]:
    """The temporary files that are made, in a folder of their own."""
    made: list[IO[bytes]] = []
    make = tempfile.TemporaryFile

    def noted(**options: Any) -> IO[bytes]:  # noqa: ANN401 - as the function that it stands for
        made.append(make(**options))
        return made[-1]

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(tempfile, "TemporaryFile", noted)
    return made


def test_temporary_files_are_gone_when_it_is_closed(files: list[IO[bytes]], tmp_path: Path) -> None:
    with bounded(10, 3, 10, 10):
        sorter = Sorter("key")
        for frame in frames_of([list(range(10))] * 3):
            sorter.add(frame)
        taken = next(sorter.rows())
    assert len(files) == 3
    assert not any(file.closed for file in files)
    assert list(tmp_path.iterdir()) == []
    sorter.close()
    assert all(file.closed for file in files)
    # What has been handed out is still whole.
    assert taken["key"].to_list() == sorted(taken["key"].to_list())


def test_few_rows_make_no_file(files: list[IO[bytes]]) -> None:
    assert sorted_frames([[3, 1, 2]])[0]["key"].to_list() == [1, 2, 3]
    assert files == []


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Full:
        """A file on a disk without room."""

        closed = False

        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

        def flush(self) -> None:
            """Nothing to do."""

        def close(self) -> None:
            """Nothing to do."""

    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Full())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sorter = Sorter("key")
    with (
        bounded(1, 1, 1, 1),
        pytest.raises(FileError, match=r"no room for temporary files in .*: No space left on device"),
    ):
        sorter.add(frames_of([[1]])[0])
    sorter.close()
