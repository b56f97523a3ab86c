"""The nouns of the naive oracle: a store and a file as plain Python.

Instants are whole seconds since 1970-01-01T00:00:00Z, as in a store.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Learner:
    """A person."""

    id: int
    login: str
    reference_number: str | None
    email: str | None


@dataclass(frozen=True)
class Version:
    """A learning object version."""

    id: int
    guid: str
    code: str | None
    publisher: str | None = None
    runtime: str | None = None


@dataclass(frozen=True)
class Training:
    """A training course, with the ids of the versions that are its content."""

    id: int
    guid: str
    path_code: str
    contents: tuple[int, ...]


@dataclass(frozen=True)
class Session:
    """One run of a training."""

    id: int
    guid: str
    title: str | None
    training: int


@dataclass(frozen=True)
class Registration:
    """A learner in a session."""

    id: int
    learner: int
    session: int


@dataclass(frozen=True)
class Tracking:
    """What is stored of one learner on one version, and the run and line that last wrote it."""

    first_access: int | None
    last_access: int | None
    first_completion: int | None
    progression: float
    status: str
    time_spent: int
    score: float | None
    score_max: int | None
    run: int = 1
    line: int = 0


Target = tuple[int, int]
"""The ids of a registration and a version."""


@dataclass(frozen=True)
class Store:
    """All of a store that an import reads."""

    learners: tuple[Learner, ...]
    versions: tuple[Version, ...]
    trainings: tuple[Training, ...]
    sessions: tuple[Session, ...]
    registrations: tuple[Registration, ...]
    tracking: dict[Target, Tracking]


@dataclass(frozen=True)
class Record:
    """One record of a file: the line where it begins, and its cells as text."""

    line: int
    cells: tuple[str, ...]
