"""Archives: zip, tar, tar.gz and gzip are unpacked within limits; zip, tar and tar.gz are packed."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

from milepost.model.exceptions import FileError, MilepostError, TransferError, UsageError, unwritable, writing
from milepost.model.wording import in_quotes
from milepost.transfer.data_folder import inside, safe_name
from milepost.transfer.unfinished import clear, opened, part_of, unfinished

_CHUNK = 256 * 1024
_LONGEST_DIRECTORY = 16 * 1024 * 1024
"""Bytes of the directory of a zip file, which is read at once."""
_SMALL = 16 * 1024 * 1024
"""Bytes that may come out of an archive whatever its size."""
_HIDDEN = ("__MACOSX",)
_DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, ValueError, OverflowError, KeyError, NotImplementedError, RuntimeError),
)
"""What the libraries raise for a damaged archive, beside an OSError without a number."""


class Packing(StrEnum):
    """A form of archives. Values compare without letter case, and other names of a form are read too."""

    ZIP = "zip"
    TAR = "tar"
    TGZ = "tgz"
    """A tar file in gzip."""
    GZIP = "gz"
    """One file in gzip; for unpacking only."""

    @classmethod
    def named(cls, name: str) -> Packing:
        """The form of that name. Raises UsageError for `rar`, which no free program writes, and for other names."""
        folded = name.strip().lower().lstrip(".")
        found = {"tar.gz": cls.TGZ, "gzip": cls.GZIP}.get(folded) or next((one for one in cls if one == folded), None)
        if found is not None:
            return found
        rar = "RAR cannot be read or written by free programs. " if folded == "rar" else ""
        raise UsageError(f"{in_quotes(name)} is no form of archives that Milepost knows. {rar}Use zip, tar or tgz.")

    @classmethod
    def of(cls, path: Path) -> Packing:
        """The form by the ending of a file's name. Raises UsageError as `named` does."""
        name = path.name.lower()
        return cls.named("tgz" if name.endswith((".tgz", ".tar.gz")) else name.rpartition(".")[2])


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may come out of an archive."""

    unpacked_bytes: int = 10 * 1024**3
    """Of all files together."""
    entries: int = 10_000
    """Files and folders."""
    ratio: int = 200
    """Bytes that come out for each byte of the archive, beyond the first 16 MB."""


_UNLIMITED = Limits(1 << 62, 1 << 62, 1 << 62)
"""For what was packed here."""


def unpack(archive: Path, folder: Path, limits: Limits | None = None) -> tuple[Path, ...]:
    """Unpack an archive into the existing `folder`; returns the paths of its files there, by name.

    Folders of the archive are kept; files of the same name in `folder` are replaced, each as a whole. Everything is
    first unpacked into a temporary folder inside `folder`, so a bad archive changes nothing. Hidden files are left out.

    Raises TransferError with the code `archive-refused` for an archive that is damaged, encrypted, or beyond `limits`,
    or that has a link, a device or a path outside; UsageError for an unknown form; FileError if a file cannot be read
    or written.
    """
    entries = _ENTRIES[Packing.of(archive)]
    with opened(archive) as stream, _scratch(folder, archive.name) as scratch:
        budget = _Budget(archive, stream, limits or Limits())
        with _refusing(archive):
            names = [_taken_out(name, content, scratch, budget) for name, content in entries(budget)]
        return tuple(sorted(_put_in_place(scratch, folder, name) for name in names if name is not None))


def pack(files: Sequence[Path], target: Path, packing: Packing | None = None) -> Path:
    """Pack `files` under their names, without folders, into `target`, which appears whole; returns `target`.

    The form is by default that of the ending of `target`. An archive that is there is replaced, unless it has all of
    `files` already: then some of them may have been removed since they were packed, and a kill has come between.
    Raises UsageError for a form that cannot be written and for two files of one name, FileError if a file cannot be
    read or written.
    """
    form = packing or Packing.of(target)
    if form is Packing.GZIP:
        raise UsageError(f"{target.name} holds one file only. Use zip, tar or tgz.")
    if len({file.name for file in files}) < len(files):
        raise UsageError(f"Two of the files for {target.name} have the same name.")
    for file in files:
        opened(file).close()
    if target.exists() and _has_all(target, form, files):
        return target
    with unfinished(target) as part:
        if form is Packing.ZIP:
            with zipfile.ZipFile(part, "x", zipfile.ZIP_DEFLATED, strict_timestamps=False) as zipped:
                for file in files:
                    zipped.write(file, file.name)
        else:
            with tarfile.open(part, "x:gz" if form is Packing.TGZ else "x:") as taped:
                for file in files:
                    taped.add(file, file.name, recursive=False, filter=_without_owner)
    return target


class _Budget:
    """What has come out of an archive, held against the limits."""

    def __init__(self, archive: Path, stream: BinaryIO, limits: Limits) -> None:
        self.archive = archive
        self.stream = stream
        self._limits = limits
        size = os.fstat(stream.fileno()).st_size
        self._most_bytes = min(limits.unpacked_bytes, max(_SMALL, limits.ratio * size))
        self._entries = self._bytes = 0

    def enter(self) -> None:
        """Count an entry."""
        self._entries += 1
        if self._entries > self._limits.entries:
            raise self.refused(f"has more than {self._limits.entries:,} files and folders")

    def add(self, size: int) -> None:
        """Count bytes of a file that come out."""
        self._bytes += size
        self.reach(self._bytes)

    def reach(self, position: int) -> None:
        """That many bytes have come out."""
        if position > self._most_bytes:
            raise self.refused(f"unpacks to more than {self._most_bytes:,} bytes")

    def refused(self, reason: str) -> TransferError:
        """The error for this archive."""
        return TransferError(
            f"The archive {self.archive} {reason}. Nothing was unpacked. Ask the sender for another one.",
            code="archive-refused",
        )


class _Bounded(io.RawIOBase):
    """A stream that refuses to read too much at once, or to go too far: libraries trust the sizes in an archive."""

    def __init__(self, stream: IO[bytes], budget: _Budget, most: int) -> None:
        self._stream, self._budget, self._most = stream, budget, most

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes."""
        content = self._stream.read(self._most + 1 if size < 0 else min(size, self._most + 1))
        if len(content) > self._most:
            raise self._budget.refused("has a directory, or a head of an entry, that is too long")
        return content

    def tell(self) -> int:
        """The position."""
        return self._stream.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position."""
        if whence == io.SEEK_SET:
            self._budget.reach(offset)
        return self._stream.seek(offset, whence)


def _of_zip(budget: _Budget) -> Iterator[tuple[str, IO[bytes]]]:
    stream = _Bounded(budget.stream, budget, _LONGEST_DIRECTORY)
    with zipfile.ZipFile(cast("IO[bytes]", stream)) as zipped:
        for entry in zipped.infolist():
            budget.enter()
            if entry.is_dir():
                continue
            if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
                raise budget.refused(f"has {in_quotes(entry.filename)}, which is a link or a device")
            if entry.flag_bits & 1:
                raise budget.refused("is encrypted")
            with zipped.open(entry) as content:
                yield entry.filename, content


def _of_tar(budget: _Budget) -> Iterator[tuple[str, IO[bytes]]]:
    yield from _of_tape(budget, budget.stream)


def _of_tgz(budget: _Budget) -> Iterator[tuple[str, IO[bytes]]]:
    with gzip.GzipFile(fileobj=budget.stream) as stream:
        yield from _of_tape(budget, cast("IO[bytes]", stream))


def _of_tape(budget: _Budget, stream: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    bounded = _Bounded(stream, budget, _CHUNK)
    with tarfile.open(fileobj=cast("IO[bytes]", bounded), mode="r:") as taped:
        while (entry := taped.next()) is not None:
            budget.enter()
            # The library would keep the heads of all entries.
            cast("Any", taped).members.clear()
            if entry.isdir():
                continue
            content = taped.extractfile(entry) if entry.isreg() and not entry.issparse() else None
            if content is None:
                raise budget.refused(f"has {in_quotes(entry.name)}, which is a link or a device")
            with content:
                yield entry.name, content


def _of_gzip(budget: _Budget) -> Iterator[tuple[str, IO[bytes]]]:
    budget.enter()
    with gzip.GzipFile(fileobj=budget.stream) as content:
        yield budget.archive.stem, cast("IO[bytes]", content)


_ENTRIES = {Packing.ZIP: _of_zip, Packing.TAR: _of_tar, Packing.TGZ: _of_tgz, Packing.GZIP: _of_gzip}
"""The names and contents of the files of an archive, in its order."""


def _taken_out(name: str, content: IO[bytes], scratch: Path, budget: _Budget) -> PurePosixPath | None:
    """The path of the file in `scratch`; None for a hidden one, which is not unpacked."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise budget.refused(f"has a file with the path {in_quotes(name)}")
    if any(part.startswith(".") or part in _HIDDEN for part in path.parts):
        return None
    for part in path.parts:
        safe_name(part)
    target = scratch / path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stream = target.open("xb")
    except (FileExistsError, NotADirectoryError) as error:
        raise budget.refused(f"has two files with the path {in_quotes(name)}") from error
    with stream:
        while chunk := content.read(_CHUNK):
            budget.add(len(chunk))
            with writing(f"{scratch.parent / path} cannot be written", "Nothing was unpacked."):
                stream.write(chunk)
    return path


