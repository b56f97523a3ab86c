"""Passwords and passphrases: where they are, read only when needed, and never shown."""

from __future__ import annotations

import os
from pathlib import Path

from milepost.model.exceptions import TransferError
from milepost.model.wording import Note, in_quotes

_LONGEST = 65_536
"""Bytes of a file with a secret."""


class Secret:
    """A password or passphrase as a configuration gives it: `env:NAME`, `file:PATH`, or the value itself.

    Its text forms never show the value. It is read anew whenever `reveal` is called.
    """

    __slots__ = ("_given",)

    def __init__(self, given: str) -> None:
        """`given` is the text of the configuration."""
        self._given = given

    @property
    def is_plain(self) -> bool:
        """Whether the configuration has the value itself."""
        return not self._given.startswith(("env:", "file:"))

    @property
    def source(self) -> str:
        """Where the value is, for a message."""
        kind, _, name = self._given.partition(":")
        if self.is_plain:
            return "the configuration"
        return f"the environment variable {in_quotes(name)}" if kind == "env" else f"the file {in_quotes(name)}"

    def warning(self, setting: str) -> Note | None:
        """The note to give if the configuration has the value itself; `setting` names its element."""
        if not self.is_plain:
            return None
        return Note(
            f"<{setting}> is in the configuration as plain text. Write env:NAME or file:PATH instead, and keep the "
            "value in that environment variable or file.",
            "configuration",
        )

    def reveal(self) -> str:
        """The value. Raises TransferError if the environment variable or the file is missing, empty or unreadable."""
        if self.is_plain:
            return self._given
        kind, _, name = self._given.partition(":")
        value = os.environ.get(name, "") if kind == "env" else self._of_file(Path(name))
        if not value:
            raise self._missing("is missing or empty")
        return value

    def _of_file(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                content = file.read(_LONGEST + 1)
            if len(content) > _LONGEST:
                raise self._missing(f"has more than {_LONGEST:,} bytes")
            return content.decode().removesuffix("\n").removesuffix("\r")
        except OSError as error:
            raise self._missing(f"cannot be read ({error.strerror or type(error).__name__})") from error
        except ValueError:  # not UTF-8, or a NUL in the path
            raise self._missing("is no text in UTF-8") from None  # the cause holds the value

    def _missing(self, what: str) -> TransferError:
        return TransferError(
            f"A password or passphrase is to come from {self.source}, which {what}. Set it, and try again.",
            code="secret-missing",
        )

    def __repr__(self) -> str:
        return f"Secret({'plain' if self.is_plain else self._given})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._given == self._given

    def __hash__(self) -> int:
        return hash(self._given)


def without(text: str, *secrets: str | None) -> str:
    """`text`, which a server or a library said, with the values of `secrets` replaced."""
    for value in filter(None, secrets):
        text = text.replace(value, "…")
    return text
