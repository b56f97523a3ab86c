"""The list of changes that an import makes, or would make: one line for each value."""

from __future__ import annotations

from pathlib import Path

from milepost.formats.write.export_writer import ExportWriter
from milepost.formats.write.output import Target
from milepost.model.columns import Kind
from milepost.model.exceptions import UsageError
from milepost.model.export import Appearance, ExportColumn
from milepost.model.file_formats import OF_CHANGES, FileFormat
from milepost.model.wording import listed

COLUMNS = ("line", "candidateLogin", "trainingPathCode", "sessionTitle", "lovCode", "field", "before", "after", "kind")
"""The columns of the list: text, empty where there is nothing, except the line."""


def changes_writer(target: Target, *, raw: bool = False) -> ExportWriter:
    """A writer for frames with COLUMNS.

    The format of a file follows from its ending; an open stream gets CSV. `raw` leaves texts in CSV unchanged that
    look like formulas. Raises UsageError for other endings and FileError when the file cannot be opened.
    """
    file_format = FileFormat.CSV
    if isinstance(target, str | Path):
        ending = Path(target).suffix.casefold()
        if ending not in OF_CHANGES:
            raise UsageError(
                f"{target} has no ending that says how changes are to be written; end it in {listed(OF_CHANGES, 'or')}."
            )
        file_format = OF_CHANGES[ending]
    columns = [ExportColumn(name, Kind.INTEGER if name == "line" else Kind.TEXT) for name in COLUMNS]
    return ExportWriter(target, columns, Appearance(file_format, raw=raw), raises_broken_pipe=False)
