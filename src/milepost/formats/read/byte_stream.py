"""Bytes of files and streams: opened, hashed as stored, and unpacked if packed by gzip."""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from milepost.model.exceptions import FileError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

OnBytes = Callable[[int, int | None], None]
"""Called with the number of bytes read so far and the total, None if it is unknown."""

BLOCK = 1024 * 1024
_STANDARD_INPUT = Path("-")
GZIP = b"\x1f\x8b"
_GZIP_SIZE = 4
"""The bytes at the end of such a file that say what it unpacks to."""
_LARGEST_RATIO = 1032
"""The most bytes that one packed byte can represent."""
_UNPACKED = 100_000_000
_UNPACKED_OF_A_BYTE = 50
"""The most bytes of a file when unpacked: the first number, plus the second for each packed byte."""


class _Hashed(io.RawIOBase):
    """A file whose content is hashed and reported as it is read."""

    def __init__(self, file: BinaryIO, total: int | None, on_bytes: OnBytes | None) -> None:
        self._file = file
        self._total = total
        self._done = 0
        self._on_bytes = on_bytes
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._file.read(len(view)) or b""
        view[: len(data)] = data
        self.digest.update(data)
        self._done += len(data)
        if self._on_bytes is not None and data:
            self._on_bytes(self._done, self._total)
        return len(data)


@dataclass(frozen=True, slots=True)
class ByteStream:
    """The bytes of a file or a stream, unpacked, in order."""

    name: str
    """The name in messages."""
    path: Path | None
    """The path of a file; None for streams, which cannot be opened again."""
    _hashed: _Hashed
    _content: io.BufferedReader[Any]

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; none at the end. Raises FileError."""
        with self._errors():
            return self._content.read(size)

    def peek(self) -> bytes:
        """The next bytes that are available at once, without consuming them. Raises FileError."""
        with self._errors():
            return self._content.peek(1)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except EOFError as error:
            raise FileError(f"{self.name} ends in the middle of its packed data. Fetch it again.") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise FileError(
                f"{self.name} cannot be unpacked: {error}. Fetch it again, or drop .gz from its name."
            ) from error
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error).rstrip(".")
            raise FileError(f"{self.name} cannot be read: {why}.") from error

    def sha256(self) -> str:
        """The digest of the bytes as stored on disk, as far as they were read."""
        return self._hashed.digest.hexdigest()


@contextmanager
def open_bytes(place: Path | BinaryIO, on_bytes: OnBytes | None = None) -> Iterator[ByteStream]:
    """The bytes of the file at a path (`-` is standard input), or of a stream.

    A path that ends in `.gz` is unpacked, and so is a stream that begins like gzip. A stream that can seek
    is read from its beginning; streams stay open. Raises FileError when the file cannot be opened.
    """
    with ExitStack() as stack:
        path, total = None, None
        if place == _STANDARD_INPUT:
            file, name = sys.stdin.buffer, "standard input"
        elif isinstance(place, Path):
            path, name = place, str(place)
            file = stack.enter_context(_open(place))
            total = place.stat().st_size if place.is_file() else None
        else:
            file = place
            name = file.name if isinstance(getattr(file, "name", None), str) else "stream"
            if can_seek(file):
                total = file.seek(0, io.SEEK_END)
                file.seek(0)
        hashed = _Hashed(file, total, on_bytes)
        content = io.BufferedReader(hashed, BLOCK)
        stream = ByteStream(name, path, hashed, content)
        if path.suffix.lower() == ".gz" if path else stream.peek().startswith(GZIP):
            if path and total:
                with path.open("rb") as again:
                    again.seek(-min(total, _GZIP_SIZE), io.SEEK_END)
                    size = int.from_bytes(again.read(), "little")
                # Of a file that was cut off, these bytes are others.
                if size < _LARGEST_RATIO * total:
                    refuse_bomb(name, size, total)
            unpacked = stack.enter_context(gzip.GzipFile(fileobj=content, mode="rb"))
            stream = ByteStream(stream.name, path, hashed, cast("io.BufferedReader[Any]", unpacked))
        yield stream


class _Section(io.RawIOBase):
    """The bytes of a file between two places."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file = file
        self._left = end - start
        file.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._file.read(min(len(view), self._left)) or b""
        view[: len(data)] = data
        self._left -= len(data)
        return len(data)


@contextmanager
def open_section(path: Path, name: str, start: int, end: int) -> Iterator[ByteStream]:
    """The bytes of the file at `path`, which messages call `name`, from `start` to before `end`. Raises FileError."""
    with _open(path) as file:
        hashed = _Hashed(cast("BinaryIO", _Section(file, start, end)), end - start, None)
        yield ByteStream(name, None, hashed, io.BufferedReader(hashed, BLOCK))


def most_unpacked(packed: int) -> int:
    """The most bytes that a file of `packed` bytes may unpack to."""
    return _UNPACKED + _UNPACKED_OF_A_BYTE * packed


def refuse_bomb(name: str, unpacked: int, packed: int) -> None:
    """Raise FileError for a file of `packed` bytes that says that it unpacks to too many."""
    if unpacked > most_unpacked(packed):
        raise FileError(
            f"{name} unpacks to {unpacked // 1_000_000:,} MB, which is too much for a file of its size. "
            "Is it damaged, or made to do harm? Unpack it, or save the table in it as CSV."
        )


def can_seek(stream: BinaryIO) -> bool:
    """Whether a stream can be read again from its beginning."""
    return hasattr(stream, "seekable") and not stream.closed and stream.seekable()


def _open(path: Path) -> BinaryIO:
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise FileError(f"{path} is a folder. Name a file in it.")
        return path.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise FileError(f"There is no file {path}. Check its name and folder.", code="file-missing") from error
    except (OSError, ValueError) as error:
        raise FileError(f"{path} cannot be opened: {getattr(error, 'strerror', None) or error}.") from error
