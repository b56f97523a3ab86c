"""Local files that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from milepost.model.exceptions import FileError, writing


def part_of(target: Path) -> Path:
    """The temporary name of a file that is being written. It is always the same, so a new attempt writes over it."""
    return target.with_name(f".{target.name}.part")


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """A temporary path beside `target`, which takes its place at the end of the block, or is removed on failure.

    The block creates a file there. Raises FileError, also for an OSError of the block.
    """
    part = part_of(target)
    with _failing_to_write(target):
        # A link or a pipe under that name would lead elsewhere.
        clear(part)
    try:
        with _failing_to_write(target):
            yield part
            _synced(part)
            part.replace(target)
    except BaseException:
        with suppress(OSError):
            clear(part)
        raise


@contextmanager
def written(target: Path) -> Iterator[BinaryIO]:
    """A stream into `target`, which appears at the end of the block. Raises FileError as `unfinished` does."""
    with unfinished(target) as part, part.open("xb") as stream:
        yield stream
        stream.flush()


def opened(path: Path) -> BinaryIO:
    """A stream of the local file `path`. Raises FileError."""
    try:
        return path.open("rb")
    except OSError as error:
        code = "file-missing" if isinstance(error, FileNotFoundError) else "file-unreadable"
        raise FileError(f"{path} cannot be read: {error.strerror}.", code=code) from error


@contextmanager
def _failing_to_write(target: Path) -> Iterator[None]:
    with writing(f"{target} cannot be written", "Nothing unfinished was kept."):
        yield


def clear(part: Path) -> None:
    """Remove a file, a link or a folder, if it is there."""
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)


def _synced(part: Path) -> None:
    if part.is_file():
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
