"""The exception tree: why a job cannot run. Trouble in the data is a `Finding`, never an exception."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from milepost.model import wording

ERRORS = {
    "wrong-usage": "An option, an argument or a setting is wrong, or does not go with another one.",
    "wrong-configuration": "The configuration has mistakes.",
    "file-missing": "There is no such file.",
    "file-unreadable": "The file cannot be opened, decoded or split into records.",
    "wrong-header": "The header has names that mean nothing, or lacks what is needed.",
    "file-unwritable": "A file cannot be written.",
    "no-room": "The disk is full.",
    "no-memory": "There is not enough memory.",
    "plan-changed": "The plan is not the one with the expected digest.",
    "run-missing": "There is no such run.",
    "run-unsuitable": "The run cannot be undone or verified, or its changes are forgotten.",
    "run-unfinished": "The run is still at work.",
    "store-missing": "There is no store.",
    "store-unusable": "It is no store, another program's, or damaged.",
    "store-version": "The store, or the program of the database, is of another version.",
    "store-refused": "The database does not let this user in, or lacks a right.",
    "store-unwritable": "The store can only be read.",
    "store-failed": "The database failed for another reason.",
    "store-busy": "Another run or program is writing, or the server has nothing left at the moment.",
    "store-unreachable": "The server cannot be reached.",
    "connection-lost": "The connection was lost before the commit, or the server that runs the steps.",
    "commit-unknown": "The connection was lost during the commit: all is done, or nothing. `milepost runs` tells.",
    "path-refused": "A path leads out of the data folder, or the name of a file is not safe.",
    "secret-missing": "A password or key is not where the configuration says.",
    "server-unreachable": "A server for files, mail, call-backs or the steps cannot be reached.",
    "server-untrusted": "The host key or the certificate of a server is not the expected one.",
    "server-refused": "A server refuses the log-in, or what was asked for.",
    "transfer-broken": "The connection to a server was lost, or a file did not arrive whole.",
    "archive-refused": "An archive is damaged, too large or not safe.",
    "pgp-failed": "A file cannot be decrypted or encrypted, or lacks the required signature.",
    "system": "The operating system refused something.",
    "bug": "A bug in Milepost.",
}
"""The codes of errors, and what they mean."""

RETRIED = frozenset(
    {
        "store-busy",
        "store-unreachable",
        "connection-lost",
        "run-unfinished",
        "server-unreachable",
        "transfer-broken",
    }
)
"""The codes of errors that may not come again: nothing was done, and the same may succeed later."""

MOST_MISTAKES = 20
"""The mistakes of a configuration that a message shows."""


class MilepostError(Exception):
    """The job cannot run; nothing was done. The message is a sentence that says what to do next.

    It names settings and arguments of the library as `model.wording` does. The command line replaces those names.
    """

    code: str = "system"
    """One of `ERRORS`."""
    run: int | None = None
    """The number of the run that failed, if one was recorded."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        """`code` is one of `ERRORS`, by default that of the class."""
        super().__init__(message)
        if code is not None:
            self.code = code

    @property
    def retry(self) -> bool:
        """Whether the same may succeed later."""
        return self.code in RETRIED

    @property
    def settings(self) -> tuple[str, ...]:
        """The names of the settings that the message is about."""
        return wording.settings_in(str(self))


class UsageError(MilepostError):
    """Settings contradict each other or name something that does not exist."""

    code = "wrong-usage"


class FileError(MilepostError):
    """A file cannot be opened, decoded, split into records or written."""

    code = "file-unreadable"


class EngineError(MilepostError):
    """The server that runs the steps cannot be reached or was lost, or a task of it failed."""

    code = "connection-lost"


class StoreError(MilepostError):
    """A store is missing, locked, of another version, or failed during a write."""

    code = "store-failed"


class TransferError(MilepostError):
    """A file cannot be fetched, sent, unpacked or decrypted, or a path leads out of the data folder."""

    code = "transfer-broken"


class ExpectationError(MilepostError):
    """The plan differs from the expected one."""

    code = "plan-changed"


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake in a configuration."""

    line: int | None
    """The line of the configuration file; None for a setting of the caller."""
    message: str
    """A sentence that names the element or setting and says what to do."""
    setting: str | None = field(default=None, compare=False)
    """The name of the wrong setting; None if the mistake is not about a setting."""

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}: {self.message}"


class ConfigurationError(MilepostError):
    """A configuration has mistakes: all of them, in the order of their lines."""

    code = "wrong-configuration"

    def __init__(self, source: str | None, mistakes: tuple[Mistake, ...]) -> None:
        """`source` names the file; None if only the caller's settings are wrong. `mistakes` is not empty."""
        self.source = source
        self.mistakes = mistakes
        super().__init__(self.told("The settings have"))

    def told(self, caller: str) -> str:
        """The message. If only the caller's settings are wrong, it begins with `caller`, as `The settings have`."""
        return "\n".join(told_mistakes(caller if self.source is None else f"{self.source} has", self.mistakes))

    @property
    def settings(self) -> tuple[str, ...]:
        """The names of the settings that have a mistake."""
        return tuple(dict.fromkeys(mistake.setting for mistake in self.mistakes if mistake.setting is not None))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source, self.mistakes), vars(self)


def told_mistakes(head: str, mistakes: tuple[Mistake, ...]) -> list[str]:
    """The lines of a message that begins with `head`: how many mistakes there are, and the first of them."""
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes):,} mistakes"
    more = len(mistakes) - MOST_MISTAKES
    told = [f"{head} {count}:", *(f"  {mistake}" for mistake in mistakes[:MOST_MISTAKES])]
    return [*told, f"  and {more:,} more"] if more > 0 else told


@contextmanager
def temporary_files() -> Iterator[None]:
    """Raises an OSError of the block, which writes a temporary file, as FileError."""
    try:
        yield
    except OSError as error:
        raise no_room(error) from error


def no_room(error: OSError) -> FileError:
    """The FileError for an OSError of a temporary file."""
    try:
        folder = tempfile.gettempdir()
    except OSError:  # no candidate folder is writable
        folder = "any folder for them"
    return FileError(
        f"There is no room for temporary files in {folder}: {(error.strerror or str(error)).rstrip('.')}. "
        "Nothing was done. Make room, or name another folder in TMPDIR.",
        code="no-room",
    )


@contextmanager
def writing(trouble: str, remedy: str = "", *, but: tuple[type[OSError], ...] = ()) -> Iterator[None]:
    """Raises an OSError of the block as FileError; those in `but` are raised unchanged.

    `trouble` says what cannot be done, as in `out.csv cannot be written`; `remedy` is a sentence on what to do.
    """
    try:
        yield
    except but:
        raise
    except OSError as error:
        said = f"{trouble}: {error.strerror or error}. {remedy}".rstrip()
        raise FileError(said, code=unwritable(error)) from error


def unwritable(error: OSError) -> str:
    """The code for a file that could not be written because of `error`."""
    return "no-room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "file-unwritable"


def was_interrupted(error: BaseException) -> bool:
    """Whether `error` is an interruption, or was raised during the handling of one, and hides it."""
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, KeyboardInterrupt):
            return True
        behind = behind.__cause__ or behind.__context__
    return False


def is_panic(error: BaseException) -> bool:
    """Whether a library written in Rust has failed: each has such a class of its own, and none is an Exception."""
    return type(error).__name__ == "PanicException"
