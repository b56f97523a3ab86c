"""Where an export goes: a file that appears whole or not at all, or a stream."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from milepost.formats.output import Output
from milepost.model.exceptions import FileError


@contextmanager
def open_target(target: str | Path | BinaryIO) -> Iterator[BinaryIO]:
    """A stream to write to; a regular file is written beside its place and moved there when the block ends well.

    What is no regular file (a pipe, a device) is written directly. Raises FileError when the file cannot be written.
    """
    if not isinstance(target, str | Path):
        yield target
        return
    try:
        output = Output(Path(target))
        try:
            yield output.stream
            output.commit()
        finally:
            output.discard()
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(f"{target} cannot be written: {reason}. Name another file.") from error
