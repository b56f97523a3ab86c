"""The interface of readers: a first record, then batches of the other records."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from milepost.model.batch import Batch
from milepost.model.columns import Vocabulary
from milepost.model.job import Reading

OnBytes = Callable[[int, int | None], None]
"""Called with the number of bytes read so far and the total, None if it is unknown."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of a file before it is opened."""

    reading: Reading
    vocabulary: Vocabulary
    columns: tuple[str, ...] | None
    """The names of its columns in their order; None: its header names them."""


@dataclass(frozen=True, slots=True)
class First:
    """The first record of a file."""

    line: int
    """The line on which it begins, from 1."""
    cells: tuple[str, ...]
    """Its cells, unchanged."""


def rejects_form(reading: Reading) -> tuple[str, str]:
    """The delimiter and the codec of the rejects file of a source that is not text.

    The same `reading` can read that file: a byte-order mark takes precedence over any encoding.
    """
    return reading.delimiter or ",", "utf-8" if codecs.lookup(reading.encoding).name == "utf-8" else "utf-8-sig"


class Source(Protocol):
    """An open file, or a table in memory."""

    name: str
    """Its name in messages: for a file the path as given."""
    delimiter: str
    """The delimiter, in this source and in its rejects file."""
    encoding: str
    """The codec of its rejects file."""
    padded: bool
    """Whether records have no width of their own (a sheet), so that missing cells are empty cells."""
    notes: tuple[str, ...]
    """Notes from opening it, a sentence each."""

    def first(self, *, past_empty: bool) -> First | None:
        """The first record, which is not consumed; None if there is none.

        With `past_empty`, records of empty cells before it are skipped. Raises FileError.
        """

    def skip_first(self) -> None:
        """Consume the record that `first` returned last."""

    def batches(self, width: int) -> Iterator[Batch]:
        """The remaining records in order, in batches of any size; those without `width` cells are ragged.

        Raises FileError.
        """

    def sha256(self) -> str:
        """The digest, in hexadecimal, of the whole content; known once `batches` is exhausted."""
