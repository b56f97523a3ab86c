"""Decoding: a file, a stream or a table as batches of text cells with line numbers."""

from __future__ import annotations

import codecs
import io
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, TypeGuard, cast

import polars as pl

from milepost.formats import headers, registry
from milepost.formats.read import batches, byte_stream, delimited_reader
from milepost.formats.read.byte_stream import ByteStream, OnBytes
from milepost.formats.read.delimited_reader import DelimitedSource
from milepost.formats.read.record_ranges import Divisible, Range
from milepost.formats.registry import Expected, Source
from milepost.model.batch import Batch
from milepost.model.columns import Vocabulary
from milepost.model.exceptions import FileError, UsageError, temporary_files
from milepost.model.file_formats import Entry, FileFormat
from milepost.model.job import Layout, Reading
from milepost.model.likeness import bare
from milepost.model.wording import Note

_IN_MEMORY = 4_000_000

if TYPE_CHECKING:
    import pyarrow as pa

    from milepost.formats.read.table_reader import Table

File: TypeAlias = "str | Path | BinaryIO | Table"
"""A path, a binary stream or a table. A stream that can seek is read from its beginning; streams stay open."""


@dataclass(slots=True)
class Decoded:
    """An open file with its header interpreted."""

    layout: Layout
    """The column of each cell."""
    notes: tuple[str, ...]
    """Notes for the user on how the file is read, a sentence each."""
    source: Source
    reading: Reading
    name: str
    """The file's name without its folder; `standard input`, `stream` or `table` if it has none."""
    _batch_rows: int
    skipped: int = 0
    """The number of rows that were skipped so far."""
    _begun: bool = False
    _exhausted: bool = False

    def batches(self) -> Iterator[Batch]:
        """The records after the header, once, in batches of at most the requested rows. Raises FileError on the way."""
        if self._begun:
            raise RuntimeError("batches() reads the file and can be called only once")
        self._begun = True
        width = self.layout.width + self.layout.added
        found = self.source.batches(width, after_first=self.layout.has_header)
        if self.layout.added:
            found = map(batches.without_origins, found)
        yield from batches.regroup(map(self._fitted, found), self._batch_rows)
        self._exhausted = True

    def divisible(self) -> Divisible | None:
        """The file, if its ranges can be read on their own: only `read_rest` is used then. None if they cannot."""
        if not isinstance(self.source, DelimitedSource):
            return None
        return self.source.divisible(after_first=self.layout.has_header)

    def read_rest(self) -> None:
        """Reads what is left of a file whose parts are read on their own, for its digest. Raises FileError."""
        if isinstance(self.source, DelimitedSource):
            self.source.read_rest()
        self._exhausted = True

    def _fitted(self, batch: Batch) -> Batch:
        fitted = batches.fitted(batch, self.layout.width, pads=self.reading.pad_short_rows)
        if not self.layout.skips:
            return fitted
        kept = batches.without_skipped(fitted, self.layout.skips)
        self.skipped += fitted.rows - kept.rows
        return kept

    @property
    def headers(self) -> dict[str, str]:
        """What the file calls the columns that it names otherwise, letter case and the like apart."""
        named = {column.name: self.layout.header[place] for column, place in self.layout.positions.items()}
        return {name: header for name, header in named.items() if bare(header) != bare(name)}

    @property
    def sha256(self) -> str:
        """The digest of the bytes as stored, in hexadecimal, known once `batches` is exhausted; see `TableSource`."""
        if not self._exhausted:
            raise RuntimeError("the digest is known only when all batches were read")
        return self.source.sha256()


def repeatable(file: File, stack: ExitStack) -> File:
    """The same file in a form that can be opened several times; `stack` closes what this needs."""
    if hasattr(type(file), "read_next_batch"):
        return cast("pa.RecordBatchReader", file).read_all()
    if not _is_stream(file) or byte_stream.can_seek(file):
        return file
    with temporary_files():
        kept = stack.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - the stack does
        shutil.copyfileobj(file, kept)
    return cast("BinaryIO", kept)


def path_of(file: File) -> Path | None:
    """The path of a file; None for tables and for streams without a name."""
    name = getattr(file, "name", None) if _is_stream(file) else file
    return Path(name) if isinstance(name, str | Path) else None


@contextmanager
def open_range(file: Divisible, part: Range, layout: Layout, reading: Reading, batch_rows: int) -> Iterator[Decoded]:
    """The records of a range of a file whose header is interpreted already. Raises FileError."""
    with delimited_reader.open_range(file, part, reading) as source:
        yield Decoded(replace(layout, has_header=False), (), source, reading, file.name, batch_rows)


