"""Which entry of `model.file_formats` a file belongs to, and its reader and writer, imported when they are needed."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from milepost.formats.read.byte_stream import ByteStream
from milepost.formats.source import Expected, Source
from milepost.formats.write.form import Form
from milepost.model.export import Appearance, ExportColumn
from milepost.model.file_formats import Entry, FileFormat, entries

Reader: TypeAlias = Callable[[ByteStream, Expected, ExitStack], Source]
"""Opens a file; what must be closed afterwards goes onto the stack. Raises FileError and UsageError."""

Writer: TypeAlias = Callable[[BinaryIO, Sequence[ExportColumn], Appearance], Form]
"""Begins to write a file to a stream. Raises OSError, and FileError for a heading that the file cannot hold."""

BEGINNING = 1024
"""How many bytes of a stream are looked at to find its format."""


def by_ending(path: Path) -> Entry:
    """The format of a file that is read, by the ending of its name; delimited text where that tells nothing."""
    ending = path.suffix.lower()
    known = (one for one in entries() if one.reader or one.refused)
    return next((one for one in known if ending in one.endings), FileFormat.CSV.entry)


def by_content(beginning: bytes) -> Entry:
    """The format of a stream that is read, by its first bytes; delimited text where these tell nothing."""
    known = (one for one in entries() if one.reader and one.begins)
    return next((one for one in known if re.match(one.begins or b"", beginning, re.DOTALL)), FileFormat.CSV.entry)


def is_delimited(entry: Entry) -> bool:
    """Whether files of a format are read as delimited text."""
    return entry.reader == FileFormat.CSV.entry.reader


def reader(entry: Entry) -> Reader:
    """The reader of a format that has one."""
    found: Reader = _named(entry.reader)
    return found


def writer(entry: Entry) -> Writer:
    """The writer of a format that has one."""
    found: Writer = _named(entry.writer)
    return found


def _named(dotted: str | None) -> Any:  # noqa: ANN401 - both kinds
    module, _, name = (dotted or "").partition(":")
    return getattr(importlib.import_module(module), name)
