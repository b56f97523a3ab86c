"""Moves, deletes and cleans files, so that doing the same again after a kill comes to the same."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from milepost.model.exceptions import FileError, writing
from milepost.operations.night_files import sha256
from milepost.transfer.unfinished import unfinished

_DAY = 86_400


def stamped(name: str, at: datetime, *, is_stamped: bool) -> str:
    """The name with the instant before it, in UTC: `20240301083000_tracking.csv`."""
    return f"{at.astimezone(UTC):%Y%m%d%H%M%S}_{name}" if is_stamped else name


def move(source: Path, folder: Path, name: str, digest: str) -> Path:
    """Moves a file with that SHA-256 into `folder` as `name`; returns where it is.

    Another file of that name stays: the moved one gets a number. If the file is there already, since a move was
    interrupted, only the source is removed. Raises FileError.
    """
    with writing(f"{source} cannot be moved to {folder}", "Check the rights, and the room on the disk."):
        folder.mkdir(parents=True, exist_ok=True)
        for target in _numbered(folder, name):
            if target.is_file():
                if sha256(target) != digest:
                    continue
                source.unlink(missing_ok=True)
                return target
            put(source, target)
            return target
    raise AssertionError("unreachable")


def moved(folder: Path, name: str, digest: str) -> Path | None:
    """Where `move` has put a file with that SHA-256; None if it has not."""
    for target in _numbered(folder, name):
        if not target.is_file():
            return None
        if sha256(target) == digest:
            return target
    return None


def delete(path: Path) -> None:
    """Deletes a file; one that is gone is no error. Raises FileError."""
    with writing(f"{path} cannot be deleted", "Check the rights of its folder."):
        path.unlink(missing_ok=True)


def clean(folder: Path, days: int, kept: Collection[Path], *, dry_run: bool) -> list[Path]:
    """Deletes the files of a folder, not those of folders in it, that are older than `days`; returns which.

    Files among `kept` stay. Raises FileError.
    """
    before = time.time() - days * _DAY
    old = [one for one in files_of(folder) if one.stat().st_mtime < before and one not in kept]
    for one in old if not dry_run else ():
        delete(one)
    return old


def files_of(folder: Path) -> list[Path]:
    """The files of a folder by name, without hidden ones and links; none if there is no such folder."""
    try:
        inside = sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FileError(f"The folder {folder} cannot be read: {error.strerror or error}. Check its rights.") from error
    return [one for one in inside if one.is_file() and not one.is_symlink() and not one.name.startswith(".")]


def put(source: Path, target: Path) -> None:
    """Moves a file to a place, which may be on another disk; a file that is there is replaced, as a whole.

    Raises FileError or OSError.
    """
    try:
        source.replace(target)
    except OSError:
        # Another file system: the file is copied beside its place first.
        if not source.is_file():
            raise
        with unfinished(target) as part:
            shutil.copy2(source, part)
        source.unlink()


def numbered_names(name: str) -> Iterator[str]:
    """`name`, then `name-2`, `name-3` and so on, the number before the ending."""
    yield name
    path = Path(name)
    for number in itertools.count(2):
        yield f"{path.stem}-{number}{path.suffix}"


def _numbered(folder: Path, name: str) -> Iterator[Path]:
    return (folder / one for one in numbered_names(name))
