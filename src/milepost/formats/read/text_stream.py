"""The text of a delimited file: decoded strictly, re-encoded as UTF-8 without a mark, cut after whole records."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from milepost.formats.read.byte_stream import BLOCK, GZIP, ByteStream
from milepost.model.exceptions import FileError, UsageError
from milepost.model.wording import Note, setting

# Longer marks first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
)
_MARK = "\ufeff"

# Windows programs write little-endian bytes.
_UNMARKED = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}

LARGEST_RECORD = 64 * 1024 * 1024
"""The maximum bytes, as UTF-8, of one record of a delimited file."""

_SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet (.xlsx, .ods)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or a protected Office document (.xls)"),
    (GZIP, "packed by gzip (.gz)"),
    (b"\xfd7zXZ\x00", "packed by xz"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\s")
_XML_SHEET = re.compile(rb'progid="Excel\.Sheet"|"urn:schemas-microsoft-com:office:spreadsheet"')
_LONGEST_PROLOGUE = 4_096


def line_breaks(text: bytes) -> int:
    """The number of line ends in a piece of UTF-8 text: CRLF, LF, and CR alone."""
    breaks = text.count(b"\n")
    if b"\r" in text:
        breaks += text.count(b"\r") - text.count(b"\r\n")
    return breaks


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file at which a record begins."""

    offset: int
    """The bytes before it."""
    line: int
    """The line that begins there, from 1."""
    characters: int
    """The characters before it, a byte-order mark not counted."""


