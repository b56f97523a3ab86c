"""What every reader offers: a first record, then batches of the records after it."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from milepost.model.batch import Batch
from milepost.model.columns import Vocabulary
from milepost.model.job import Reading

OnBytes = Callable[[int, int | None], None]
"""Called with the bytes read so far and the bytes there are, None where that is not known."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of a file before it is opened."""

    reading: Reading
    vocabulary: Vocabulary
    columns: tuple[str, ...] | None
    """The names of its columns in their order; None: its header says them."""


@dataclass(frozen=True, slots=True)
class First:
    """The first record of a file."""

    line: int
    """The line on which it begins, from 1."""
    cells: tuple[str, ...]
    """Its cells as they stand."""


def rejects_form(reading: Reading) -> tuple[str, str]:
    """The delimiter and the codec for the rejects file of a source that is no text.

    They are such that the file can be read with the same `reading`: a byte-order mark beats every encoding.
    """
    return reading.delimiter or ",", "utf-8" if codecs.lookup(reading.encoding).name == "utf-8" else "utf-8-sig"


class Source(Protocol):
    """An open file, or a table in memory."""

    name: str
    """What messages call it: for a file its path as it was given."""
    delimiter: str
    """What stands between cells, in this source and in its rejects file."""
    encoding: str
    """The codec in which its rejects file is written."""
    padded: bool
    """Whether records have no width of their own (a sheet), so that cells that are not there are empty cells."""
    notes: tuple[str, ...]
    """What was found out while it was opened, a sentence each."""

    def first(self, *, past_empty: bool) -> First | None:
        """The first record, which stays in place; None where there is none.

        With `past_empty` records of empty cells before it are passed over. Raises FileError.
        """

    def skip_first(self) -> None:
        """Take away the record that `first` gave last."""

    def batches(self, width: int) -> Iterator[Batch]:
        """All records that are left, in order, in batches of any size; those that have not `width` cells are ragged.

        Raises FileError.
        """

    def sha256(self) -> str:
        """The digest, in hexadecimal, of everything there was to read; known once `batches` is exhausted."""
