"""The exception tree: why a job cannot run. Trouble in the data is a `Finding`, never an exception."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field

from milepost.model import wording


class MilepostError(Exception):
    """The job cannot run; nothing was done. The message is a sentence that says what to do next.

    It names settings and arguments of the library as `model.wording` does. The command line replaces those names.
    """

    @property
    def settings(self) -> tuple[str, ...]:
        """The names of the settings that the message is about."""
        return wording.settings_in(str(self))


class UsageError(MilepostError):
    """Settings contradict each other or name something that does not exist."""


class FileError(MilepostError):
    """A file cannot be opened, decoded, split into records or written."""


class StoreError(MilepostError):
    """A store is missing, locked, of another version, or failed during a write."""


class ExpectationError(MilepostError):
    """The plan differs from the expected one."""


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

    def __init__(self, source: str | None, mistakes: tuple[Mistake, ...]) -> None:
        """`source` names the file; None if only the caller's settings are wrong. `mistakes` is not empty."""
        self.source = source
        self.mistakes = mistakes
        super().__init__(self.told("The settings have"))

    def told(self, caller: str) -> str:
        """The message. If only the caller's settings are wrong, it begins with `caller`, as `The settings have`."""
        head = caller if self.source is None else f"{self.source} has"
        count = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        return "\n".join([f"{head} {count}:", *(f"  {mistake}" for mistake in self.mistakes)])

    @property
    def settings(self) -> tuple[str, ...]:
        """The names of the settings that have a mistake."""
        return tuple(dict.fromkeys(mistake.setting for mistake in self.mistakes if mistake.setting is not None))

    def __reduce__(self) -> tuple[type[ConfigurationError], tuple[str | None, tuple[Mistake, ...]]]:
        return type(self), (self.source, self.mistakes)


def no_room(error: OSError) -> FileError:
    """The FileError for an OSError of a temporary file."""
    try:
        folder = tempfile.gettempdir()
    except OSError:  # no candidate folder is writable
        folder = "any folder for them"
    return FileError(
        f"There is no room for temporary files in {folder}: {(error.strerror or str(error)).rstrip('.')}. "
        "Nothing was done. Make room, or name another folder in TMPDIR."
    )
