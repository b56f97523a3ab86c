"""Writes frames in any format that has a writer: exports, and the changes that an import makes."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from milepost.formats import registry
from milepost.formats.write.output import Output, Target
from milepost.model.columns import Kind
from milepost.model.exceptions import UsageError
from milepost.model.export import Appearance, ExportColumn
from milepost.model.file_formats import OF_CHANGES, FileFormat
from milepost.model.wording import listed

COLUMNS = ("line", "candidateLogin", "trainingPathCode", "sessionTitle", "lovCode", "field", "before", "after", "kind")
"""The columns of the list: text, empty where there is nothing, except the line."""


class ExportWriter(Output):
    """Writes an export, as an `Output` does. Its memory depends only on the size of the frames."""

    form: registry.Form

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
        form: registry.Writer = pkgutil.resolve_name(appearance.file_format.entry.writer or "")
        super().__init__(target, raises_broken_pipe=raises_broken_pipe)
        with self.beginning():
            self.form = form(self.stream, tuple(columns), appearance)

    def write(self, rows: pl.DataFrame) -> None:
        with self.errors():
            self.form.write(rows)


def changes_writer(target: Target, *, raw: bool = False) -> ExportWriter:
    """A writer for frames with COLUMNS.

    The format of a file follows from its ending; an open stream gets CSV. `raw` leaves texts in CSV unchanged that
    look like formulas. Raises UsageError for other endings and FileError when the file cannot be opened.
    """
    file_format = format_of(target, OF_CHANGES, "changes are to be written")
    columns = [ExportColumn(name, Kind.INTEGER if name == "line" else Kind.TEXT) for name in COLUMNS]
    return ExportWriter(target, columns, Appearance(file_format, raw=raw), raises_broken_pipe=False)


def format_of(target: Target, formats: Mapping[str, FileFormat], what: str) -> FileFormat:
    """The format by the ending of a file, among `formats` by ending; CSV for a stream.

    Raises UsageError for another ending, which does not say how `what`.
    """
    if not isinstance(target, str | Path):
        return FileFormat.CSV
    found = formats.get(Path(target).suffix.casefold())
    if found is None:
        raise UsageError(f"{target} has no ending that says how {what}; end it in {listed(formats, 'or')}.")
    return found
