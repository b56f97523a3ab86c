"""The stored tracking of a learner, and its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = datetime | float | int | str | None
Values: TypeAlias = Mapping[str, Value]
"""The values of a tracking row, by the columns of an import file; instants in UTC."""


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
