"""The files that a command names, `-` for a standard stream, and the printing of results."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, cast

from milepost.cli import interruption, terminal
from milepost.model.exceptions import ConfigurationError, FileError, UsageError

STANDARD = "-"
_GZIP = b"\x1f\x8b"
_IN_MEMORY = 4_000_000


@contextmanager
def readable(name: str, *, ending: str = ".csv") -> Iterator[Path]:
    """The path of a file to read; standard input is kept in a temporary file while the block runs.

    A FileError or ConfigurationError of the block about that file names standard input instead.
    """
    if name != STANDARD:
        yield Path(name)
        return
    if sys.stdin is None:
        raise UsageError("Standard input is closed. Name a file.")
    if sys.stdin.isatty():
        terminal.note("reading standard input; end it with Ctrl-D")
    incoming = cast("BinaryIO", sys.stdin.buffer)
    first = incoming.read(len(_GZIP))
    with tempfile.TemporaryDirectory(prefix="milepost-") as folder:
        path = Path(folder) / f"standard-input{ending}{'.gz' if first == _GZIP else ''}"
        with path.open("wb") as spooled:
            spooled.write(first)
            shutil.copyfileobj(incoming, spooled)
        try:
            yield path
        except FileError as error:
            raise FileError(str(error).replace(str(path), "standard input"), code=error.code) from error
        except ConfigurationError as error:
            if error.source != str(path):
                raise
            raise ConfigurationError("standard input", error.mistakes) from error


def configuration(name: str | None) -> AbstractContextManager[Path | None]:
    """The path of a configuration to read, as `readable` gives it; None if none is named."""
    return nullcontext() if name is None else readable(name, ending=".xml")


@contextmanager
def held_back(name: str | None) -> Iterator[Path | BinaryIO | None]:
    """The target of rows that a run writes beside its summary.

    Rows for standard output are held back until the block has succeeded: a reader that closes the pipe early cannot
    stop an import halfway.
    """
    if name != STANDARD:
        yield None if name is None else Path(name)
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as held:
        yield cast("BinaryIO", held)
        held.seek(0)
        outgoing = terminal.data_stream()
        try:
            shutil.copyfileobj(held, outgoing)
            outgoing.flush()
        except BrokenPipeError:
            leave_stdout()


def leave_stdout() -> None:
    """Discards further output after a reader has closed the pipe, so that the process ends without an error."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):  # a stream without a descriptor, as in tests
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


@contextmanager
def printing(what: str, stored: str) -> Iterator[None]:
    """Handles errors while the block prints the result of a run: the exit status depends on the run alone.

    `what` was run, and `stored` says what the store has of it, for the message if the result cannot be printed.
    """
    try:
        with interruption.allowed():
            yield
    except BrokenPipeError:
        leave_stdout()
    except (OSError, KeyboardInterrupt) as error:
        leave_stdout()
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else error.strerror
        print(f"What came of {what} could not be printed ({reason}).{stored}", file=sys.stderr)


def keep_apart(option: str, target: str | None, others: dict[str, str | None]) -> None:
    """Raises UsageError if the file that `option` would write is one of `others` (a description to a name)."""
    for what, other in others.items():
        if target is None or other is None or STANDARD in (target, other):
            continue
        if os.path.realpath(target) == os.path.realpath(other.removeprefix("sqlite:///")):
            raise UsageError(f"{option} {target} would overwrite {what}. Name another file.")
