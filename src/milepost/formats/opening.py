"""What opens a file, by the ending of its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

import polars as pl
import pyarrow as pa

from milepost.formats import byte_stream, delimiters
from milepost.formats.delimited import DelimitedSource
from milepost.formats.source import OnBytes, Source
from milepost.formats.table import TableSource
from milepost.model.columns import Vocabulary
from milepost.model.exceptions import FileError
from milepost.model.job import Reading

Opener = Callable[[Path, Reading, ExitStack, OnBytes | None], Source]
"""Opens a file; what must be closed afterwards goes onto the stack. Raises FileError and UsageError."""


def _delimited(path: Path, reading: Reading, stack: ExitStack, on_bytes: OnBytes | None) -> Source:
    content = stack.enter_context(byte_stream.open_bytes(path, on_bytes))
    return DelimitedSource(content, reading)


def _spreadsheet(path: Path, reading: Reading, stack: ExitStack, on_bytes: OnBytes | None) -> Source:
    # Its libraries take a while to import, and most files are text.
    from milepost.formats.spreadsheet import SpreadsheetSource

    del stack
    return SpreadsheetSource(path, reading, on_bytes)


def _refused(path: Path, reading: Reading, stack: ExitStack, on_bytes: OnBytes | None) -> Source:
    del reading, stack, on_bytes
    raise FileError(f"{path}: files ending in {''.join(path.suffixes[-2:])} are not read. Save it as .xlsx or CSV.")


FORMATS: Mapping[str, Opener] = MappingProxyType(
    {
        ".xlsx": _spreadsheet,
        ".xlsm": _spreadsheet,
        ".xls": _spreadsheet,
        ".ods": _spreadsheet,
        # Its error cells cannot be told from empty ones.
        ".xlsb": _refused,
        ".numbers": _refused,
    }
)
"""The ending of a file's name, in lower case, to what opens it; any other ending is delimited text."""


def open_source(
    source: Path | pl.DataFrame | pa.Table, reading: Reading, stack: ExitStack, on_bytes: OnBytes | None
) -> Source:
    """Open a file by the ending of its name, or a table; raises FileError and UsageError."""
    if not isinstance(source, Path):
        return TableSource(source, reading, on_bytes)
    if source.suffix.lower() == ".gz" and Path(source.stem).suffix.lower() in FORMATS:
        raise FileError(f"{source} is a packed spreadsheet. Unpack it first.")
    opener = FORMATS.get(source.suffix.lower(), _delimited)
    return opener(source, reading, stack, on_bytes)


def settle_delimiter(source: Source, reading: Reading, columns: tuple[str, ...] | None, vocabulary: Vocabulary) -> str:
    """Find the delimiter of delimited text; gives a note where it was found out, else an empty string.

    See `delimiters.settle`.
    """
    if isinstance(source, DelimitedSource):
        return delimiters.settle(source, reading, columns, vocabulary)
    return ""
