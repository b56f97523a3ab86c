"""The interface of writers: one class for each format of exports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import polars as pl

from milepost.model.export import Appearance, ExportColumn


class Form:
    """Writes frames in one format. Every call may raise OSError, and FileError for a value that it cannot hold."""

    def __init__(self, stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        """`stream` is open; a subclass writes the beginning of the file."""
        self.stream = stream
        self.columns = columns
        self.appearance = appearance

    def write(self, rows: pl.DataFrame) -> None:
        """Add rows."""
        raise NotImplementedError

    def finish(self) -> None:
        """Complete the file after the last row."""

    def close(self) -> None:
        """Release resources. Always called last; writing to the stream then has no effect."""
