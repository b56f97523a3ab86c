"""What an export is asked to write, and how its values are to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from milepost.model.columns import LEARNER_COLUMNS, Kind
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.file_formats import FileFormat
from milepost.model.job import TimeFormat
from milepost.model.status import Status


class Provider(StrEnum):
    """What the lines of an export are; the value is the name in an export configuration."""

    TRACKING = "trackingProvider"
    """Tracking rows: one for each registration and learning object version."""
    REGISTRATIONS = "consolidatedTrackingProvider"
    """Registrations, each with its roll-up."""
    TRACKING_LOG = "trackingLogProvider"
    """Days on which a registration spent time on a learning object version."""


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column of an export."""

    name: str
    kind: Kind
    label: str | None = None
    """What stands in the header; None: the name."""
    words: Mapping[Status, str] = field(default_factory=dict)
    """Of a STATUS column: what a status is called where it does not go by its own name."""

    @property
    def heading(self) -> str:
        """What stands in the header."""
        return self.label or self.name


@dataclass(frozen=True, slots=True)
class Appearance:
    """How an exported file and the values in it look."""

    file_format: FileFormat = FileFormat.CSV
    date_time_format: DateTimeFormat = field(default_factory=lambda: DateTimeFormat.parse("YYYY-MM-DD hh:ii:ss"))
    time_zone: str = "UTC"
    """The TZ database zone in whose local time instants are written."""
    time_global_format: TimeFormat = TimeFormat.RAW_SECONDS
    """How a duration is written."""
    status_words: Mapping[Status, str] = field(default_factory=dict)
    """The file's own word for a status; these come before those of a column."""
    decimal: str = "."
    """The decimal separator, `.` or `,`."""
    delimiter: str = ","
    """Of CSV: one of `,` `|` `;` tab."""
    encoding: str = "utf-8"
    """Of CSV and TSV: a Python codec name."""
    header: bool = True
    """Whether the first line of CSV, TSV and XLSX has the columns' names."""
    raw: bool = False
    """Whether texts that a spreadsheet would take for formulas stay as they are."""


class Scale(StrEnum):
    """What a number of time frames counts."""

    DAYS = "less_than_n_days"
    MONTHS = "less_than_n_months"
    FULL_MONTHS = "less_than_n_full_months"
    YEARS = "less_than_n_years"
    FULL_YEARS = "less_than_n_full_years"


class PeriodMode(StrEnum):
    """What a period says about."""

    TIME_SPENT = "timeSpent"
    """Only the time that was spent within it counts."""
    LAST_ACTIVITY = "lastActivity"
    """Rows that were last accessed within it, with all their time."""
    LAST_ACTIVITY_CUMULATIVE = "lastActivityCumulative"
    """The same, with classroom and digital time."""


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when: by a number of frames back from `as_of`, or by its first and last moment."""

    mode: PeriodMode = PeriodMode.TIME_SPENT
    frames: int | None = None
    scale: Scale | None = None
    since: date | datetime | None = None
    """The first day, or the first moment: local in the export's zone where it has no zone of its own."""
    until: date | datetime | None = None
    """The last day, which is in it, or the first moment that is no longer in it."""
    as_of: date | datetime | None = None
    """The moment that frames are counted back from, or a day with all its hours; None: now."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows are written: those that fulfil all of these. Empty: all."""

    trainings: tuple[str, ...] = ()
    """By path code or GUID."""
    sessions: tuple[str, ...] = ()
    """By title or GUID."""
    learners: tuple[str, ...] = ()
    """By login, reference number, e-mail or GUID."""
    statuses: tuple[Status, ...] = ()
    modalities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportJob:
    """A whole export: what, which of it, and how it looks."""

    provider: Provider
    columns: tuple[tuple[str, str | None], ...] | None = None
    """The names of the columns in their order, each with its label or None; None: all of them."""
    filters: Filters = field(default_factory=Filters)
    period: Period | None = None
    appearance: Appearance = field(default_factory=Appearance)
    notes: tuple[str, ...] = ()
    """What the configuration holds that an export passes over, a sentence each."""


_LEARNER = tuple(ExportColumn(name, Kind.TEXT) for name in LEARNER_COLUMNS)
_NOT_ATTEMPTED = MappingProxyType({Status.NOT_ATTEMPTED: "not attempted"})

COLUMNS: Mapping[Provider, tuple[ExportColumn, ...]] = MappingProxyType(
    {
        Provider.TRACKING: (
            *_LEARNER,
            ExportColumn("lovCode", Kind.TEXT),
            ExportColumn("lovGuid", Kind.TEXT),
            ExportColumn("sessionGuid", Kind.TEXT),
            ExportColumn("sessionId", Kind.INTEGER),
            ExportColumn("sessionTitle", Kind.TEXT),
            ExportColumn("trainingPathCode", Kind.TEXT),
            ExportColumn("trainingId", Kind.INTEGER),
            ExportColumn("firstAccessDate", Kind.DATETIME),
            ExportColumn("lastAccessDate", Kind.DATETIME),
            ExportColumn("firstCompletionDate", Kind.DATETIME),
            ExportColumn("progression", Kind.NUMBER),
            ExportColumn("trackingStatus", Kind.STATUS),
            ExportColumn("timeSpent", Kind.DURATION),
            ExportColumn("score", Kind.NUMBER),
            ExportColumn("scoreMax", Kind.INTEGER),
        ),
        Provider.REGISTRATIONS: (
            *_LEARNER,
            ExportColumn("registrationGuid", Kind.TEXT),
            ExportColumn("registrationDate", Kind.DATETIME),
            ExportColumn("sessionGuid", Kind.TEXT),
            ExportColumn("sessionTitle", Kind.TEXT),
            ExportColumn("trainingPathCode", Kind.TEXT),
            ExportColumn("trainingTitle", Kind.TEXT),
            ExportColumn("trainingModality", Kind.TEXT),
            ExportColumn("timeGlobal", Kind.DURATION),
            ExportColumn("timeSpentCBT", Kind.DURATION),
            ExportColumn("timeSpentDigital", Kind.DURATION),
            ExportColumn("timeSpent", Kind.DURATION),
            ExportColumn("progression", Kind.NUMBER),
            ExportColumn("progressionMandatory", Kind.NUMBER),
            ExportColumn("nbLO", Kind.INTEGER),
            ExportColumn("nbLOStarted", Kind.INTEGER),
            ExportColumn("nbLOFinished", Kind.INTEGER),
            ExportColumn("status", Kind.STATUS, words=_NOT_ATTEMPTED),
            ExportColumn("firstLaunchDate", Kind.DATETIME),
            ExportColumn("completionTime", Kind.DATETIME),
            ExportColumn("score", Kind.NUMBER),
        ),
        Provider.TRACKING_LOG: (
            *_LEARNER,
            ExportColumn("registrationGuid", Kind.TEXT),
            ExportColumn("sessionGuid", Kind.TEXT),
            ExportColumn("sessionTitle", Kind.TEXT),
            ExportColumn("trainingPathCode", Kind.TEXT),
            ExportColumn("lovCode", Kind.TEXT),
            ExportColumn("lovGuid", Kind.TEXT),
            ExportColumn("date", Kind.DAY),
            ExportColumn("timeSpent", Kind.DURATION),
            ExportColumn("progression", Kind.NUMBER),
        ),
    }
)
"""The columns of each provider in their order."""

PROVIDER_COLUMNS: Mapping[Provider, tuple[str, ...]] = MappingProxyType(
    {provider: tuple(column.name for column in columns) for provider, columns in COLUMNS.items()}
)
"""Their names."""
