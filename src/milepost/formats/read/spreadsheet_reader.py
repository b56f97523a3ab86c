"""Spreadsheets, read in a process of their own: a hostile file can neither end this one nor fill its memory."""

from __future__ import annotations

import itertools
import json
import marshal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from multiprocessing import spawn
from pathlib import Path
from typing import Any, BinaryIO, cast

import polars as pl

from milepost.formats import registry
from milepost.formats.read.byte_stream import ByteStream
from milepost.formats.read.own_process import end, on_disk
from milepost.formats.read.spreadsheet_rows import NOTHING, Row
from milepost.formats.registry import Expected, rejects_form
from milepost.model.batch import Batch, Record, ragged_frame
from milepost.model.exceptions import FileError
from milepost.model.job import Reading
from milepost.model.likeness import WHITE_SPACE
from milepost.model.wording import Note, quoted, setting

_SEND = (
    "import json, sys; sys.path[:], *what = json.loads(sys.argv[1]); "
    "from milepost.formats.read.spreadsheet_rows import send; send(*what)"
)


def open_spreadsheet(content: ByteStream, expected: Expected, stack: ExitStack) -> RowSource:
    """A spreadsheet; one that is a stream, or has another ending, is copied to a temporary file. Raises FileError."""
    found, given = registry.by_content(content.peek()), content.path
    is_called_so = given is not None and (registry.is_delimited(found) or found is registry.kind_of(given))
    path, sha256 = on_disk(content, None if is_called_so else found.endings[0], stack)
    reading = expected.reading
    messages = _messages(path, content.name, reading.sheet, stack)
    names = next(messages)
    read = names[0] if reading.sheet is None else reading.sheet
    notes: list[Note] = []
    if others := [name for name in names if name != read]:
        said = f"The sheet {quoted([read])} is read, and not {quoted(others)}; {setting('sheet')} names another."
        notes.append(Note(said, "sheet"))
    return RowSource(content.name, lambda: sha256, reading, messages, tuple(notes), tuple(names))


class RowSource:
    """The rows of a sheet, as a `Source`."""

    padded = True

    def __init__(
        self,
        name: str,
        sha256: Callable[[], str],
        reading: Reading,
        parts: Iterator[list[Row]],
        notes: tuple[Note, ...] = (),
        sheets: tuple[str, ...] = (),
    ) -> None:
        """`parts` are the rows, some at a time. Reads nothing yet."""
        self.name = name
        self.sha256 = sha256
        self.delimiter, self.encoding = rejects_form(reading)
        self.notes: tuple[str, ...] = notes
        self.sheets = sheets
        self._parts = parts
        self._rows: deque[Row] = deque()

    def first(self) -> Record | None:
        """The first row that is not blank, without the empty cells at its end."""
        while self._at_hand(1) and not self._rows[0][1]:
            self._rows.popleft()
        return _record(self._rows[0]) if self._rows else None

    def ahead(self, count: int) -> list[Record]:
        return list(map(_record, itertools.islice(self._at_hand(count + 1), 1, count + 1)))

    def skip_to(self, line: int) -> None:
        while self._at_hand(1) and self._rows[0][0] < line:
            self._rows.popleft()

    def _at_hand(self, count: int) -> deque[Row]:
        while len(self._rows) < count and (part := next(self._parts, None)) is not None:
            self._rows.extend(map(_trimmed, part))
        return self._rows

    def batches(self, width: int, *, after_first: bool) -> Iterator[Batch]:
        yield _batch(list(self._rows)[int(after_first) :], width)
        for part in self._parts:
            yield _batch(list(map(_trimmed, part)), width)


def _messages(path: Path, name: str, sheet: str | None, stack: ExitStack) -> Iterator[Any]:
    """What `spreadsheet_rows.send` sends. Raises FileError."""
    call = json.dumps([sys.path, str(path), name, sheet])
    process = subprocess.Popen(  # noqa: S603 - a fixed command
        [spawn.get_executable(), "-I", "-c", _SEND, call],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Ctrl-C interrupts this process, which then ends that one.
        process_group=0,
    )
    stack.callback(end, process)
    incoming = cast("BinaryIO", process.stdout)
    while length := incoming.read(8):
        data = incoming.read(int.from_bytes(length))
        if len(data) < int.from_bytes(length):
            break
        message = marshal.loads(data)  # noqa: S302 - from a process of this program
        if message is None:
            return
        if isinstance(message, str):
            raise FileError(message)
        yield message
    raise FileError(
        f"{name} cannot be read: it takes more memory or time than a file of its size should. "
        "Delete the cells far outside the table, if there are any, or save it as CSV."
    )


def _record(row: Row) -> Record:
    return Record(row[0], tuple(text for text, _ in row[1]))


def _trimmed(row: Row) -> Row:
    """The row without the cells of white space at its end."""
    cells = row[1]
    while cells and not cells[-1][0].strip(WHITE_SPACE):
        cells.pop()
    return row


def _batch(rows: list[Row], width: int) -> Batch:
    regular = [(line, row + [NOTHING] * (width - len(row))) for line, row in rows if len(row) <= width]
    ragged = ragged_frame(_record(row) for row in rows if len(row[1]) > width)
    lines = pl.Series("line", [line for line, _ in regular], dtype=pl.Int64)
    places = range(width)
    texts = [pl.Series(str(place), [row[place][0] for _, row in regular], dtype=pl.String) for place in places]
    types = [pl.Series(str(place), [row[place][1] for _, row in regular], dtype=pl.String) for place in places]
    return Batch(pl.DataFrame([lines, *texts]), pl.DataFrame(types), ragged)
