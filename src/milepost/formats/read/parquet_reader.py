"""Parquet, read in a process of its own: a hostile file can neither end this one nor fill its memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing import spawn
from typing import BinaryIO, cast

import polars as pl
import pyarrow as pa

from milepost.formats.read import parquet_rows
from milepost.formats.read.byte_stream import ByteStream, most_unpacked
from milepost.formats.read.own_process import end, on_disk
from milepost.formats.read.table_reader import TableSource
from milepost.formats.registry import Expected
from milepost.model.exceptions import FileError
from milepost.model.job import Reading
from milepost.model.wording import Note, setting

_SEND = (
    "import json, sys; sys.path[:], *what = json.loads(sys.argv[1]); "
    "from milepost.formats.read.parquet_rows import send; send(*what)"
)

_PATIENCE = 5
"""Seconds in which a process that has failed ends."""


def open_parquet(content: ByteStream, expected: Expected, stack: ExitStack) -> ParquetSource:
    """A Parquet file; a stream is copied to a temporary file. Raises FileError."""
    path, sha256 = on_disk(content, None, stack)
    most = most_unpacked(path.stat().st_size)
    process = subprocess.Popen(  # noqa: S603 - a fixed command
        [spawn.get_executable(), "-I", "-c", _SEND, json.dumps([sys.path, str(path), most])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Arrow would reserve memory beforehand that it does not use, and reach the limit.
        env=os.environ | {"ARROW_DEFAULT_MEMORY_POOL": "system"},
        # Ctrl-C interrupts this process, which then ends that one.
        process_group=0,
    )
    stack.callback(end, process)
    return ParquetSource(content.name, sha256, most, process, expected.reading)


class ParquetSource(TableSource):
    """The rows that a process sends, as a `Source`; the names of the columns count as line 1."""

    def __init__(self, name: str, sha256: str, most: int, process: subprocess.Popen[bytes], reading: Reading) -> None:
        """`most` is how many bytes the process may send. Raises FileError."""
        self._sha256 = sha256
        self._most = most
        self._process = process
        self.name = name
        with self._errors():
            rows = pa.ipc.open_stream(cast("BinaryIO", process.stdout))
        super().__init__(rows, reading, name=name)
        if reading.sheet is not None:
            self.notes += (Note(f"{name} has no sheets, so {setting('sheet')} is ignored.", "sheet"),)

    def sha256(self) -> str:
        """The digest of the file's bytes."""
        return self._sha256

    def _slices(self) -> Iterator[pl.DataFrame]:
        yield from super()._slices()
        # An Arrow stream that was cut off looks like one that is complete.
        if self._process.wait():
            raise self._refused("it ended early")

    def _refused(self, why: str) -> FileError:
        try:
            _, said = self._process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            return FileError(f"{self.name} cannot be imported: {why}.")
        match self._process.returncode:
            case 0:
                return FileError(f"{self.name} cannot be imported: {why}.")
            case parquet_rows.UNREADABLE:
                return FileError(
                    f"{self.name} cannot be read as the Parquet file that it seems to be "
                    f"({said.decode(errors='replace').rstrip('.')}). Is it damaged? Write it again, or save it as CSV."
                )
            case parquet_rows.TOO_MUCH:
                return FileError(
                    f"{self.name} unpacks to more than {self._most // 1_000_000:,} MB, which is too much for a file of "
                    "its size. Is it damaged, or made to do harm? Save the table in it as CSV."
                )
        return FileError(
            f"{self.name} cannot be read: it takes more memory or time than a file of its size should. Save it as CSV."
        )

    def _add(self, text: pl.DataFrame) -> None:
        """The digest is that of the file."""
