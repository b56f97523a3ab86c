"""XML: `<export>` with a `<row>` for each row, which has an element for each value, named like its column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import polars as pl

from milepost.formats.registry import Form
from milepost.formats.write.appearance import refuse, rendered
from milepost.model.export import Appearance, ExportColumn

_NO_XML = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
"""Matches characters that XML 1.0 cannot represent, not even escaped."""
# A parser converts a bare carriage return to a line feed.
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


class Xml(Form):
    """One line for each row, in UTF-8; empty values are left out."""

    def __init__(self, stream: BinaryIO, columns: Sequence[ExportColumn], appearance: Appearance) -> None:
        super().__init__(stream, columns, appearance)
        self._rows = 0
        stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<export>\n')

    def write(self, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        texts = rendered(rows, self.columns, self.appearance)
        refuse(texts, _NO_XML, self._rows, "which XML cannot hold. Change the value, or write another format.")
        elements = (
            pl.when(pl.col(name).fill_null("") != "")
            .then(pl.lit(f"<{name}>") + pl.col(name).str.replace_many(_ESCAPED) + pl.lit(f"</{name}>"))
            .otherwise(pl.lit(""))
            for name in texts.columns
        )
        lines = texts.select(pl.concat_str(pl.lit("<row>"), *elements, pl.lit("</row>\n")).str.join(""))
        self.stream.write(lines.item().encode())
        self._rows += rows.height

    def finish(self) -> None:
        self.stream.write(b"</export>\n")
