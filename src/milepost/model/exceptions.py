"""The exception tree: why a job cannot run. Trouble in the data is a `Finding`, never an exception."""

from __future__ import annotations

from dataclasses import dataclass


class MilepostError(Exception):
    """The job cannot run; nothing was done. The message is a sentence that says what to do next."""


class UsageError(MilepostError):
    """Options that contradict each other or name something that does not exist."""


class FileError(MilepostError):
    """A file that cannot be opened, decoded, split into records or written."""


class StoreError(MilepostError):
    """A store that is missing, locked, of another version, or that failed while it was written."""


class ExpectationError(MilepostError):
    """A plan that is not the one that was expected."""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake in a configuration."""

    line: int | None
    """The line of the configuration file; None for a setting given by the caller."""
    message: str
    """A sentence that names the element or setting and says what to do."""

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}: {self.message}"


class ConfigurationError(MilepostError):
    """A configuration with mistakes: all of them, in the order of their lines."""

    def __init__(self, source: str, mistakes: tuple[Mistake, ...]) -> None:
        """`source` names the file or the command line; `mistakes` holds one or more."""
        self.source = source
        self.mistakes = mistakes
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__("\n".join([f"{source} has {count}:", *(f"  {mistake}" for mistake in mistakes)]))

    def __reduce__(self) -> tuple[type[ConfigurationError], tuple[str, tuple[Mistake, ...]]]:
        return type(self), (self.source, self.mistakes)
