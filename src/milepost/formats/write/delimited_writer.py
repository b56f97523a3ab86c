"""CSV and TSV."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import BinaryIO

import polars as pl

from milepost.formats.spreadsheet_safety import defused, defused_cells
from milepost.formats.write.appearance import rendered, status_words
from milepost.formats.write.characters import Encoder, class_of, refuse
from milepost.formats.write.form import Form
from milepost.model.columns import Kind
from milepost.model.exceptions import FileError
from milepost.model.export import Appearance, ExportColumn
from milepost.model.file_formats import FileFormat


class Delimited(Form):
    """Lines of delimited text, ended by LF; quotes only where needed."""

    def __init__(self, stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        """Write the header."""
        super().__init__(stream, columns, appearance)
        self._delimiter = "\t" if appearance.file_format is FileFormat.TSV else appearance.delimiter
        self._encoder = Encoder(appearance.encoding)
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
        texts.write_csv(written, include_header=False, separator=self._delimiter, quote_style="necessary")
        if self._encoder.is_utf_8:
            self.stream.write(written.getbuffer())
            return
        text = written.getvalue().decode()
        try:
            encoded = self._encoder.encode(text)
        except UnicodeError as error:
            encoding, advice = self._encoder.encoding, "Choose another encoding, such as UTF-8."
            if lacking := self._encoder.lacking(text):
                why = f"which the encoding {encoding} lacks. {advice}"
                refuse(texts, class_of(lacking), self._rows, why, is_header=is_header)
            raise FileError(f"The encoding {encoding} does not give the values back as they are. {advice}") from error
        self.stream.write(encoded)


def _holds_formulas(column: ExportColumn, appearance: Appearance) -> bool:
    """Whether a spreadsheet might interpret a value of the column as a formula."""
    if column.kind is Kind.STATUS:
        words = tuple(status_words(column, appearance).values())
        return defused_cells(words) != words
    return column.kind is Kind.TEXT
