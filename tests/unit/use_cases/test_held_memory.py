"""How much data a run holds in memory: the sizes that are understood, and what goes by them."""

from __future__ import annotations

import tempfile
from contextlib import closing

import polars as pl
import pytest

import milepost
from milepost import settings
from milepost.engines.local import sorting
from milepost.engines.local.sorting import Sorter
from milepost.model.job import MEMORY, Job
from milepost.use_cases import template

MB, GB = 10**6, 10**9


@pytest.mark.parametrize(
    ("text", "size", "written"),
    [
        ("200MB", 200 * MB, "200MB"),
        ("2GB", 2 * GB, "2GB"),
        ("2 gb", 2 * GB, "2GB"),
        ("1.5GB", 1_500 * MB, "1500MB"),
        ("100000.5KB", 100_000_500, "100000500B"),
        ("400MB", 400 * MB, None),
    ],
)
def test_sizes_are_written_as_they_are_read(text: str, size: int, written: str | None) -> None:
    job = milepost.configure(None, settings={"memory": text})
    assert job.memory == size
    assert ("<memory>" in settings.write(job)) == (written is not None)
    assert written is None or f"<memory>{written}</memory>" in settings.write(job)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("much", '"much" is no size; write for example 200MB or 2GB'),
        ("200", '"200" is no size; write for example 200MB or 2GB'),
        ("99MB", '"99MB" is out of range; write a size from 100MB to 1000GB'),
        ("1001GB", '"1001GB" is out of range; write a size from 100MB to 1000GB'),
    ],
)
def test_what_is_no_size(text: str, message: str) -> None:
    with pytest.raises(milepost.ConfigurationError) as raised:
        milepost.configure(None, settings={"memory": text})
    assert [mistake.message for mistake in raised.value.mistakes] == [f"setting memory: {message}"]


@pytest.mark.parametrize(("memory", "files"), [(200 * MB, 3), (MEMORY, 1), (2 * GB, 0)])
def test_rows_that_the_memory_does_not_hold_are_in_files(
    monkeypatch: pytest.MonkeyPatch, memory: int, files: int
) -> None:
    made: list[object] = []
    opened = tempfile.TemporaryFile

    def counted(prefix: str) -> object:
        made.append(prefix)
        return opened(prefix=prefix)

    monkeypatch.setattr(tempfile, "TemporaryFile", counted)
    monkeypatch.setattr(sorting, "_RUN_ROWS", 1_000)
    with closing(Sorter("key", memory)) as sorter:
        for first in range(0, 1_500, 100):
            sorter.add(pl.DataFrame({"key": range(first, first + 100)}))
        assert len(made) == files
        assert pl.concat(sorter.rows())["key"].to_list() == list(range(1_500))


def test_batches_go_by_the_memory() -> None:
    rows = [template.batch_rows(size) for size in (100 * MB, 200 * MB, Job().memory, 2 * GB, 100 * GB)]
    assert rows == [7_500, 15_000, template.BATCH_ROWS, 150_000, 150_000]
