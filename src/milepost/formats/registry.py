"""The format of a file, from the table in `model.file_formats`; its reader and writer are imported on demand."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, TypeAlias

from milepost.formats.read.byte_stream import ByteStream
from milepost.formats.source import Expected, Source
from milepost.formats.write.form import Form
from milepost.model.export import Appearance, ExportColumn
from milepost.model.file_formats import Entry, FileFormat, entries

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


def is_delimited(entry: Entry) -> bool:
    """Whether files of a format are read as delimited text."""
    return entry.reader == FileFormat.CSV.entry.reader


def reader(entry: Entry) -> Reader:
    """The reader of a format that has one."""
    found: Reader = pkgutil.resolve_name(entry.reader or "")
    return found


def writer(entry: Entry) -> Writer:
    """The writer of a format that has one."""
    found: Writer = pkgutil.resolve_name(entry.writer or "")
    return found
