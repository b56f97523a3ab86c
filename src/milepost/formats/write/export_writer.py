"""Writes frames in any format that the registry has a writer for."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import polars as pl

from milepost.formats import registry
from milepost.formats.write.output import Output, Target
from milepost.model.export import Appearance, ExportColumn


class ExportWriter:
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
        """`target` is a file or an open stream, which stays open.

        The frames that are written have the columns by their names, in the types of their kinds (`model.columns.Kind`).
        Raises FileError when the file cannot be opened, or its encoding lacks a character of a heading; BrokenPipeError
        as it is, if asked for, when a reader closes its end of a pipe early.
        """
        form = registry.writer(appearance.file_format.entry)
        self._output = Output(target, raises_broken_pipe=raises_broken_pipe)
        try:
            with self._output.errors():
                self._form = form(self._output.stream, tuple(columns), appearance)
        except BaseException:
            self._output.discard()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._output.discard()
        self._form.close()

    def write(self, rows: pl.DataFrame) -> None:
        """Add rows. Raises FileError."""
        with self._output.errors():
            self._form.write(rows)

    def commit(self) -> None:
        """All rows are written: the file takes its place. Raises FileError."""
        with self._output.errors():
            self._form.finish()
        self._output.commit()
