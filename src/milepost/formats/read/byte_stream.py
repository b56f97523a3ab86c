"""Bytes of files and streams: opened, hashed as they stand, unpacked where they are packed by gzip."""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from milepost.formats.source import OnBytes
from milepost.model.exceptions import FileError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1024 * 1024
_GZIP = b"\x1f\x8b"
STANDARD_INPUT = Path("-")

_SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet (.xlsx, .ods)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or a protected Office document (.xls)"),
    (_GZIP, "packed by gzip (.gz)"),
    (b"\xfd7zXZ\x00", "packed by xz"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
)


class _Hashed(io.RawIOBase):
    """A file that digests and reports what is read from it."""

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


class ByteStream:
    """The bytes of a file or a stream, unpacked, in order."""

    def __init__(self, name: str, path: Path | None, hashed: _Hashed, content: io.BufferedReader[Any]) -> None:
        self.name = name
        """What messages call it."""
        self.path = path
        """Where it can be opened again; None for streams."""
        self._hashed = hashed
        self._content = content

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; none at the end. Raises FileError."""
        with self._errors():
            return self._content.read(size)

    def peek(self) -> bytes:
        """The next bytes, as many as come at once, which stay in place. Raises FileError."""
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
        """The digest of the bytes as they stand on disk, as far as they were read."""
        return self._hashed.digest.hexdigest()


@contextmanager
def open_bytes(place: Path | BinaryIO, on_bytes: OnBytes | None = None) -> Iterator[ByteStream]:
    """The bytes of the file at a path (`-` is standard input), or of a stream.

    A path that ends in `.gz` is unpacked, and a stream that begins as such a file does. A stream that can seek
    is read from its beginning; it stays open. Raises FileError when it cannot be opened.
    """
    with ExitStack() as stack:
        path: Path | None = None
        total: int | None = None
        if place == STANDARD_INPUT:
            file = sys.stdin.buffer
        elif isinstance(place, Path):
            path = place
            file = stack.enter_context(_open(place))
            total = place.stat().st_size if place.is_file() else None
        else:
            file = place
            if can_seek(file):
                total = file.seek(0, io.SEEK_END)
                file.seek(0)
        hashed = _Hashed(file, total, on_bytes)
        content = io.BufferedReader(hashed, BLOCK)
        stream = ByteStream(display_name(place), path, hashed, content)
        if path.suffix.lower() == ".gz" if path else stream.peek().startswith(_GZIP):
            unpacked = stack.enter_context(gzip.GzipFile(fileobj=content, mode="rb"))
            stream = ByteStream(stream.name, path, hashed, cast("io.BufferedReader[Any]", unpacked))
        yield stream


def can_seek(stream: BinaryIO) -> bool:
    """Whether a stream can be read once more."""
    return hasattr(stream, "seekable") and not stream.closed and stream.seekable()


def display_name(place: Path | BinaryIO) -> str:
    """What messages call what is opened."""
    if isinstance(place, Path):
        return "standard input" if place == STANDARD_INPUT else str(place)
    name = getattr(place, "name", None)
    return name if isinstance(name, str) else "stream"


def _open(path: Path) -> BinaryIO:
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise FileError(f"{path} is a folder. Name a file in it.")
        return path.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise FileError(f"There is no file {path}. Check its name and folder.") from error
    except (OSError, ValueError) as error:
        raise FileError(f"{path} cannot be opened: {getattr(error, 'strerror', None) or error}.") from error


def refuse_other_formats(name: str, start: bytes) -> None:
    """Raise FileError when the first bytes of what should be text say that it is something else."""
    for signature, what in _SIGNATURES:
        if start.startswith(signature):
            raise FileError(
                f"{name} is not text but {what}. Give it the ending that says so, or save it as CSV and import that."
            )