_CONTINUATION = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that begin no character."""


def count_characters(text: bytes) -> int:
    """The number of characters in a piece of UTF-8 text."""
    return len(text.translate(None, _CONTINUATION))


class TextStream:
    """The text of a file as UTF-8, in pieces."""

    def __init__(self, content: ByteStream, encoding: str, block: int = BLOCK, *, at: Position | None = None) -> None:
        """`encoding` is a codec name; a byte-order mark overrides it. `block` is how many bytes are decoded at a time.

        `at` is where `content` begins in a file of UTF-8, if that is not its beginning: no mark is looked for.
        Raises UsageError for an unknown encoding, FileError for an empty file and for one that is not text.
        """
        self.name = content.name
        self.notes: tuple[str, ...] = ()
        self.characters = 0 if at is None else at.characters
        self._content = content
        self._block = block
        configured = _text_codec(encoding)
        start = self._read_start() if at is None else b""
        mark, self._codec, self.encoding = next(
            (found for found in _MARKS if start.startswith(found[0])),
            (b"", _UNMARKED.get(configured, configured), configured),
        )
        if mark and not configured.startswith(self.encoding.removesuffix("-sig")):
            said = f"{self.name} is read as {self._codec}, as its byte-order mark says, not as {configured}."
            self.notes = (Note(said, "encoding"),)
        self._start = start[len(mark) :]
        self.is_utf8 = self._codec == "utf-8"
        """Whether the bytes of the file, but for a mark, are those of the text."""
        self.mark = len(mark)
        """How many bytes the byte-order mark has."""
        self._decoder = codecs.getincrementaldecoder(self._codec)("strict")
        self._offset = len(mark) if at is None else at.offset
        self._breaks = 0 if at is None else at.line - 1
        self._ends_in_return = False
        self._at_start = not mark and at is None
        self._ended = False

    def _read_start(self) -> bytes:
        start = b""
        while len(start) < 16 and (more := self._content.read(16 - len(start))):
            start += more
        if not start:
            raise FileError(f"{self.name} is empty (0 bytes). Was it written completely?")
        for signature, what in _SIGNATURES:
            if start.startswith(signature):
                raise FileError(
                    f"{self.name} is not text but {what}. "
                    "Give it the ending that says so, or save it as CSV and import that."
                )
        if _XML.match(start):
            is_sheet = _XML_SHEET.search(start + self._content.peek()[:_LONGEST_PROLOGUE])
            what = "an XML spreadsheet, as Excel 2003 writes them" if is_sheet else "an XML document"
            raise FileError(
                f"{self.name} is {what}, which is not read. "
                "Open it in a spreadsheet program, save it as .xlsx or CSV, and import that."
            )
        return start

    def read(self, size: int) -> bytes:
        """About `size` bytes of UTF-8 text; none only at the end. Raises FileError for an undecodable byte."""
        pieces: list[bytes] = []
        got = 0
        while got < size and not self._ended:
            pieces.append(self._next_piece(min(size - got, self._block)))
            got += len(pieces[-1])
        return b"".join(pieces)

    def _next_piece(self, size: int) -> bytes:
        data, self._start = self._start or self._content.read(size), b""
        self._ended = not data
        pending = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(data, final=self._ended)
            # Text with as many characters as bytes is ASCII, and need not be encoded again.
            encoded = data if self.is_utf8 and not pending and len(text) == len(data) else text.encode("utf-8")
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(self._codec, "replace")
            self._count(before.encode("utf-8", "replace"))
            wrong = error.object[error.start : error.start + 1].hex().upper()
            offset = self._offset - pending + error.start
            raise self._undecodable(f"the byte 0x{wrong} at offset {offset} is not valid {self._codec}") from error
        except UnicodeError as error:
            raise self._undecodable(f"the text is not valid {self._codec} ({error})") from error
        self._offset += len(data)
        if self._at_start and text:
            self._at_start = False
            if text.startswith(_MARK):
                encoded = encoded[len(codecs.BOM_UTF8) :]
        self.characters += len(text)
        self._count(encoded)
        return encoded

    def _count(self, encoded: bytes) -> None:
        if encoded:
            self._breaks += line_breaks(encoded) - (self._ends_in_return and encoded.startswith(b"\n"))
            self._ends_in_return = encoded.endswith(b"\r")

    def _undecodable(self, what: str) -> FileError:
        return FileError(
            f"{self.name}, line {self._breaks + 1}: {what}. "
            f"Name the encoding of the file, for example {setting('fileEncoding', 'windows-1252')}."
        )


def _text_codec(encoding: str) -> str:
    try:
        "a".encode(encoding)
        codecs.getincrementaldecoder(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError, UnicodeError) as error:
        raise UsageError(
            f'The encoding "{encoding}" is unknown. Use, for example, utf-8, windows-1252 or iso-8859-1.'
        ) from error


class RecordError(FileError):
    """A record without an end: a quote is left open, or the delimiter is wrong."""


_SEPARATOR = re.compile(rb'"?sep=([^"\r\n\x80-\xff]|[\xc0-\xff][\x80-\xbf]+)"?\1*[\r\n]', re.IGNORECASE)
"""A first line that names the delimiter, as Excel understands and writes it."""
_LONGEST_SEPARATOR = 16


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
class Patterns:
    line: re.Pattern[bytes]
    """One record up to its line break, or up to a quote that is never closed."""
    record: re.Pattern[bytes]
    """One record with its line break."""
    records: re.Pattern[bytes]
    """As many whole records as possible."""
    text: re.Pattern[bytes]
    """Everything up to a quote that is never closed, across records: ten times as fast as `records`."""
    rest: re.Pattern[bytes]
    """The same from within quotes, which it closes first; no match where they are never closed."""


@cache
def patterns(delimiter: str) -> Patterns:
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
    rest = rf'[^"]*+"(?:{sign}*+"[^"]*+")*+(?!"){text}'
    return Patterns(*(re.compile(one.encode()) for one in (line, record, f"(?:{record})*+", text, rest)))


class RecordStream:
    def __init__(self, text: TextStream, piece_bytes: int = BLOCK, line: int = 1) -> None:
        """`piece_bytes` is the approximate size of the pieces of `pieces`; `line` is where the first record begins."""
        self._text = text
        self._piece_bytes = piece_bytes
        self._buffer = b""
        self._line = line
        self._consumed = 0
        self._ended = False
        self._added = 0

    @property
    def line(self) -> int:
        """The line on which the next record begins."""
        return self._line

    @property
    def consumed(self) -> int:
        """The bytes of text before the next record."""
        return self._consumed

    def first(self, delimiter: str) -> Piece | None:
        """The first record that is no empty line, which is not consumed; None at the end. Raises FileError."""
        self._skip_empty_lines()
        while not (found := patterns(delimiter).record.match(self._buffer)):
            if self._ended:
                if not self._buffer:
                    return None
                raise self._unclosed(delimiter)
            self._grow()
            self._skip_empty_lines()
        return self._piece(found.group())

    def ahead(self, delimiter: str, count: int) -> Iterator[Piece]:
        """The records that are in memory, up to `count`; they are not consumed."""
        if len(self._buffer) < self._piece_bytes:
            self._fill(self._piece_bytes - len(self._buffer))
        line, place = self._line, 0
        while count and (found := patterns(delimiter).record.match(self._buffer, place)) and found.group():
            yield (piece := replace(self._piece(found.group()), line=line))
            line, place, count = line + piece.breaks, found.end(), count - 1

    def skip_lines(self, count: int) -> None:
        """Consume lines, whatever quotes are in them. Raises FileError."""
        lines = re.compile(rb"(?:[^\r\n]*+(?:\r\n|\n|\r(?!\Z))){%d}" % count)
        while not (found := lines.match(self._buffer)):
            if self._ended:
                self._buffer = b""
                return
            self._grow()
        self.skip(self._piece(found.group()))

    def take_delimiter(self) -> str | None:
        """The sign that a first line `sep=X` names; the line is consumed. None if there is no such line."""
        while len(self._buffer) < _LONGEST_SEPARATOR and not self._ended:
            self._fill(self._piece_bytes)
        found = _SEPARATOR.match(self._buffer)
        if found is None:
            return None
        self.skip_lines(1)
        return found[1].decode("utf-8")

    def skip(self, piece: Piece) -> None:
        """Consume the record that `first` returned."""
        self._buffer = self._buffer[len(piece.text) :]
        self._line += piece.breaks
        self._consumed += len(piece.text)

    def pieces(self, delimiter: str) -> Iterator[Piece]:
        """The remaining records, in pieces. Raises FileError, after the records before the error were returned."""
        while True:
            if len(self._buffer) < self._piece_bytes:
                self._fill(self._piece_bytes - len(self._buffer))
            self._skip_empty_lines()
            if not self._buffer and self._ended:
                return
            if end := self._end_of_records(delimiter):
                piece = self._piece(self._buffer[:end])
                self.skip(piece)
                yield piece
            elif self._ended:
                raise self._unclosed(delimiter)
            else:
                self._grow()

    def _skip_empty_lines(self) -> None:
        rest = self._buffer.lstrip(b"\r\n")
        # A CR at the end may be half a CRLF.
        end = len(self._buffer) - max(len(rest), self._buffer.endswith(b"\r") and not self._ended)
        if end:
            self.skip(self._piece(self._buffer[:end]))

    def _piece(self, text: bytes) -> Piece:
        return Piece(self._line, text, line_breaks(text))

    def _end_of_records(self, delimiter: str) -> int:
        buffer = self._buffer
        end = len(buffer) - buffer.endswith(b"\r")
        place = max(buffer.rfind(b"\n", 0, end), buffer.rfind(b"\r", 0, end)) + 1
        if b'"' not in buffer:
            return place
        # Nearly always the last line break is outside quotes, and ends a record.
        before = patterns(delimiter).text.match(buffer, 0, place)
        if before and before.end() == place:
            return place
        found = patterns(delimiter).records.match(buffer)
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
        found = patterns(delimiter).line.match(self._buffer)
        place = found.end() if found else 0
        line = self._line + line_breaks(self._buffer[:place])
        offset = self._text.characters - len(self._buffer[place:].decode("utf-8", "replace")) + self._added
        return RecordError(
            f"{self._text.name}, line {line}: the quote that opens here, at character offset {offset}, is never "
            "closed. Close it, or double it if it is part of the text."
        )
