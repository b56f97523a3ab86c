"""Where something is written to: a file that appears whole or not at all, or a stream."""

from __future__ import annotations

import io
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self, cast

from milepost.model.exceptions import FileError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Target = str | Path | BinaryIO
"""A path, or a binary stream, which stays open."""


class Output:
    """The target of a writer; a context manager. Call `commit` when the work succeeded.

    A file is written beside its place and takes it at the commit; until then the place is as it was. What is no
    regular file (a pipe, `/dev/stdout`), or is open already, is written as the work goes on.
    """

    stream: BinaryIO
    """To write to, within `errors`. It cannot seek, for /dev/stdout may lead to a file that is only ever appended to.
    After `discard`, what is written goes nowhere: an archive that is given up must not be completed."""

    def __init__(self, target: Target, *, raises_broken_pipe: bool = False) -> None:
        """Open the target.

        `raises_broken_pipe` says that a reader's early leaving is a BrokenPipeError, not a FileError. Raises FileError.
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise OSError of the block as FileError."""
        try:
            yield
        except OSError as error:
            if self._raises_broken_pipe and isinstance(error, BrokenPipeError):
                raise
            raise FileError(f"{self._name} cannot be written: {error.strerror or error}. Name another file.") from error

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """For what is written before the context begins: `errors`, and nothing is left behind when it fails."""
        try:
            with self.errors():
                yield
        except BaseException:
            self.discard()
            raise

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
        """The work succeeded: the file takes its place. Raises FileError."""
        with self.errors():
            self._file.flush()
            if self._part is not None and self._place is not None:
                os.fsync(self._file.fileno())
                self._file.close()
                if self._place.exists():
                    shutil.copymode(self._place, self._part)
                self._part.replace(self._place)
                self._part = None
            elif self._owned:
                self._file.close()

    def discard(self) -> None:
        """Close what was opened here; without a commit before, nothing is left behind."""
        self._gate.shut()
        if self._owned:
            # What could not be written any more is thrown away, or was flushed at the commit.
            with suppress(OSError):
                self._file.close()
        if self._part is not None:
            self._part.unlink(missing_ok=True)
            self._part = None


@contextmanager
def open_output(target: Target) -> Iterator[BinaryIO]:
    """A stream to write to, committed when the block ends well. Raises FileError, and BrokenPipeError as it is."""
    with Output(target, raises_broken_pipe=True) as output, output.errors():
        yield output.stream
        output.commit()


class _Gate(io.RawIOBase):
    """Passes on what is written until it is shut."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream: BinaryIO | None = stream

    def shut(self) -> None:
        """From now on, what is written goes nowhere."""
        self._stream = None

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        """Nothing waits here. The gate may be closed already when an archive that is given up is thrown away."""

    def write(self, data: ReadableBuffer) -> int:
        if self._stream is not None:
            self._stream.write(data)
        return memoryview(data).nbytes
