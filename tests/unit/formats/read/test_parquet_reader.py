"""Parquet files are read as the same tables in memory are; other files end in a sentence."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from milepost.formats.read.parquet_reader import ParquetSource
from milepost.model.exceptions import FileError
from milepost.model.job import Reading
from unit.formats.read.test_table_reader import TABLE
from unit.formats.reading import read

SMALL = pl.DataFrame({"candidateLogin": ["ada", "bob"], "lovCode": ["intro", None]})


def written(frame: pl.DataFrame, path: Path) -> Path:
    """A file with the rows of a frame."""
    frame.write_parquet(path)
    return path


@pytest.mark.parametrize(
    "frame",
    [
        TABLE,
        SMALL,
        SMALL.clear(),
        pl.concat([SMALL] * 40_000),
        pl.DataFrame({"lastAccessDate": [1_700_000_000_000]}).cast(pl.Datetime("ms", "Asia/Kathmandu")),
    ],
)
def test_cells_are_those_of_the_table(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = written(frame, tmp_path / "tracking.parquet")
    found, wanted = read(path), read(frame)
    assert (found.records, found.types) == (wanted.records, wanted.types)
    assert found.sha256 != wanted.sha256


def test_dictionaries_are_read_as_their_texts(tmp_path: Path) -> None:
    found = read(written(SMALL.select(pl.all().cast(pl.Categorical)), tmp_path / "tracking.parquet"))
    assert found.records == read(SMALL).records


def test_a_stream_is_known_by_its_first_bytes() -> None:
    stream = io.BytesIO()
    SMALL.write_parquet(stream)
    assert read(stream).records == read(SMALL).records


def test_the_content_decides_what_a_file_is(tmp_path: Path) -> None:
    found = read(written(SMALL, tmp_path / "tracking.csv"))
    assert found.records == read(SMALL).records
    assert [note for note in found.notes if note.endswith("is a Parquet file (.parquet), whatever its ending says.")]
    (tmp_path / "text.parquet").write_text("candidateLogin;lovCode\nada;intro\n")
    found = read(tmp_path / "text.parquet", Reading(delimiter=","))
    assert found.records == [(2, ("ada", "intro"))]
    assert [note for note in found.notes if "is not a Parquet file but delimited text" in note]


def _cut(path: Path) -> None:
    content = written(SMALL, path).read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _overwritten(path: Path) -> None:
    content = written(SMALL, path).read_bytes()
    path.write_bytes(content[:4] + bytes(40) + content[44:])


def _one_text(cells: int, length: int) -> Callable[[Path], None]:
    """A file of some thousand bytes in which one long text stands for many cells."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * cells, pa.int32()), pa.array(["x" * length]))
    return lambda path: parquet.write_table(pa.table({"candidateLogin": texts}), path)


_DAMAGED = r"cannot be read as the Parquet file that it seems to be \(.+\)\. Is it damaged\?"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b""), r"is empty \(0 bytes\)"),
        (_cut, _DAMAGED),
        (_overwritten, _DAMAGED),
        (lambda path: path.write_bytes(b"PAR1" + b"x" * 500 + b"PAR1"), _DAMAGED),
        (
            lambda path: written(SMALL.with_columns(score=pl.lit([1, 2])), path),
            r'cannot be imported: column "score" holds List\(Int64\), not single values\.',
        ),
        (_one_text(50_000, 100_000), "cannot be read: it takes more memory or time than a file of its size should"),
        (_one_text(2_000_000, 100), "unpacks to more than 10. MB, which is too much for a file of its size"),
    ],
)
def test_other_files_are_refused(make: Callable[[Path], object], said: str, tmp_path: Path) -> None:
    path = tmp_path / "tracking.parquet"
    make(path)
    with pytest.raises(FileError, match=f"^{re.escape(str(path))} {said}"):
        read(path)


def test_packed_ones_are_refused(tmp_path: Path) -> None:
    content = written(SMALL, tmp_path / "tracking.parquet").read_bytes()
    for name in ("tracking.parquet.gz", "tracking.csv.gz"):
        (tmp_path / name).write_bytes(gzip.compress(content))
        with pytest.raises(FileError, match=r"is a packed Parquet file\. Unpack it first\."):
            read(tmp_path / name)


def test_rows_that_end_early_are_not_all_rows() -> None:
    sending = (
        "import os, sys, pyarrow as pa\n"
        "stream = pa.ipc.new_stream(sys.stdout.buffer, pa.schema([('candidateLogin', pa.string())]))\n"
        "stream.write_batch(pa.record_batch({'candidateLogin': ['ada']}))\n"
        "sys.stdout.flush()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    with subprocess.Popen([sys.executable, "-c", sending], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        source = ParquetSource("tracking.parquet", "", 0, process, Reading())
        with pytest.raises(FileError, match="takes more memory or time"):
            list(source.batches(1, after_first=True))
