"""What people may do in the web application."""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """What a person may do; each role may do what those before it may."""

    VIEWER = 1
    IMPORTER = 2
    ADMINISTRATOR = 3

    @property
    def word(self) -> str:
        """The role in lower case, as it is stored and shown."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Role:
        """The role of that word. Raises KeyError if there is none."""
        return cls[word.upper()]


ROLE_WORDS = tuple(role.word for role in Role)
