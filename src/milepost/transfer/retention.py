"""What becomes of files that are done with: moved to a folder, or removed when they are old."""

from __future__ import annotations

import errno
import filecmp
import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from milepost.model.exceptions import FileError, writing
from milepost.transfer.unfinished import unfinished


def moved(file: Path, folder: Path, stamp: datetime | None = None) -> Path:
    """Move a file to `folder`, which is created if it is missing, and return its new path. Nothing is overwritten.

    With `stamp`, its name begins with it: `20240131T020000_learners.csv`. If another file has the name, a number is
    added. Called again with the same `stamp` after a kill, it ends what it began: an equal file that is there
    already is the file. Raises FileError.
    """
    name = file.name if stamp is None else f"{stamp:%Y%m%dT%H%M%S}_{file.name}"
    with writing(f"{file} cannot be moved to {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        target = _place(file, folder / name)
        if target.exists() and target.stat().st_size:
            file.unlink()
        else:
            _rename(file, target)
    return target


def old_files(folder: Path, days: int, now: datetime) -> tuple[Path, ...]:
    """The regular files right in `folder` that were last changed more than `days` before `now`, by name; no links.

    A folder that does not exist has none. Raises FileError if it cannot be read.
    """
    before = (now - timedelta(days=days)).timestamp()
    try:
        files = [one for one in folder.iterdir() if one.is_file() and not one.is_symlink()] if folder.is_dir() else []
        return tuple(sorted(one for one in files if one.stat().st_mtime < before))
    except OSError as error:
        raise FileError(f"{folder} cannot be read: {error.strerror}.") from error


def clean_folder(folder: Path, days: int, now: datetime) -> tuple[Path, ...]:
    """Remove what `old_files` lists, and return that. Raises FileError."""
    old = old_files(folder, days, now)
    for one in old:
        with writing(f"{one} cannot be removed"):
            one.unlink(missing_ok=True)
    return old


def _place(file: Path, wanted: Path) -> Path:
    """The first path like `wanted` that is free, or is an equal file; a free one is taken by an empty file."""
    for number in count(1):
        target = wanted if number == 1 else wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
        if target.is_symlink() or (target.exists() and not target.is_file()):
            continue
        with suppress(FileExistsError):
            target.open("xb").close()
            return target
        # An empty file is what a kill leaves of this.
        if not target.stat().st_size or filecmp.cmp(file, target, shallow=False):
            return target
    raise AssertionError(wanted)


def _rename(file: Path, target: Path) -> None:
    try:
        file.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with unfinished(target) as part:
            shutil.copy2(file, part)
        file.unlink()