@contextmanager
def open_file(
    file: File,
    reading: Reading,
    vocabulary: Vocabulary,
    *,
    fields: tuple[str, ...] | None = None,
    mandatory: frozenset[str] = frozenset(),
    defaults: Collection[str] = (),
    batch_rows: int = 50_000,
    on_bytes: OnBytes | None = None,
) -> Iterator[Decoded]:
    """Open a file (`-` is standard input), a stream or a table, and interpret its header.

    `fields` are the columns to use, None for all; `mandatory` are those that the file must have, unless they are among
    `defaults`. `on_bytes` is called with the bytes read so far and the total (rows, for a table). Raises FileError for
    what cannot be opened or interpreted, UsageError for options that do not fit.
    """
    if batch_rows < 1:
        raise UsageError(f"A batch must hold at least one record, not {batch_rows}.")
    columns = reading.columns
    if columns is None and not reading.skip_first_line:
        columns = fields
    expected = Expected(reading, vocabulary, columns)
    with open_source(file, expected, on_bytes) as opened:
        layout, notes = headers.interpret(opened, expected, fields=fields, mandatory=mandatory, defaults=defaults)
        yield Decoded(layout, (*opened.notes, *notes), opened, reading, Path(opened.name).name, batch_rows)


@contextmanager
def open_source(file: File, expected: Expected, on_bytes: OnBytes | None = None) -> Iterator[Source]:
    """Open a file, a stream or a table, whatever its header is. Arguments and errors are those of `open_file`."""
    with ExitStack() as stack:
        yield _open(file, expected, stack, on_bytes)


def _open(file: File, expected: Expected, stack: ExitStack, on_bytes: OnBytes | None) -> Source:
    if isinstance(file, str | Path):
        path = Path(file)
        entry = registry.by_ending(path)
        if entry.refused:
            ending = "".join(path.suffixes[-2:])
            raise FileError(f"{path}: files ending in {ending} are not read. Save it as .xlsx or CSV.")
        unpacked = registry.by_ending(Path(path.stem))
        if path.suffix.lower() == ".gz" and not registry.is_delimited(unpacked):
            raise FileError(f"{path} is a packed {_called(unpacked)}. Unpack it first.")
        content = stack.enter_context(byte_stream.open_bytes(path, on_bytes))
        return _by_content(content, path, expected, stack)
    if isinstance(file, io.TextIOBase):
        raise UsageError("A stream must give bytes, not text. Open the file in binary mode.")
    if _is_stream(file):
        content = stack.enter_context(byte_stream.open_bytes(file, on_bytes))
        return registry.reader(registry.by_content(content.peek()))(content, expected, stack)
    if _is_table(file):
        # This imports Arrow, which takes a tenth of a second.
        from milepost.formats.read.table_reader import TableSource

        return TableSource(file, expected.reading, on_bytes)
    raise UsageError(f"A file must be a path, a binary stream or a table, not {type(file).__name__}.")


def _by_content(content: ByteStream, path: Path, expected: Expected, stack: ExitStack) -> Source:
    """The file as its content says. Its ending decides where the content does not tell."""
    beginning, own = content.peek(), registry.kind_of(path)
    found = registry.by_content(beginning)
    is_unknown = registry.is_delimited(found) and (registry.is_delimited(own) or not _is_text(beginning))
    if found is own or is_unknown:
        return registry.reader(own)(content, expected, stack)
    if registry.is_delimited(found):
        # Whoever took it for a spreadsheet does not know its delimiter.
        reading = replace(expected.reading, delimiter=None)
        source = registry.reader(found)(content, replace(expected, reading=reading), stack)
        source.delimiter = expected.reading.delimiter or source.delimiter
        source.notes += (Note(f"{path} is not a {_called(own)} but delimited text, and is read as that.", "sheet"),)
        return source
    if path.suffix.lower() == ".gz" and found.endings[0] != ".html":
        raise FileError(f"{path} is a packed {_called(found)}. Unpack it first.")
    source = registry.reader(found)(content, expected, stack)
    if found.endings[0] != ".html":
        said = f"{path} is a {_called(found)} ({found.endings[0]}), whatever its ending says."
        source.notes += (Note(said, "sheet"),)
    return source


def _called(entry: Entry) -> str:
    return "Parquet file" if entry is FileFormat.PARQUET.entry else "spreadsheet"


# But for tabs, line breaks, and the escape with which encodings such as ISO-2022-JP shift.
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def _is_text(beginning: bytes) -> bool:
    is_wide = beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return bool(beginning) and (is_wide or _CONTROL.search(beginning) is None)


def _is_table(file: object) -> TypeGuard[Table]:
    return isinstance(file, pl.LazyFrame) or hasattr(file, "__arrow_c_stream__")


def _is_stream(file: object) -> TypeGuard[BinaryIO]:
    # A pandas frame has an attribute for each of its columns, whatever their names.
    return hasattr(file, "read") and not _is_table(file)
