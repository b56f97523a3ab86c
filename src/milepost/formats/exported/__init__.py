"""The files of an export, in six formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, ClassVar

from milepost.formats.exported.delimited import Delimited
from milepost.formats.exported.json_lines import JsonLines
from milepost.formats.exported.spreadsheet import Spreadsheet
from milepost.formats.exported.xml import Xml
from milepost.formats.writing import FileWriter, Form
from milepost.model.export import Appearance, ExportColumn, FileFormat


def _parquet(stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> Form:
    # What it needs takes a tenth of a second to import.
    from milepost.formats.exported.parquet import Parquet

    return Parquet(stream, columns, appearance)


_FORMS: Mapping[FileFormat, Callable[[BinaryIO, Sequence[ExportColumn], Appearance], Form]] = MappingProxyType(
    {
        FileFormat.CSV: Delimited,
        FileFormat.TSV: Delimited,
        FileFormat.XLSX: Spreadsheet,
        FileFormat.XML: Xml,
        FileFormat.JSON_LINES: JsonLines,
        FileFormat.PARQUET: _parquet,
    }
)


class ExportWriter(FileWriter):
    """Writes an export; a context manager. A file takes its place at `commit`, whole or not at all.

    Memory is bounded by the frames. A reader that closes its end of a pipe early raises BrokenPipeError.
    """

    _let_through: ClassVar[tuple[type[OSError], ...]] = (BrokenPipeError,)

    def __init__(self, target: Path | BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        """`target` is a file or an open stream, which stays open.

        The frames that are written have the columns by their names, in the types of their kinds (`model.columns.Kind`).
        Raises FileError when the file cannot be opened, or its encoding has no sign for a heading.
        """
        form = _FORMS[appearance.file_format]
        super().__init__(target, lambda stream: form(stream, tuple(columns), appearance))
