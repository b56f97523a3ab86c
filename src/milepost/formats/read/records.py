"""Record boundaries: text is cut after whole records before any of it is split into cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from milepost.formats.read.byte_stream import BLOCK
from milepost.formats.read.text_stream import TextStream, line_breaks
from milepost.model.exceptions import FileError

LARGEST_RECORD = 64 * 1024 * 1024
"""The maximum bytes, as UTF-8, of one record of a delimited file."""


class RecordError(FileError):
    """A record without an end: a quote is left open, or the delimiter is wrong."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records, unchanged."""

    line: int
    """The line on which the first record begins."""
    text: bytes
    """UTF-8; a line break ends every record, the last one too."""
    breaks: int
    """The number of line breaks."""


@dataclass(frozen=True, slots=True)
class _Patterns:
    line: re.Pattern[bytes]
    """One record up to its line break, or up to a quote that is never closed."""
    record: re.Pattern[bytes]
    """One record with its line break."""
    records: re.Pattern[bytes]
    """As many whole records as possible."""
    text: re.Pattern[bytes]
    """Everything up to a quote that is never closed, across records: ten times as fast as `records`."""


@cache
def _patterns(delimiter: str) -> _Patterns:
    sign = re.escape(delimiter)
    # A quote opens a field only at the beginning of the field; elsewhere it is an ordinary character. The inner loop
    # matches doubled quotes and adjacent quoted fields. Nothing backtracks, so the time is linear and the matcher
    # keeps no history.
    quoted = rf'(?<![^{sign}\r\n])"[^"]*+"(?:{sign}*+"[^"]*+")*+(?!")'
    literal = rf'(?<=[^{sign}\r\n])"'
    line = rf'(?:[^"\r\n]++|{quoted}|{literal})*+'
    # A CR at the end of the buffer may be half a CRLF.
    record = rf"{line}(?:\r\n|\n|\r(?!\Z))"
    text = rf'(?:[^"]++|{quoted}|{literal})*+'
    return _Patterns(*(re.compile(pattern.encode()) for pattern in (line, record, f"(?:{record})*+", text)))


class RecordStream:
    """The records of a delimited text."""

    def __init__(self, text: TextStream, piece_bytes: int = BLOCK) -> None:
        """`piece_bytes` is the approximate size of the pieces of `pieces`."""
        self._text = text
        self._piece_bytes = piece_bytes
        self._buffer = b""
        self._line = 1
        self._ended = False
        self._added = 0

    def first(self, delimiter: str) -> Piece | None:
        """The first record, which is not consumed; None at the end of the text. Raises FileError."""
        while not (found := _patterns(delimiter).record.match(self._buffer)):
            if self._ended:
                if not self._buffer:
                    return None
                raise self._unclosed(delimiter)
            self._grow()
        return self._piece(found.group())

    def skip(self, piece: Piece) -> None:
        """Consume the record that `first` returned."""
        self._buffer = self._buffer[len(piece.text) :]
        self._line += piece.breaks

    def pieces(self, delimiter: str) -> Iterator[Piece]:
        """The remaining records, in pieces. Raises FileError, after the records before the error were returned."""
        while True:
            if len(self._buffer) < self._piece_bytes:
                self._fill(self._piece_bytes - len(self._buffer))
            if not self._buffer:
                return
            if end := self._end_of_records(delimiter):
                piece = self._piece(self._buffer[:end])
                self.skip(piece)
                yield piece
            elif self._ended:
                raise self._unclosed(delimiter)
            else:
                self._grow()

    def _piece(self, text: bytes) -> Piece:
        return Piece(self._line, text, line_breaks(text))

    def _end_of_records(self, delimiter: str) -> int:
        buffer = self._buffer
        end = len(buffer) - buffer.endswith(b"\r")
        place = max(buffer.rfind(b"\n", 0, end), buffer.rfind(b"\r", 0, end)) + 1
        if b'"' not in buffer:
            return place
        # Nearly always the last line break is outside quotes, and ends a record.
        before = _patterns(delimiter).text.match(buffer, 0, place)
        if before and before.end() == place:
            return place
        found = _patterns(delimiter).records.match(buffer)
        return found.end() if found else 0

    def _grow(self) -> None:
        # Doubling the buffer keeps the work linear when a record is longer than a piece.
        if len(self._buffer) > LARGEST_RECORD:
            raise RecordError(
                f"{self._text.name}, line {self._line}: the record that begins here is longer than "
                f"{LARGEST_RECORD // 1024 // 1024} MB. Is a quote left open, or the delimiter wrong?"
            )
        self._fill(min(max(len(self._buffer), self._piece_bytes), LARGEST_RECORD + 1 - len(self._buffer)))

    def _fill(self, size: int) -> None:
        if self._ended:
            return
        more = self._text.read(size)
        self._buffer += more
        if len(more) < size:
            self._ended = True
            # A line break then ends every record, and a last CR is not half a CRLF any more.
            if self._buffer and not self._buffer.endswith(b"\n"):
                self._buffer += b"\n"
                self._added = 1

    def _unclosed(self, delimiter: str) -> RecordError:
        found = _patterns(delimiter).line.match(self._buffer)
        place = found.end() if found else 0
        line = self._line + line_breaks(self._buffer[:place])
        offset = self._text.characters - len(self._buffer[place:].decode("utf-8", "replace")) + self._added
        return RecordError(
            f"{self._text.name}, line {line}: the quote that opens here, at character offset {offset}, is never "
            "closed. Close it, or double it if it is part of the text."
        )
