"""What every format of written tables offers."""

from __future__ import annotations

import polars as pl


class Form:
    """One format: what it writes of frames. Every call may raise OSError, and FileError for a value it cannot hold."""

    def write(self, rows: pl.DataFrame) -> None:
        """Add rows."""
        raise NotImplementedError

    def finish(self) -> None:
        """Complete the file: all rows are written."""

    def close(self) -> None:
        """Release resources. It is called in the end in any case, when writing to the stream does nothing any more."""