def _put_in_place(scratch: Path, folder: Path, name: PurePosixPath) -> Path:
    """Move a file from `scratch` to `folder`."""
    target = inside(folder, str(name))
    with writing(f"{target} cannot be written"):
        target.parent.mkdir(parents=True, exist_ok=True)
        (scratch / name).replace(target)
    return target


@contextmanager
def _scratch(folder: Path, name: str) -> Iterator[Path]:
    """A temporary folder in `folder`."""
    scratch = part_of(folder / name)
    with writing(f"{folder} cannot be written"):
        clear(scratch)
        scratch.mkdir()
    try:
        yield scratch
    finally:
        with suppress(OSError):
            clear(scratch)


@contextmanager
def _refusing(archive: Path) -> Iterator[None]:
    """Raises what the libraries raise for a damaged archive as TransferError."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise FileError(f"{archive} cannot be unpacked: {error.strerror}.", code=unwritable(error)) from error
        raise _damaged(archive, error) from error
    except _DAMAGED as error:
        raise _damaged(archive, error) from error


def _damaged(archive: Path, error: Exception) -> TransferError:
    return TransferError(
        f"The archive {archive} cannot be read; it is damaged, or not what its name says ({in_quotes(str(error))}). "
        "Nothing was unpacked. Ask the sender for another one.",
        code="archive-refused",
    )


def _has_all(archive: Path, packing: Packing, files: Sequence[Path]) -> bool:
    """Whether an archive has every one of the files, as it is; False for one that cannot be read."""
    missing = {file.name: file for file in files}
    try:
        with opened(archive) as stream, _refusing(archive):
            for name, content in _ENTRIES[packing](_Budget(archive, stream, _UNLIMITED)):
                if name in missing and _is_equal(content, missing[name]):
                    del missing[name]
    except MilepostError:
        return False
    return not missing


def _is_equal(content: IO[bytes], file: Path) -> bool:
    with opened(file) as stream:
        while chunk := content.read(_CHUNK):
            if stream.read(len(chunk)) != chunk:
                return False
        return not stream.read(1)


def _without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The entry without the account that made it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
