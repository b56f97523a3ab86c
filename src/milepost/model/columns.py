"""The columns Milepost knows: what each is called, what it holds, and which names it passes over."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_INTEGER = 2_147_483_647
"""The largest whole number, and the longest time in seconds, that is read."""


class Kind(StrEnum):
    """What the cells of a column hold; `steps.interpret` has one reader for each."""

    TEXT = "text"
    """Polars String, NFC, without surrounding white space."""
    INTEGER = "integer"
    """Polars Int64."""
    NUMBER = "number"
    """Polars Float64."""
    DATETIME = "datetime"
    """Polars Int64: whole seconds since 1970-01-01T00:00:00Z."""
    DURATION = "duration"
    """Polars Int64: whole seconds."""
    STATUS = "status"
    """Polars String: one of `model.status.Status`."""
    FLAG = "flag"
    """Polars Boolean, from `Y` or `N`."""
    DAY = "day"
    """Polars Date: a day without a time, which is exported and never read."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: its name, its kind, and the bounds its values keep."""

    name: str
    kind: Kind = Kind.TEXT
    max_length: int = 255
    """The most characters of a TEXT value."""
    minimum: float | None = None
    """The least INTEGER or NUMBER that is in range."""
    maximum: float | None = None
    """The greatest INTEGER or NUMBER that is in range."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The column names that one kind of file may use."""

    columns: tuple[Column, ...]
    """In their canonical order, which is also the order of findings on one line."""
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Old names that are understood, to the name of the column they mean."""
    passed_over: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))
    """Known names that are ignored with a note, to the column that is their counterpart, if there is one."""

    def column(self, name: str) -> Column:
        """The column called exactly `name`; raises KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


IGNORED = "ignoredColumn"
"""The name that marks a column to skip; it may stand any number of times."""

LEARNER_COLUMNS = ("candidateLogin", "candidateRefNumber", "candidateEmail")
OBJECT_COLUMNS = ("lovCode", "lovGuid")
SESSION_COLUMNS = ("sessionGuid", "sessionId", "sessionTitle")
TRAINING_COLUMNS = ("trainingPathCode", "trainingId", "trainingGuid")
VALUE_COLUMNS = (
    "firstAccessDate",
    "lastAccessDate",
    "firstCompletionDate",
    "progression",
    "trackingStatus",
    "timeSpent",
    "score",
    "scoreMax",
)
"""The columns that are stored; the others say whose and where."""

TRACKING = Vocabulary(
    columns=(
        Column("candidateLogin"),
        Column("candidateRefNumber"),
        Column("candidateEmail"),
        Column("lovCode"),
        Column("lovGuid", max_length=40),
        Column("sessionGuid", max_length=40),
        Column("sessionId", Kind.INTEGER, minimum=-LARGEST_INTEGER - 1, maximum=LARGEST_INTEGER),
        Column("sessionTitle"),
        Column("trainingPathCode"),
        Column("trainingId", Kind.INTEGER, minimum=-LARGEST_INTEGER - 1, maximum=LARGEST_INTEGER),
        Column("trainingGuid", max_length=40),
        Column("firstAccessDate", Kind.DATETIME),
        Column("lastAccessDate", Kind.DATETIME),
        Column("firstCompletionDate", Kind.DATETIME),
        Column("progression", Kind.NUMBER, minimum=0, maximum=100),
        Column("trackingStatus", Kind.STATUS),
        Column("timeSpent", Kind.DURATION),
        Column("score", Kind.NUMBER, minimum=0),
        Column("scoreMax", Kind.INTEGER, minimum=1, maximum=LARGEST_INTEGER),
    ),
    aliases=MappingProxyType({"progress": "progression"}),
    passed_over=MappingProxyType(
        {
            "completionTime": "lastAccessDate",
            "firstLaunchDate": "firstAccessDate",
            "contentRefNumber": "lovCode",
            "contentGuid": "lovGuid",
            "status": "trackingStatus",
            "timeGlobal": "timeSpent",
        }
        | dict.fromkeys(
            (
                "candidateFirstname",
                "candidateGuid",
                "candidateId",
                "candidateLanguage",
                "candidateLastname",
                "candidateName",
                "candidateStatus",
                "contentDuration",
                "contentId",
                "contentLocale",
                "contentProvider",
                "contentPublisher",
                "contentTitle",
                "contentType",
                "groupCode",
                "groupName",
                "lovId",
                "lovLocale",
                "lovPublisher",
                "lovRuntime",
                "lovTitle",
                "lovVersion",
                "nbLO",
                "nbLOFinished",
                "nbLOStarted",
                "progressionMandatory",
                "registrationDate",
                "registrationGuid",
                "registrationId",
                "registrationStatus",
                "sessionEndDate",
                "sessionRefNumber",
                "sessionStartDate",
                "timeSpentCBT",
                "timeSpentDigital",
                "trackingGuid",
                "trackingId",
                "trainingModality",
                "trainingTitle",
            )
        )
    ),
)
"""The columns of an import file."""
