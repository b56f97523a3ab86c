"""XML: `<export>` with a `<row>` for each row, and in it an element for each value, called as its column is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import polars as pl

from milepost.formats.write.appearance import rendered
from milepost.formats.write.characters import NO_XML, refusal
from milepost.formats.write.form import Form
from milepost.model.export import Appearance, ExportColumn

# A parser takes a bare carriage return for the end of a line.
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


class Xml(Form):
    """One line for each row, in UTF-8; what is empty is left out."""

    def __init__(self, stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        """Writes the beginning."""
        self._stream = stream
        self._columns = columns
        self._appearance = appearance
        self._rows = 0
        stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<export>\n')

    def write(self, rows: pl.DataFrame) -> None:
        """See `Form.write`; raises FileError for a character that XML cannot hold."""
        if rows.is_empty():
            return
        texts = rendered(rows, self._columns, self._appearance)
        refused = refusal(
            texts, NO_XML, self._rows, "which XML cannot hold. Change the value, or write another format."
        )
        if refused is not None:
            raise refused
        elements = (
            pl.when(pl.col(name).fill_null("") != "")
            .then(
                pl.lit(f"<{name}>")
                + pl.col(name).str.replace_many(list(_ESCAPED), list(_ESCAPED.values()))
                + pl.lit(f"</{name}>")
            )
            .otherwise(pl.lit(""))
            for name in texts.columns
        )
        lines = texts.select(pl.concat_str(pl.lit("<row>"), *elements, pl.lit("</row>\n")).str.join(""))
        self._stream.write(lines.item().encode())
        self._rows += rows.height

    def finish(self) -> None:
        """See `Form.finish`."""
        self._stream.write(b"</export>\n")
