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

COLUMNS = (
    "line",
    "candidateLogin",
    "trainingPathCode",
    "sessionTitle",
    "lovCode",
    "field",
    "before",
    "after",
    "kind",
)
"""What is said of each change: all text but for the line, empty where there is nothing."""


class ChangesWriter(ExportWriter):
    """Writes the list, in frames whose columns are COLUMNS."""

    def __init__(self, target: Target, *, raw: bool = False) -> None:
        """`target` is a file whose ending says its format, or an open stream, which gets CSV.

        `raw` leaves texts as they are in CSV that a spreadsheet would take for formulas.

        Raises UsageError for another ending and FileError when the file cannot be opened.
        """
        columns = [ExportColumn(name, Kind.INTEGER if name == "line" else Kind.TEXT) for name in COLUMNS]
        super().__init__(target, columns, Appearance(_format_of(target), raw=raw), raises_broken_pipe=False)


def _format_of(target: Target) -> FileFormat:
    if not isinstance(target, str | Path):
        return FileFormat.CSV
    ending = Path(target).suffix.casefold()
    if ending not in OF_CHANGES:
        raise UsageError(
            f"{target} has no ending that says how changes are to be written; end it in "
            f"{listed(list(OF_CHANGES), 'or')}."
        )
    return OF_CHANGES[ending]
