"""Writes frames in any format that has a writer."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from milepost.formats import registry
from milepost.formats.write.form import Form
from milepost.formats.write.output import Output, Target
from milepost.model.export import Appearance, ExportColumn


class ExportWriter(Output):
    """Writes an export; a context manager. A file takes its place at `commit`, whole or not at all.

    Memory is bounded by the frames.
    """

    def __init__(
        self,
        target: Target,
        columns: Sequence[ExportColumn],
        appearance: Appearance,
        *,
        raises_broken_pipe: bool = True,
    ) -> None:
        """Open the target and begin the file.

        The frames that are written have the columns by their names, in the types of their kinds (`model.columns.Kind`).
        Raises FileError when the file cannot be opened, or its encoding lacks a character of a heading.
        """
        form = registry.writer(appearance.file_format.entry)
        super().__init__(target, raises_broken_pipe=raises_broken_pipe)
        self._form = Form()
        with self.beginning():
            self._form = form(self.stream, tuple(columns), appearance)

    def write(self, rows: pl.DataFrame) -> None:
        """Add rows. Raises FileError."""
        with self.errors():
            self._form.write(rows)

    def commit(self) -> None:
        """All rows are written: the file takes its place. Raises FileError."""
        with self.errors():
            self._form.finish()
        super().commit()

    def discard(self) -> None:
        """See `Output.discard`."""
        super().discard()
        self._form.close()
