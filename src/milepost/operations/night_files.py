"""The files of an import: which there are, in which order, and whether they are complete."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from milepost.model.exceptions import FileError
from milepost.model.likeness import key
from milepost.operations.night_plan import FileOrder, FileSource
from milepost.transfer.data_folder import inside

_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload")
"""Endings that programs give files which they are still writing."""
_CHUNK = 1 << 20

_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)[-_.]?(?P<m>0[1-9]|1[0-2])[-_.]?(?P<d>0[1-9]|[12]\d|3[01])"
    r"(?:[-_. T]?(?P<h>[01]\d|2[0-3])[-_.:h]?(?P<i>[0-5]\d)(?:[-_.:m]?(?P<s>[0-5]\d))?)?(?!\d)"
)
_DAY_FIRST = re.compile(r"(?<!\d)(?P<d>0[1-9]|[12]\d|3[01])[-_.]?(?P<m>0[1-9]|1[0-2])[-_.]?(?P<y>(?:19|20)\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class NightFile:
    """A file that is there."""

    path: Path
    name: str
    """The path as it is inside the data folder."""
    size: int
    changed_ns: int
    """When its bytes last changed, in nanoseconds since 1970."""

    @property
    def base(self) -> str:
        """The name without the folder."""
        return self.path.name

    def is_same(self) -> bool:
        """Whether the file is still as it was when it was found."""
        now = _stat(self.path)
        return now is not None and (now.st_size, now.st_mtime_ns) == (self.size, self.changed_ns)


def file_at(data: Path, relative: str) -> Path:
    """The path of a file in the data folder: its folder without links, its name as it is, though it be a link.

    Raises TransferError if a link leads out of the data folder.
    """
    folder, _, name = relative.rpartition("/")
    path = inside(data, folder) / name
    if path.is_symlink():
        inside(data, relative)
    return path


def found(data: Path, source: FileSource) -> list[NightFile]:
    """The files of `source`, in the order in which they are imported. A missing folder has none.

    Raises FileError if the folder cannot be read, and TransferError if a link leads out of the data folder.
    """
    folder = inside(data, source.folder)
    files: list[NightFile] = []
    for name in _names(folder):
        if not _matches(name, source.pattern) or _is_marker(name, source.done_marker):
            continue
        relative = name if source.folder == "." else f"{source.folder}/{name}"
        path = file_at(data, relative)
        status = _stat(path)
        if status is not None and path.is_file():
            files.append(NightFile(path, relative, status.st_size, status.st_mtime_ns))
    return sorted(files, key=_ORDERS[source.order])


def complete(files: list[NightFile], source: FileSource) -> tuple[list[NightFile], list[NightFile]]:
    """The files that are complete, and those that are still being written, or wait for their done marker."""
    if source.done_marker is not None:
        ready = [one for one in files if marker(one, source).is_file()]
        return ready, [one for one in files if one not in ready]
    now = time.time_ns()
    needed = source.stable_seconds * 10**9
    # A time in the future is that of another clock, which says nothing.
    young = [one for one in files if not needed <= now - one.changed_ns]
    if young and needed:
        oldest_wait = max(min(needed, needed - (now - one.changed_ns)) for one in young)
        time.sleep(oldest_wait / 10**9)
    waiting = [one for one in young if needed and not one.is_same()]
    return [one for one in files if one not in waiting], waiting


def marker(file: NightFile, source: FileSource) -> Path:
    """The file that says that `file` is complete: its name with the marker at the end, or instead of its ending."""
    ending = source.done_marker or ""
    beside = file.path.with_name(file.path.name + ending)
    return beside if beside.is_file() else file.path.with_name(file.path.stem + ending)


def sha256(path: Path) -> str:
    """The digest of the bytes of a file, in hexadecimal. Raises FileError."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}. Check its rights.") from error
    return digest.hexdigest()


def date_in(name: str) -> datetime | None:
    """The date in a name: `2024-03-01`, `20240301_0830` or `01.03.2024`; None if it has none."""
    for pattern in (_YEAR_FIRST, _DAY_FIRST):
        for one in pattern.finditer(name):
            parts = {"h": None, "i": None, "s": None} | one.groupdict()
            try:
                year, month, day, hour, minute, second = (int(parts[part] or 0) for part in "ymdhis")
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
            except ValueError:
                continue
    return None


def _names(folder: Path) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except FileNotFoundError:
        return
    except OSError as error:
        raise FileError(f"The folder {folder} cannot be read: {error.strerror or error}. Check its rights.") from error
    yield from (name for name in names if not name.startswith(".") and not name.casefold().endswith(_UNFINISHED))


def _matches(name: str, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(one, key(pattern)) for one in (key(name), key(name).removesuffix(".gz")))


def _is_marker(name: str, ending: str | None) -> bool:
    return ending is not None and key(name).endswith(key(ending))


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _by_name(file: NightFile) -> tuple[object, ...]:
    return (file.base,)


def _by_time(file: NightFile) -> tuple[object, ...]:
    return (file.changed_ns, file.base)


def _by_date(file: NightFile) -> tuple[object, ...]:
    date = date_in(file.base) or datetime.fromtimestamp(file.changed_ns / 10**9, UTC)
    return (date, file.changed_ns, file.base)


_ORDERS: dict[FileOrder, Callable[[NightFile], tuple[object, ...]]] = {
    FileOrder.DATE_IN_NAME: _by_date,
    FileOrder.FILE_TIME: _by_time,
    FileOrder.NAME: _by_name,
}
