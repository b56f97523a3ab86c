"""Characters that a file cannot hold: which they are, and where they stand."""

from __future__ import annotations

import codecs
from collections.abc import Iterable

import polars as pl

from milepost.model.exceptions import FileError

NO_XML = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
"""Matches what XML 1.0 has no sign for, not even an escaped one."""
NO_CELL = r"[\x{fffe}\x{ffff}]"
"""Matches what a cell of XLSX cannot hold: it has an escape of its own for control characters."""


def refusal(
    texts: pl.DataFrame, pattern: str, rows_before: int, why: str, *, is_header: bool = False
) -> FileError | None:
    """What to raise when a cell has a character that `pattern`, one bracketed class, matches; None where none has."""
    found = [
        (hits[0], place)
        for place, column in enumerate(texts)
        if (hits := column.str.contains(pattern).fill_null(value=False).arg_true()).len()
    ]
    if not found:
        return None
    row, place = min(found)
    character = texts.to_series(place).slice(row, 1).str.extract(f"({pattern})").item()
    sign = f'"{character}" ({code_point(character)})' if character.isprintable() else code_point(character)
    where = "the header" if is_header else f"row {rows_before + row + 1:,} of the data"
    return FileError(f"{texts.columns[place]} has {sign} in {where}, {why}")


def code_point(character: str) -> str:
    """`U+20AC`."""
    return f"U+{ord(character):04X}"


def class_of(characters: Iterable[str]) -> str:
    """A bracketed class that matches these characters."""
    return "[" + "".join(f"\\x{{{ord(one):x}}}" for one in sorted(characters)) + "]"


class Encoder:
    """Text to the bytes of one stream, with one byte-order mark where the encoding has one."""

    def __init__(self, encoding: str) -> None:
        """`encoding` is the name of a Python codec."""
        self.encoding = encoding
        self.is_utf_8 = codecs.lookup(encoding).name == "utf-8"
        # These have all characters, and each of its own.
        self._is_unicode = codecs.lookup(encoding).name.startswith("utf")
        self._encoder = codecs.getincrementalencoder(encoding)("strict")

    def encode(self, text: str) -> bytes:
        """The next bytes. Raises UnicodeError for what would not come back as it is, decoded."""
        if not self._is_unicode and text.encode(self.encoding).decode(self.encoding) != text:
            raise UnicodeError
        return self._encoder.encode(text)

    def finish(self) -> bytes:
        """The last bytes."""
        return self._encoder.encode("", final=True)

    def lacking(self, text: str) -> list[str]:
        """The characters of `text` that the encoding lacks, or gives back as other ones."""
        return [one for one in set(text) if not self._has(one)]

    def _has(self, character: str) -> bool:
        try:
            return character.encode(self.encoding).decode(self.encoding) == character
        except UnicodeError:
            return False
