"""CSV and TSV."""

from __future__ import annotations

import codecs
import io
from collections.abc import Sequence
from typing import BinaryIO

import polars as pl

from milepost.formats.registry import Form
from milepost.formats.spreadsheet_safety import defused, defused_cells, quoted
from milepost.formats.write.appearance import refuse, rendered, status_words
from milepost.model.columns import Kind
from milepost.model.exceptions import FileError
from milepost.model.export import Appearance, ExportColumn
from milepost.model.file_formats import FileFormat


class Delimited(Form):
    """Lines of delimited text, ended by LF; see `quoted`."""

    def __init__(self, stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        super().__init__(stream, columns, appearance)
        self._delimiter = "\t" if appearance.file_format is FileFormat.TSV else appearance.delimiter
        codec = codecs.lookup(appearance.encoding)
        self._is_utf_8 = codec.name == "utf-8"
        # These encode every character reversibly.
        self._is_unicode = codec.name.startswith("utf")
        self._encoder = codec.incrementalencoder("strict")
        self._texts = [column.name for column in columns if _holds_formulas(column, appearance)]
        self._rows = 0
        if appearance.header:
            headings = pl.DataFrame({column.name: [column.heading] for column in columns})
            self._put(headings if appearance.raw else defused(headings), is_header=True)

    def write(self, rows: pl.DataFrame) -> None:
        texts = rendered(rows, self.columns, self.appearance)
        if self._texts and not self.appearance.raw:
            texts = texts.with_columns(defused(texts.select(self._texts)).get_columns())
        self._put(texts)
        self._rows += rows.height

    def finish(self) -> None:
        self.stream.write(self._encoder.encode("", final=True))

    def _put(self, texts: pl.DataFrame, *, is_header: bool = False) -> None:
        # Not directly to the stream: Polars would bypass its buffer and raise its own errors.
        written = io.BytesIO()
        cells = quoted(texts, self._delimiter)
        cells.write_csv(written, include_header=False, separator=self._delimiter, quote_style="never")
        if self._is_utf_8:
            self.stream.write(written.getbuffer())
            return
        text, encoding = written.getvalue().decode(), self.appearance.encoding
        try:
            encoded = self._encode(text)
        except UnicodeError as error:
            advice = "Choose another encoding, such as UTF-8."
            if lacking := sorted(one for one in set(text) if not _keeps(encoding, one)):
                characters = "".join(f"\\x{{{ord(one):x}}}" for one in lacking)
                why = f"which the encoding {encoding} lacks. {advice}"
                refuse(texts, f"[{characters}]", self._rows, why, is_header=is_header)
            raise FileError(f"The encoding {encoding} does not give the values back as they are. {advice}") from error
        self.stream.write(encoded)

    def _encode(self, text: str) -> bytes:
        """The next bytes. Raises UnicodeError if decoding would not give the same text."""
        if not self._is_unicode and not _keeps(self.appearance.encoding, text):
            raise UnicodeError
        return self._encoder.encode(text)


def _holds_formulas(column: ExportColumn, appearance: Appearance) -> bool:
    """Whether a spreadsheet might interpret a value of the column as a formula."""
    if column.kind is Kind.STATUS:
        words = tuple(status_words(column, appearance).values())
        return defused_cells(words) != words
    return column.kind is Kind.TEXT


def _keeps(encoding: str, text: str) -> bool:
    """Whether decoding what `text` is encoded to gives the same text."""
    try:
        return text.encode(encoding).decode(encoding) == text
    except UnicodeError:
        return False
