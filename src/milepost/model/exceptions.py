"""The exception tree: why a job cannot run. Trouble in the data is a `Finding`, never an exception."""

from __future__ import annotations

from dataclasses import dataclass, field

from milepost.model import wording


class MilepostError(Exception):
    """The job cannot run; nothing was done. The message is a sentence that says what to do next.

    It names settings and arguments of the library as `model.wording` does; each door puts its own words to them.
    """

    @property
    def settings(self) -> tuple[str, ...]:
        """The names of the settings that the message is about."""
        return wording.settings_in(str(self))


class UsageError(MilepostError):
    """Settings that contradict each other or name something that does not exist."""


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
    setting: str | None = field(default=None, compare=False)
    """The name of the setting that is wrong; None where it is something else."""

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}: {self.message}"


class ConfigurationError(MilepostError):
    """A configuration with mistakes: all of them, in the order of their lines."""

    def __init__(self, source: str | None, mistakes: tuple[Mistake, ...]) -> None:
        """`source` names the file, None where only the caller's settings are wrong; `mistakes` holds one or more."""
        self.source = source
        self.mistakes = mistakes
        super().__init__(self.told("The settings have"))

    def told(self, caller: str) -> str:
        """The message; `caller` begins it where only the caller's settings are wrong: `The settings have`, say."""
        head = caller if self.source is None else f"{self.source} has"
        count = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        return "\n".join([f"{head} {count}:", *(f"  {mistake}" for mistake in self.mistakes)])

    @property
    def settings(self) -> tuple[str, ...]:
        """The names of the settings that have a mistake."""
        return tuple(dict.fromkeys(mistake.setting for mistake in self.mistakes if mistake.setting is not None))

    def __reduce__(self) -> tuple[type[ConfigurationError], tuple[str | None, tuple[Mistake, ...]]]:
        return type(self), (self.source, self.mistakes)
