"""What every writer of a whole file has in common: it takes its place at the end, and what goes wrong is told."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, ClassVar, Protocol, Self, cast

import polars as pl

from milepost.formats.output import Output
from milepost.model.exceptions import FileError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Form(Protocol):
    """One format: what is written of frames. Every call may raise OSError, and FileError for a value it cannot hold."""

    def write(self, rows: pl.DataFrame) -> None:
        """Adds rows."""

    def finish(self) -> None:
        """All rows are written."""

    def close(self) -> None:
        """Lets go of what it holds; called in the end in any case, when writing to the stream does nothing more."""


class FileWriter:
    """Writes frames; a context manager. A file takes its place at `commit`, whole or not at all."""

    _let_through: ClassVar[tuple[type[OSError], ...]] = ()
    """What is not told as a FileError."""

    def __init__(self, target: Path | BinaryIO, form: Callable[[BinaryIO], Form]) -> None:
        """`target` is a file or an open stream, which stays open. Raises FileError when the file cannot be opened."""
        self._name = str(target) if isinstance(target, Path) else "standard output"
        with self._translated():
            self._output = Output(target)
        self._gate = _Gate(self._output.stream)
        try:
            with self._translated():
                self._form = form(cast("BinaryIO", self._gate))
        except BaseException:
            self._output.discard()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gate.shut()
        try:
            self._form.close()
        finally:
            self._output.discard()

    def write(self, rows: pl.DataFrame) -> None:
        """Adds rows. Raises FileError."""
        with self._translated():
            self._form.write(rows)

    def commit(self) -> None:
        """All rows are written: the file takes its place. Raises FileError."""
        with self._translated():
            self._form.finish()
            self._output.commit()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._let_through:
            raise
        except OSError as error:
            raise FileError(f"{self._name} cannot be written: {error.strerror or error}. Name another file.") from error


class _Gate(io.RawIOBase):
    """Passes on what is written until it is shut: an archive that is given up must not be completed.

    It cannot seek, for /dev/stdout may lead to a file that is only ever appended to.
    """

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
