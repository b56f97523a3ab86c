"""Who is at the other end: sessions, roles, and the secret link of the one local person."""

from __future__ import annotations

import getpass
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from enum import IntEnum

SESSION_SECONDS = 12 * 3600
"""A session ends when nothing has been asked for this long."""


class Role(IntEnum):
    """What a person may do; each role may do what those before it may."""

    VIEWER = 1
    IMPORTER = 2
    ADMINISTRATOR = 3


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks."""

    name: str
    """Who is recorded as the actor of a run."""
    role: Role


@dataclass(slots=True)
class Entrance:
    """Lets in whoever knows the secret: one local person, who may do everything."""

    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    _sessions: dict[str, float] = field(default_factory=dict, repr=False)
    """When each session ends, by the hash of its token."""

    def enter(self, secret: str) -> str | None:
        """The token of a new session; None if the secret is wrong."""
        if not hmac.compare_digest(secret.encode(), self.secret.encode()):
            return None
        token = secrets.token_urlsafe(32)
        self._sessions[_hash(token)] = time.monotonic() + SESSION_SECONDS
        return token

    def person(self, token: str | None) -> Person | None:
        """Whose session it is; None if there is no such session, or it has ended."""
        ends = self._sessions.get(_hash(token)) if token else None
        if token is None or ends is None or ends < time.monotonic():
            return None
        self._sessions[_hash(token)] = time.monotonic() + SESSION_SECONDS
        return Person(_local_name(), Role.ADMINISTRATOR)

    def program(self, secret: str) -> Person | None:
        """Who a program asks for that sends the secret; None if it is wrong."""
        is_right = hmac.compare_digest(secret.encode(), self.secret.encode())
        return Person(_local_name(), Role.ADMINISTRATOR) if is_right else None

    def leave(self, token: str) -> None:
        """Ends a session."""
        self._sessions.pop(_hash(token), None)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _local_name() -> str:
    try:
        return getpass.getuser()
    except OSError:  # no account has the number of this user
        return "local"
