"""Text from bytes: strict decoding from any encoding, re-encoded as UTF-8 without a byte-order mark."""

from __future__ import annotations

import codecs

from milepost.formats.read.byte_stream import BLOCK, GZIP, ByteStream
from milepost.model.exceptions import FileError, UsageError
from milepost.model.wording import setting

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

_SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet (.xlsx, .ods)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or a protected Office document (.xls)"),
    (GZIP, "packed by gzip (.gz)"),
    (b"\xfd7zXZ\x00", "packed by xz"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
)


def line_breaks(text: bytes) -> int:
    """The number of line ends in a piece of UTF-8 text: CRLF, LF, and CR alone."""
    breaks = text.count(b"\n")
    if b"\r" in text:
        breaks += text.count(b"\r") - text.count(b"\r\n")
    return breaks


class TextStream:
    """The text of a file as UTF-8, in pieces."""

    def __init__(self, content: ByteStream, encoding: str, block: int = BLOCK) -> None:
        """`encoding` is a codec name; a byte-order mark overrides it. `block` is how many bytes are decoded at a time.

        Raises UsageError for an unknown encoding, FileError for an empty file and for one that is not text.
        """
        self.name = content.name
        self.notes: tuple[str, ...] = ()
        self.characters = 0
        self._content = content
        self._block = block
        configured = _text_codec(encoding)
        start = self._read_start()
        mark, self._codec, self.encoding = next(
            (found for found in _MARKS if start.startswith(found[0])),
            (b"", _UNMARKED.get(configured, configured), configured),
        )
        if mark and not configured.startswith(self.encoding.removesuffix("-sig")):
            self.notes = (f"{self.name} is read as {self._codec}, as its byte-order mark says, not as {configured}.",)
        self._start = start[len(mark) :]
        self._is_utf8 = self._codec == "utf-8"
        self._decoder = codecs.getincrementaldecoder(self._codec)("strict")
        self._offset = len(mark)
        self._breaks = 0
        self._ends_in_return = False
        self._at_start = not mark
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
            encoded = data if self._is_utf8 and not pending and len(text) == len(data) else text.encode("utf-8")
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
