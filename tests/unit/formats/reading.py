"""Files and what comes of them, for the tests of this room and of `decode`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from milepost.formats.read import decode
from milepost.model.batch import Batch
from milepost.model.columns import TRACKING, Vocabulary
from milepost.model.job import Reading

Record = tuple[int, tuple[str, ...]]


@dataclass(frozen=True)
class Result:
    """Everything that was read."""

    header: tuple[str, ...]
    positions: dict[str, int]
    lacking: tuple[str, ...]
    notes: tuple[str, ...]
    delimiter: str
    encoding: str
    name: str
    sha256: str
    batches: list[Batch]

    @property
    def records(self) -> list[Record]:
        """Line and cells of every record, the ragged ones at their places."""
        return [record for batch in self.batches for record in records_of(batch)]

    @property
    def ragged(self) -> list[Record]:
        """Line and cells of the ragged records."""
        return [record for batch in self.batches for record in ragged_of(batch)]

    @property
    def types(self) -> list[tuple[str, ...]]:
        """The types of the cells of the records that are not ragged."""
        return [row for batch in self.batches if batch.types is not None for row in batch.types.rows()]


def records_of(batch: Batch) -> list[Record]:
    """Line and cells of every record of a batch, the ragged ones at their places."""
    regular = [(row[0], tuple(row[1:])) for row in batch.cells.rows()]
    return sorted([*regular, *ragged_of(batch)])


def ragged_of(batch: Batch) -> list[Record]:
    """Line and cells of the ragged records of a batch."""
    return [(line, tuple(cells)) for line, cells in batch.ragged.rows()]


def write(folder: Path, content: str | bytes, name: str = "file.csv") -> Path:
    """A file in `folder`; text is written as UTF-8."""
    path = folder / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def read(
    source: decode.File,
    reading: Reading | None = None,
    *,
    vocabulary: Vocabulary = TRACKING,
    fields: tuple[str, ...] | None = None,
    mandatory: frozenset[str] = frozenset(),
    batch_rows: int = 50_000,
) -> Result:
    """Read all of a file or table."""
    with decode.open_file(
        source, reading or Reading(), vocabulary, fields=fields, mandatory=mandatory, batch_rows=batch_rows
    ) as opened:
        batches = list(opened.batches())
        return Result(
            opened.layout.header,
            {column.name: place for column, place in opened.layout.positions.items()},
            opened.layout.lacking,
            opened.notes,
            opened.source.delimiter,
            opened.source.encoding,
            opened.name,
            opened.sha256,
            batches,
        )
