"""The interfaces of readers and writers, imported on demand; the format of a file, by `model.file_formats`."""

from __future__ import annotations

import codecs
import pkgutil
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias

import polars as pl

from milepost.formats.read.byte_stream import ByteStream
from milepost.formats.write.output import Content
from milepost.model.batch import Batch, Record
from milepost.model.columns import Vocabulary
from milepost.model.export import Appearance, ExportColumn
from milepost.model.file_formats import Entry, FileFormat, entries
from milepost.model.job import Reading


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of a file before it is opened."""

    reading: Reading
    vocabulary: Vocabulary
    columns: tuple[str, ...] | None
    """The names of its columns in their order; None: its header names them."""


class Source(Protocol):
    """An open file, or a table in memory."""

    name: str
    """Its name in messages: for a file the path as given."""
    delimiter: str
    """The delimiter, in this source and in its rejects file."""
    encoding: str
    """The codec of its rejects file; for text its own, which writes a byte-order mark if the file has one."""
    padded: bool
    """Whether records have no width of their own (a sheet), so that missing cells are empty cells."""
    notes: tuple[str, ...]
    """Notes from opening it, a sentence each."""
    sheets: tuple[str, ...]
    """The names of its sheets, or the numbers of the tables of a web page; none of any other file."""

    def first(self) -> Record | None:
        """The first record that is not blank, which is not consumed; None if there is none. Raises FileError."""

    def ahead(self, count: int) -> Sequence[Record]:
        """Records after the first one that are at hand and not blank, up to `count`; they are not consumed."""

    def skip_to(self, line: int) -> None:
        """Leave out what is above that line. Raises FileError."""

    def batches(self, width: int, *, after_first: bool) -> Iterator[Batch]:
        """All records from the one that `first` returned, or those after it, in batches of any size.

        Records without `width` cells are ragged; but all may have more, if those are empty in the first one. Raises
        FileError.
        """

    def sha256(self) -> str:
        """The digest, in hexadecimal, of the whole content; known once `batches` is exhausted."""


class Form(Content):
    """Writes frames in one format."""

    def __init__(self, stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        """`stream` is open; a subclass writes the beginning of the file."""
        self.stream = stream
        self.columns = columns
        self.appearance = appearance

    def write(self, rows: pl.DataFrame) -> None:
        raise NotImplementedError


Reader: TypeAlias = Callable[[ByteStream, Expected, ExitStack], Source]
"""Opens a file; the stack closes what it opens. Raises FileError and UsageError."""

Writer: TypeAlias = Callable[[BinaryIO, Sequence[ExportColumn], Appearance], Form]
"""Begins to write a file to a stream. Raises OSError, and FileError for a heading that the file cannot hold."""


def by_ending(path: Path) -> Entry:
    """The format of an input file by the ending of its name; delimited text for other endings."""
    ending = path.suffix.lower()
    known = (one for one in entries() if one.reader or one.refused)
    return next((one for one in known if ending in one.endings), FileFormat.CSV.entry)


def by_content(beginning: bytes) -> Entry:
    """The format of an input stream by its first bytes; delimited text if no format matches."""
    known = (one for one in entries() if one.reader and one.begins)
    return next((one for one in known if re.match(one.begins or b"", beginning, re.DOTALL)), FileFormat.CSV.entry)


def kind_of(path: Path) -> Entry:
    """The format by the ending, with .xlsm as .xlsx, whose content is the same."""
    return by_ending(path.with_suffix(".xlsx") if path.suffix.lower() == ".xlsm" else path)


def is_delimited(entry: Entry) -> bool:
    """Whether files of a format are read as delimited text."""
    return entry.reader == FileFormat.CSV.entry.reader


def reader(entry: Entry) -> Reader:
    found: Reader = pkgutil.resolve_name(entry.reader or "")
    return found


def rejects_form(reading: Reading) -> tuple[str, str]:
    """The delimiter and the codec of the rejects file of a source that is not text."""
    # The same `reading` can read that file: a byte-order mark takes precedence over any encoding.
    return reading.delimiter or ",", "utf-8" if codecs.lookup(reading.encoding).name == "utf-8" else "utf-8-sig"
