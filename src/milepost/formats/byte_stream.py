"""Bytes from disk: opened, hashed as they stand, unpacked where the name ends in `.gz`."""

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
from typing import TYPE_CHECKING, BinaryIO, cast

from milepost.formats.source import OnBytes
from milepost.model.exceptions import FileError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1024 * 1024
STANDARD_INPUT = Path("-")

_SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet (.xlsx, .ods)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or a protected Office document (.xls)"),
    (b"\x1f\x8b", "packed by gzip (.gz)"),
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
        data = self._file.read(len(view))
        view[: len(data)] = data
        self.digest.update(data)
        self._done += len(data)
        if self._on_bytes is not None and data:
            self._on_bytes(self._done, self._total)
        return len(data)


class ByteStream:
    """The bytes of a file, unpacked, in order."""

    def __init__(self, name: str, hashed: _Hashed, content: BinaryIO) -> None:
        self.name = name
        self._hashed = hashed
        self._content = content

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; none at the end. Raises FileError."""
        try:
            return self._content.read(size)
        except EOFError as error:
            raise FileError(f"{self.name} ends in the middle of its packed data. Fetch it again.") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise FileError(
                f"{self.name} cannot be unpacked: {error}. Fetch it again, or drop .gz from its name."
            ) from error
        except OSError as error:
            raise FileError(f"{self.name} cannot be read: {error.strerror or error}.") from error

    def sha256(self) -> str:
        """The digest of the bytes as they stand on disk, as far as they were read."""
        return self._hashed.digest.hexdigest()


@contextmanager
def open_bytes(path: Path, on_bytes: OnBytes | None = None) -> Iterator[ByteStream]:
    """The bytes of the file at `path`; `-` is standard input.

    Raises FileError when it cannot be opened.
    """
    name = display_name(path)
    with ExitStack() as stack:
        if path == STANDARD_INPUT:
            file: BinaryIO = sys.stdin.buffer
            total = None
        else:
            file = stack.enter_context(_open(path))
            total = path.stat().st_size if path.is_file() else None
        hashed = _Hashed(file, total, on_bytes)
        content = cast("BinaryIO", io.BufferedReader(hashed, BLOCK))
        if path.suffix.lower() == ".gz":
            content = cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=content, mode="rb")))
        yield ByteStream(name, hashed, content)


def display_name(path: Path) -> str:
    """What messages call the file at `path`."""
    return "standard input" if path == STANDARD_INPUT else str(path)


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
