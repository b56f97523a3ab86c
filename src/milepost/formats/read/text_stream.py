"""Text from bytes: strict decoding in any encoding, handed on as UTF-8 without a byte-order mark."""

from __future__ import annotations

import codecs

from milepost.formats.read.byte_stream import BLOCK, ByteStream, refuse_other_formats
from milepost.model.exceptions import FileError, UsageError
from milepost.model.wording import setting

# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
)
_MARK = "\ufeff"

# Without a mark the bytes are in the order in which Windows programs write them.
_UNMARKED = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}


def line_breaks(text: bytes) -> int:
    """How many lines end in a piece of UTF-8 text: at CRLF, at LF, at CR alone."""
    breaks = text.count(b"\n")
    if b"\r" in text:
        breaks += text.count(b"\r") - text.count(b"\r\n")
    return breaks


class TextStream:
    """The text of a file as UTF-8, in pieces."""

    def __init__(self, content: ByteStream, encoding: str, block: int = BLOCK) -> None:
        """`encoding` is a codec name, which a byte-order mark beats; `block` is how many bytes are decoded at a time.

        Raises UsageError for an encoding that is unknown, FileError for an empty file and for one that is no text.
        """
        self.name = content.name
        self.notes: tuple[str, ...] = ()
        self.characters = 0
        self._content = content
        self._block = block
        self._configured = _text_codec(encoding)
        self._start = self._read_start()
        self._codec, self.encoding, mark = self._find_encoding()
        self._start = self._start[mark:]
        self._is_utf8 = self._codec == "utf-8"
        self._decoder = codecs.getincrementaldecoder(self._codec)("strict")
        self._offset = mark
        self._breaks = 0
        self._ends_in_return = False
        self._at_start = not mark
        self._ended = False

    def _read_start(self) -> bytes:
        start = b""
        while len(start) < 16 and (more := self._content.read(16 - len(start))):
            start += more
        if not start:
            raise FileError(f"{self.name} is empty: there is not a single byte in it. Was it written completely?")
        refuse_other_formats(self.name, start)
        return start

    def _find_encoding(self) -> tuple[str, str, int]:
        for mark, codec, rewritten in _MARKS:
            if self._start.startswith(mark):
                if not self._configured.startswith(rewritten.removesuffix("-sig")):
                    self.notes = (
                        f"{self.name} is read as {codec}, which its byte-order mark says, not as {self._configured}.",
                    )
                return codec, rewritten, len(mark)
        return _UNMARKED.get(self._configured, self._configured), self._configured, 0

    def read(self, size: int) -> bytes:
        """About `size` bytes of UTF-8 text; none at the end alone. Raises FileError for a byte that is no text."""
        pieces: list[bytes] = []
        got = 0
        while got < size and not self._ended:
            piece = self._next_piece(min(size - got, self._block))
            pieces.append(piece)
            got += len(piece)
        return b"".join(pieces)

    def _next_piece(self, size: int) -> bytes:
        data, self._start = self._start or self._content.read(size), b""
        self._ended = not data
        pending = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(data, final=self._ended)
            # With as many characters as bytes it is ASCII, which needs no new bytes.
            encoded = data if self._is_utf8 and not pending and len(text) == len(data) else text.encode("utf-8")
        except UnicodeDecodeError as error:
            raise self._undecodable(error, self._offset - pending) from error
        except UnicodeError as error:
            raise FileError(
                f"{self.name}, line {self._breaks + 1}: the text is not valid {self._codec} ({error}). "
                f"Name the encoding of the file, for example {setting('fileEncoding', 'windows-1252')}."
            ) from error
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

    def _undecodable(self, error: UnicodeDecodeError, base: int) -> FileError:
        before = error.object[: error.start].decode(self._codec, "replace")
        self._count(before.encode("utf-8", "replace"))
        offset = base + error.start
        wrong = error.object[error.start : error.start + 1].hex().upper()
        return FileError(
            f"{self.name}, line {self._breaks + 1}: the byte 0x{wrong} at offset {offset} is not valid {self._codec}. "
            f"Name the encoding of the file, for example {setting('fileEncoding', 'windows-1252')}."
        )


def _text_codec(encoding: str) -> str:
    try:
        codec = codecs.lookup(encoding)
        "a".encode(encoding)
        codecs.getincrementaldecoder(encoding)
    except (LookupError, ValueError, UnicodeError) as error:
        raise UsageError(
            f'"{encoding}" is no encoding that is known. Use, for example, utf-8, windows-1252 or iso-8859-1.'
        ) from error
    return codec.name
