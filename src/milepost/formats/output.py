"""A file that appears when it is complete, or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


class Output:
    """Where something is written to: call `commit` when the work succeeded, and `discard` in the end in any case.

    A file is written beside its place and takes it at the commit; until then the place is as it was. What is no
    regular file (a pipe, `/dev/stdout`), or is open already, is written as the work goes on. Every call may raise
    OSError.
    """

    def __init__(self, target: Path | BinaryIO) -> None:
        """Opens what is written to."""
        self._place: Path | None = None
        self._part: Path | None = None
        self._owned = isinstance(target, Path)
        self.stream: BinaryIO = self._open(target) if isinstance(target, Path) else target

    def _open(self, path: Path) -> BinaryIO:
        # /dev/stdout may lead to a regular file, whose place must not be taken, and which may hold something.
        if path.is_relative_to("/dev") or (path.exists() and not path.is_file()):
            return path.open("ab")
        place = path.resolve()
        part = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
        stream = part.open("xb")
        self._place, self._part = place, part
        return stream

    def commit(self) -> None:
        """The work succeeded: the file takes its place."""
        self.stream.flush()
        if self._part is not None and self._place is not None:
            os.fsync(self.stream.fileno())
            self.stream.close()
            if self._place.exists():
                shutil.copymode(self._place, self._part)
            self._part.replace(self._place)
            self._part = None
        elif self._owned:
            self.stream.close()

    def discard(self) -> None:
        """Closes what was opened here; without a commit before, nothing is left behind."""
        if self._owned:
            # What could not be written any more is thrown away, or was flushed at the commit.
            with suppress(OSError):
                self.stream.close()
        if self._part is not None:
            self._part.unlink(missing_ok=True)
            self._part = None
