"""Characters that a file cannot hold, and encoding that detects them."""

from __future__ import annotations

import codecs
from collections.abc import Iterable

import polars as pl

from milepost.model.exceptions import FileError

NO_XML = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
"""Matches characters that XML 1.0 cannot represent, not even escaped."""
NO_CELL = r"[\x{fffe}\x{ffff}]"
"""Matches characters that a cell of XLSX cannot hold; XLSX has an escape of its own for control characters."""


def refuse(texts: pl.DataFrame, pattern: str, rows_before: int, why: str, *, is_header: bool = False) -> None:
    """Raise FileError if a cell has a character that `pattern`, one bracketed class, matches."""
    found = [
        (hits[0], place)
        for place, column in enumerate(texts)
        if (hits := column.str.contains(pattern).fill_null(value=False).arg_true()).len()
    ]
    if not found:
        return
    row, place = min(found)
    character = texts.to_series(place).slice(row, 1).str.extract(f"({pattern})").item()
    code_point = f"U+{ord(character):04X}"
    sign = f'"{character}" ({code_point})' if character.isprintable() else code_point
    where = "the header" if is_header else f"row {rows_before + row + 1:,} of the data"
    raise FileError(f"{texts.columns[place]} has {sign} in {where}, {why}")


def class_of(characters: Iterable[str]) -> str:
    """A bracketed class that matches these characters."""
    return "[" + "".join(f"\\x{{{ord(one):x}}}" for one in sorted(characters)) + "]"


class Encoder:
    """Encodes the text of one stream, with one byte-order mark if the encoding has one."""

    def __init__(self, encoding: str) -> None:
        """`encoding` is the name of a Python codec."""
        self.encoding = encoding
        codec = codecs.lookup(encoding)
        self.is_utf_8 = codec.name == "utf-8"
        # These encode every character reversibly.
        self._is_unicode = codec.name.startswith("utf")
        self._encoder = codec.incrementalencoder("strict")

    def encode(self, text: str, *, final: bool = False) -> bytes:
        """The next bytes. Raises UnicodeError if decoding would not give the same text."""
        if not self._is_unicode and not self._keeps(text):
            raise UnicodeError
        return self._encoder.encode(text, final)

    def lacking(self, text: str) -> list[str]:
        """The characters of `text` that the encoding lacks or changes."""
        return [one for one in set(text) if not self._keeps(one)]

    def _keeps(self, text: str) -> bool:
        try:
            return text.encode(self.encoding).decode(self.encoding) == text
        except UnicodeError:
            return False
