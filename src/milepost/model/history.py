"""Recorded runs, and the history of tracking rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = datetime | float | int | str | None
Values: TypeAlias = Mapping[str, Value]
"""The values of a tracking row, by the columns of an import file; instants in UTC."""


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
    """`tracking`, `undo`, `rename`, `merge`, `erase`, `clear`, or the kind of reference data that was loaded."""
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
    skipped: int | None
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
    reference_rows: int | None = None
    """How many rows of reference data a rename, a merge, or an undo of one has changed."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run with its findings."""

    run: Run
    findings: Mapping[str, int]
    """How many lines have each code, the most frequent first."""
    mended: Mapping[int, int]
    """How many of its rejected lines were accepted by each later run, the first that did so."""


class EventKind(StrEnum):
    """What a run did to a row."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    WRITTEN = "written"
    """Created or updated: the row before is no longer known."""


@dataclass(frozen=True, slots=True)
class Event:
    """What one run did to one row."""

    run: int
    file: str
    line: int
    """The line of that file; of an undo, the line of the run that it undid."""
    at: datetime | None
    """The end of the run, in UTC."""
    actor: str
    change: EventKind
    before: Values | None
    """The row before; None if there was none, or it is no longer known."""
    after: Values | None
    """The row after; None if there was none, or it is no longer known."""
    undoes: int | None
    """The run that this one undid, if it is an undo."""
    undone_by: int | None
    """The run that put the row back as it was before this one."""

    @property
    def changed(self) -> dict[str, tuple[Value, Value]]:
        """The changed columns, with the values before and after."""
        if self.change is EventKind.UPDATED and self.after is None:
            return {}
        before, after = self.before or {}, self.after or {}
        both = {name: (before.get(name), after.get(name)) for name in (*before, *after)}
        return {name: values for name, values in both.items() if values[0] != values[1]}


@dataclass(frozen=True, slots=True)
class RowHistory:
    """A row of tracking, stored or deleted, and its history."""

    candidateLogin: str  # noqa: N815 - the names of an import file
    sessionGuid: str  # noqa: N815
    trainingPathCode: str  # noqa: N815
    lovCode: str | None  # noqa: N815
    lovGuid: str | None  # noqa: N815
    """None if the learning object no longer exists."""
    stored: Values | None
    """The stored values; None if the row is deleted."""
    events: tuple[Event, ...]
    """The oldest first."""
