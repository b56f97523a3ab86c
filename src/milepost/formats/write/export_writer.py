"""Writes frames in any format that has a writer."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from milepost.formats import registry
from milepost.formats.write.form import Form
from milepost.formats.write.output import Output, Target
from milepost.model.export import Appearance, ExportColumn


class ExportWriter(Output):
    """Writes an export; a context manager. A file appears at `commit`, completely or not at all.

    The memory that it uses depends only on the size of the frames.
    """

    _form: Form

    def __init__(
        self,
        target: Target,
        columns: Sequence[ExportColumn],
        appearance: Appearance,
        *,
        raises_broken_pipe: bool = True,
    ) -> None:
        """Open the target and begin the file.

        Frames to write have the columns by name, in the types of their kinds (`model.columns.Kind`).
        Raises FileError when the file cannot be opened, or its encoding lacks a character of a heading.
        """
        form = registry.writer(appearance.file_format.entry)
        super().__init__(target, raises_broken_pipe=raises_broken_pipe)
        with self.beginning():
            self._form = form(self.stream, tuple(columns), appearance)

    def write(self, rows: pl.DataFrame) -> None:
        """Add rows. Raises FileError."""
        with self.errors():
            self._form.write(rows)

    def commit(self) -> None:
        """Complete the file after the last row, and put it in its place. Raises FileError."""
        with self.errors():
            self._form.finish()
        super().commit()

    def discard(self) -> None:
        super().discard()
        if hasattr(self, "_form"):  # else its beginning failed
            self._form.close()
