"""The known columns: names, kinds, bounds and stored names; the types of cells; the statuses; the ignored names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

LARGEST_INTEGER = 2_147_483_647
"""The largest whole number, and the longest time in seconds, of a cell."""


class Kind(StrEnum):
    """The kind of a column's values; `steps.interpret` has one reader for each."""

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
    """Polars String: one of `Status`."""
    FLAG = "flag"
    """Polars Boolean, from `Y` or `N`."""
    DAY = "day"
    """Polars Date: a day without a time, which is only exported."""


class CellType(StrEnum):
    """The type of a cell of a spreadsheet or a table. Delimited text has no types."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    """The text is the shortest plain decimal with a point, whole numbers without one."""
    BOOLEAN = "boolean"
    """The text is TRUE or FALSE."""
    DATE = "date"
    """The text is YYYY-MM-DD: a date whose time is midnight."""
    DATETIME = "datetime"
    """The text is YYYY-MM-DD HH:MM:SS."""
    INSTANT = "date and time with a time zone"
    """The text is YYYY-MM-DD HH:MM:SSZ, in UTC."""
    DURATION = "duration"
    """The text is a number of seconds."""
    PERCENTAGE = "percentage"
    """The text is what the cell shows, unrounded: a number as for NUMBER, and a percent sign."""
    ERROR = "error"
    """The text is what the spreadsheet shows, such as #N/A."""


class Percent(StrEnum):
    """The meaning of `90%` in a column."""

    OF_HUNDRED = "of hundred"
    """It is 90."""
    OF_MAXIMUM = "of maximum"
    """It is that part of the row's maximum; 90 of 100 if the row gives none."""


class Loss(StrEnum):
    """The changes of a stored value that lose progress, which are regressions."""

    LESS = "less"
    """To a lower number, or an earlier instant."""
    MORE = "more"
    """To a later instant."""
    NOT_COMPLETED = "not completed"


class Status(StrEnum):
    """The status of a learner on a learning object version; the value is its name in files and in the store."""

    NOT_ATTEMPTED = "notAttempted"
    INCOMPLETE = "incomplete"
    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"
    BROWSED = "browsed"


COMPLETED_STATUSES = (Status.COMPLETED, Status.PASSED)
"""The statuses that mean *completed*."""


@dataclass(frozen=True, slots=True)
class Stored:
    """How a tracking row stores a column of the import file."""

    name: str
    """The column of the table `tracking`."""
    loss: Loss | None = None
    """The changes that are regressions; None: no change is."""
    required: bool = False
    """Whether every row has a value."""
    rule: int = 1
    """The first rule of checksums that covers the column. A new column needs the next rule; see `stores.checksum`."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind = Kind.TEXT
    max_length: int = 255
    """The largest number of characters of a TEXT value."""
    minimum: float | None = None
    """The lowest INTEGER or NUMBER in range."""
    maximum: float | None = None
    """The highest INTEGER or NUMBER in range."""
    percent: Percent | None = None
    """What a percent sign means; None: it is an error."""
    stored: Stored | None = None
    """How a tracking row stores the column; None: it identifies the row, or is not part of tracking."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The column names that one kind of file may use."""

    columns: tuple[Column, ...]
    """In their canonical order, which is also the order of findings on one line."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Old names, with the current name of the column."""
    passed_over: Mapping[str, str | None] = field(default_factory=dict)
    """Known names that are ignored with a note, with their counterpart among the columns, if any."""

    def column(self, name: str) -> Column:
        """The column with exactly this name; raises KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]


IGNORED = "ignoredColumn"
"""The name of a column to skip; a header may have it any number of times."""

LEARNER_COLUMNS = ("candidateLogin", "candidateRefNumber", "candidateEmail")
OBJECT_COLUMNS = ("lovCode", "lovGuid")
SESSION_COLUMNS = ("sessionGuid", "sessionId", "sessionTitle")
TRAINING_COLUMNS = ("trainingPathCode", "trainingId", "trainingGuid")
_WITHOUT_COUNTERPART = """
    candidateFirstname candidateGuid candidateId candidateLanguage candidateLastname candidateName candidateStatus
    contentDuration contentId contentLocale contentProvider contentPublisher contentTitle contentType groupCode
    groupName lovId lovLocale lovPublisher lovRuntime lovTitle lovVersion nbLO nbLOFinished nbLOStarted
    progressionMandatory registrationDate registrationGuid registrationId registrationStatus sessionEndDate
    sessionRefNumber sessionStartDate timeSpentCBT timeSpentDigital trackingGuid trackingId trainingModality
    trainingTitle
"""
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
        Column("firstAccessDate", Kind.DATETIME, stored=Stored("first_access_at")),
        Column("lastAccessDate", Kind.DATETIME, stored=Stored("last_access_at", Loss.LESS)),
        Column("firstCompletionDate", Kind.DATETIME, stored=Stored("first_completed_at", Loss.MORE)),
        Column(
            "progression",
            Kind.NUMBER,
            minimum=0,
            maximum=100,
            percent=Percent.OF_HUNDRED,
            stored=Stored("progression", Loss.LESS, required=True),
        ),
        Column("trackingStatus", Kind.STATUS, stored=Stored("status", Loss.NOT_COMPLETED, required=True)),
        Column("timeSpent", Kind.DURATION, stored=Stored("time_spent", Loss.LESS, required=True)),
        Column("score", Kind.NUMBER, minimum=0, percent=Percent.OF_MAXIMUM, stored=Stored("score", Loss.LESS)),
        Column("scoreMax", Kind.INTEGER, minimum=1, maximum=LARGEST_INTEGER, stored=Stored("score_max")),
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
        | dict.fromkeys(_WITHOUT_COUNTERPART.split())
    ),
)
"""The columns of an import file. A new stored column needs only its entry here, and a migration."""

STORED: Mapping[str, tuple[Column, Stored]] = MappingProxyType(
    {column.stored.name: (column, column.stored) for column in TRACKING.columns if column.stored is not None}
)
"""The stored columns by their names in the table `tracking`, in their order."""

VALUES = tuple(STORED)
"""The columns of the table `tracking` with the values of a learner on a learning object version."""

VALUE_COLUMNS = tuple(column.name for column, _ in STORED.values())
"""The same columns by their names in an import file; the others identify the row."""

STORED_AS = MappingProxyType(dict(zip(VALUE_COLUMNS, VALUES, strict=True)))
"""The column of the table that stores each of VALUE_COLUMNS."""

KEY = ("registration_id", "learning_object_version_id")
"""The key of the table `tracking`."""
