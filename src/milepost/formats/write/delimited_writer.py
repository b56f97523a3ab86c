"""CSV and TSV."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import BinaryIO

import polars as pl

from milepost.formats.spreadsheet_safety import defused, defused_cells
from milepost.formats.write.appearance import rendered, status_words
from milepost.formats.write.characters import Encoder, class_of, refusal
from milepost.formats.write.form import Form
from milepost.model.columns import Kind
from milepost.model.exceptions import FileError
from milepost.model.export import Appearance, ExportColumn
from milepost.model.file_formats import FileFormat


class Delimited(Form):
    """Lines of delimited texts, each ended by LF; quotes stand where they are needed."""

    def __init__(self, stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        """Writes the header."""
        self._stream = stream
        self._columns = columns
        self._appearance = appearance
        self._delimiter = "\t" if appearance.file_format is FileFormat.TSV else appearance.delimiter
        self._encoder = Encoder(appearance.encoding)
        self._texts = [column.name for column in columns if _holds_texts(column, appearance)]
        self._rows = 0
        if appearance.header:
            headings = pl.DataFrame({column.name: [column.heading] for column in columns})
            self._put(headings if appearance.raw else defused(headings), is_header=True)

    def write(self, rows: pl.DataFrame) -> None:
        """See `Form.write`."""
        texts = rendered(rows, self._columns, self._appearance)
        if self._texts and not self._appearance.raw:
            texts = texts.with_columns(defused(texts.select(self._texts)).get_columns())
        self._put(texts)
        self._rows += rows.height

    def finish(self) -> None:
        """See `Form.finish`."""
        self._stream.write(self._encoder.finish())

    def _put(self, texts: pl.DataFrame, *, is_header: bool = False) -> None:
        # Not straight into the stream: Polars would pass by its buffer and raise errors of its own kind.
        written = io.BytesIO()
        texts.write_csv(written, include_header=False, separator=self._delimiter, quote_style="necessary")
        if self._encoder.is_utf_8:
            self._stream.write(written.getbuffer())
            return
        text = written.getvalue().decode()
        try:
            encoded = self._encoder.encode(text)
        except UnicodeError as error:
            raise self._refused(texts, text, is_header=is_header) from error
        self._stream.write(encoded)

    def _refused(self, texts: pl.DataFrame, text: str, *, is_header: bool) -> FileError:
        encoding = self._encoder.encoding
        lacking = self._encoder.lacking(text)
        advice = "Choose another encoding, such as UTF-8."
        if lacking:
            why = f"which the encoding {encoding} lacks. {advice}"
            found = refusal(texts, class_of(lacking), self._rows, why, is_header=is_header)
            if found is not None:
                return found
        return FileError(f"The encoding {encoding} does not give the values back as they are. {advice}")


def _holds_texts(column: ExportColumn, appearance: Appearance) -> bool:
    """Whether a spreadsheet might take what is in a column for formulas."""
    if column.kind is Kind.STATUS:
        words = tuple(status_words(column, appearance).values())
        return defused_cells(words) != words
    return column.kind is Kind.TEXT
