"""Targets of writers: a file that appears completely or not at all, or a stream."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self, cast

from milepost.model.exceptions import writing

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Target = str | Path | BinaryIO
"""A path, or a binary stream, which stays open."""


class Content:
    """What is written to an output. Every call may raise OSError, and FileError for a value that it cannot hold."""

    def finish(self) -> None:
        """Complete the file after the last row."""

    def close(self) -> None:
        """Release resources. Always called last; writing to the stream then has no effect."""


class Output:
    """The target of a writer; a context manager. Call `commit` when the work succeeded.

    A file is written under a temporary name beside its target and replaces it at the commit. Pipes, `/dev/stdout` and
    open streams are written directly.
    """

    form: Content | None = None
    """What writes to the stream, if it needs to be completed and closed."""
    stream: BinaryIO
    """The stream to write to, within `errors`. It cannot seek, since /dev/stdout may be a file in append mode.
    After `discard`, writing has no effect, so that closing an abandoned archive does not complete it."""

    def __init__(self, target: Target, *, raises_broken_pipe: bool = False) -> None:
        """Open the target. Raises FileError.

        `raises_broken_pipe`: BrokenPipeError, when a reader stops reading, is raised unchanged, not as FileError.
        """
        self._name = str(target) if isinstance(target, str | Path) else "standard output"
        self._raises_broken_pipe = raises_broken_pipe
        self._place: Path | None = None
        self._part: Path | None = None
        self._owned = isinstance(target, str | Path)
        with self.errors():
            self._file = self._open(Path(target)) if isinstance(target, str | Path) else target
        self._gate = _Gate(self._file)
        self.stream = cast("BinaryIO", self._gate)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def errors(self) -> AbstractContextManager[None]:
        """Raises an OSError of the block as FileError."""
        but = (BrokenPipeError,) if self._raises_broken_pipe else ()
        return writing(f"{self._name} cannot be written", "Name another file.", but=but)

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """`errors`, and `discard` on failure: for writing before the context is entered."""
        try:
            with self.errors():
                yield
        except BaseException:
            self.discard()
            raise

    def _open(self, path: Path) -> BinaryIO:
        # /dev/stdout may be a regular file, which must neither be replaced nor truncated.
        is_device = path.is_relative_to("/dev") and not path.is_relative_to("/dev/shm")  # noqa: S108 - a folder of files
        if is_device or (path.exists() and not path.is_file()):
            return path.open("ab")
        place = path.resolve()
        part = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
        # An interruption may come at any moment, even before `discard` can be called.
        self._place, self._part = place, part
        self._removal = weakref.finalize(self, part.unlink, missing_ok=True)
        return part.open("xb")

    def commit(self) -> None:
        """Complete the file, and put it in its place. Raises FileError."""
        with self.errors():
            if self.form is not None:
                self.form.finish()
            self._file.flush()
            if self._part is not None and self._place is not None:
                os.fsync(self._file.fileno())
                self._file.close()
                if self._place.exists():
                    shutil.copymode(self._place, self._part)
                self._part.replace(self._place)
                self._forget()
            elif self._owned:
                self._file.close()

    def discard(self) -> None:
        """Close what was opened here; without a commit before, remove the unfinished file."""
        self._gate.stream = None
        if self._owned:
            # An error here concerns data that was flushed at the commit or is dropped.
            with suppress(OSError):
                self._file.close()
        if self._part is not None:
            self._part.unlink(missing_ok=True)
            self._forget()
        if self.form is not None:
            self.form.close()

    def _forget(self) -> None:
        self._part = None
        self._removal.detach()


class _Gate(io.RawIOBase):
    """Passes data on to `stream`; drops it when `stream` is None."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream: BinaryIO | None = stream

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        """Do nothing, even when closed: the destructor of an abandoned archive calls it."""

    def write(self, data: ReadableBuffer) -> int:
        if self.stream is not None:
            self.stream.write(data)
        return memoryview(data).nbytes
