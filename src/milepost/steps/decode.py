"""decode: a file, or a table, into batches of text cells with line numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from milepost.formats import batches, layout, opening
from milepost.formats.source import Shape, Source
from milepost.model.batch import Batch
from milepost.model.columns import Vocabulary
from milepost.model.exceptions import UsageError
from milepost.model.job import Layout, Reading


@dataclass(slots=True)
class Decoded:
    """An open file whose header is understood."""

    layout: Layout
    """Which cell is which column."""
    notes: tuple[str, ...]
    """What a reader should know of how it is read, a sentence each."""
    delimiter: str
    """The delimiter found or given; for the rejects file."""
    encoding: str
    """The codec found or given, one that writes the mark where the file has one; for the rejects file."""
    raw: bool
    """Whether texts that a spreadsheet would take for formulas stay as they are; for the rejects file."""
    name: str
    """The file's name without its folder; `standard input`, or `table` for a table."""
    _source: Source
    _shape: Shape
    _batch_rows: int
    _begun: bool = False
    _exhausted: bool = False

    def batches(self) -> Iterator[Batch]:
        """The records after the header, in batches of at most the rows asked for; to be called once.

        Raises FileError for what cannot be decoded or split, when it is reached.
        """
        if self._begun:
            raise RuntimeError("batches() reads the file and can be called only once")
        self._begun = True
        yield from batches.regroup(self._source.batches(self._shape), self._batch_rows)
        self._exhausted = True

    @property
    def sha256(self) -> str:
        """The digest of the bytes as they stand on disk, in hexadecimal; known once `batches` is exhausted.

        A table has no bytes: see `formats.table.TableSource.sha256`.
        """
        if not self._exhausted:
            raise RuntimeError("the digest is known only when all batches were read")
        return self._source.sha256()


@contextmanager
def open_file(
    source: Path | pl.DataFrame | pa.Table,
    reading: Reading,
    vocabulary: Vocabulary,
    *,
    fields: tuple[str, ...] | None = None,
    mandatory: frozenset[str] = frozenset(),
    batch_rows: int = 50_000,
    on_bytes: Callable[[int, int | None], None] | None = None,
) -> Iterator[Decoded]:
    """Open a file (`-` is standard input) or a table, and understand its header.

    `fields` are the columns that are used, None for all; `mandatory` those the file must have. `on_bytes` is called
    with the bytes read so far and in all (rows, for a table). Raises FileError for what cannot be opened or
    understood, UsageError for options that do not fit.
    """
    if batch_rows < 1:
        raise UsageError(f"A batch must hold at least one record, not {batch_rows}.")
    with ExitStack() as stack:
        opened = opening.open_source(source, reading, stack, on_bytes)
        columns = reading.columns
        if columns is None and not reading.skip_first_line:
            columns = fields
        note = opening.settle_delimiter(opened, reading, columns, vocabulary)
        understood = layout.understand(
            opened.first(past_empty=columns is None),
            reading,
            vocabulary,
            file=opened.name,
            padded=opened.padded,
            fields=fields,
            mandatory=mandatory,
        )
        if understood.has_header:
            opened.skip_first()
        yield Decoded(
            layout=understood.layout,
            notes=(*opened.notes, *([note] if note else []), *understood.notes),
            delimiter=opened.delimiter,
            encoding=opened.encoding,
            raw=reading.raw,
            name=Path(opened.name).name,
            _source=opened,
            _shape=Shape(understood.layout.width, understood.dropped),
            _batch_rows=batch_rows,
        )
