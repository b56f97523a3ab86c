"""What the record says of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """How far a run has come."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It ended with an error; nothing was changed."""
    INTERRUPTED = "interrupted"
    """It was stopped or its process died; nothing was changed."""
    HELD = "held"
    """It would have passed a limit; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Run:
    """One import of one file. The counts are None unless the run is done."""

    id: int
    kind: str
    """`tracking`, `undo`, or the kind of reference data that was loaded."""
    state: State
    file: str
    sha256: str | None
    configuration: str | None
    """The XML that the run's settings amount to."""
    actor: str
    started_at: datetime
    """In UTC, as `finished_at`."""
    finished_at: datetime | None
    seconds: float | None
    rows: int | None
    created: int | None
    updated: int | None
    unchanged: int | None
    deleted: int | None
    superseded: int | None
    rejected: int | None
    error: str | None
    """Why a failed run failed, or a held one was held."""
    digest: str | None = None
    """Of the plan that was carried out, or held."""
    undoes: int | None = None
    """The run that this one undid."""
    mends: int | None = None
    """The run whose rejects file was imported."""
    pruned_at: datetime | None = None
    """When what it changed was forgotten, so that it can no longer be undone."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run with what came of it."""

    run: Run
    findings: Mapping[str, int]
    """How many lines have each code, the most frequent first."""
    mended: Mapping[int, int]
    """How many of its rejected lines were accepted by each later run, the first that did so."""
