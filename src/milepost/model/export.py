"""Exports: what to write, of which period, and the appearance of values."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from milepost.model.columns import COMPLETED_STATUSES, Kind, Status
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.exceptions import UsageError
from milepost.model.file_formats import FileFormat
from milepost.model.job import TimeFormat


class Provider(StrEnum):
    """The rows of an export; the value is the name in an export configuration."""

    TRACKING = "trackingProvider"
    """Tracking rows: one for each registration and learning object version."""
    REGISTRATIONS = "consolidatedTrackingProvider"
    """Registrations, each with its roll-up."""
    TRACKING_LOG = "trackingLogProvider"
    """Days on which a registration spent time on a learning object version."""


@dataclass(frozen=True, slots=True)
class ExportColumn:
    name: str
    kind: Kind
    label: str | None = None
    """The text in the header; None: the name."""
    words: Mapping[Status, str] = field(default_factory=dict)
    """Of a STATUS column: the words of statuses that differ from their own names."""
    source: str = ""
    """Where its values come from: a table and its column, as in `learner.login`. See `model.export_columns`."""
    has_three_words: bool = False
    """Of a STATUS column: whether it has `completed`, `incomplete` and `not attempted` alone."""
    is_instant: bool = False
    """Of a DAY column: whether the source is an instant, whose day in the export's zone is written."""
    takes_text: bool = False
    """Whether the configuration gives it a text of its own, so that it may stand several times."""
    text: str = ""
    """That text."""

    @property
    def heading(self) -> str:
        return self.label or self.name


@dataclass(frozen=True, slots=True)
class Appearance:
    """The format of an exported file and of its values."""

    file_format: FileFormat = FileFormat.CSV
    date_time_format: DateTimeFormat = field(default_factory=lambda: DateTimeFormat.parse("YYYY-MM-DD hh:ii:ss"))
    time_zone: str = "UTC"
    """The TZ database zone of the written local times."""
    time_global_format: TimeFormat = TimeFormat.RAW_SECONDS
    """How a duration is written."""
    status_words: Mapping[Status, str] = field(default_factory=dict)
    """The file's words for statuses; they override those of a column."""
    decimal: str = "."
    """The decimal separator, `.` or `,`."""
    delimiter: str = ","
    """Of CSV: one of `,` `|` `;` tab."""
    encoding: str = "utf-8"
    """Of CSV and TSV: a Python codec name."""
    header: bool = True
    """Whether the first line of CSV, TSV and XLSX has the names of the columns."""
    raw: bool = False
    """Whether texts that a spreadsheet would read as formulas are written unchanged."""
    date_format: DateTimeFormat | None = None
    """Of days; None: the date part of `date_time_format`."""
    status_format: Mapping[Status, str] = field(default_factory=dict)
    """The words for `completed`, `incomplete` and `notAttempted` in columns that have these three alone."""
    training_status_format: Mapping[str, str] = field(default_factory=dict)
    """The words for the states of trainings, by the texts of the store."""
    strip_html: bool = False
    """Whether tags are removed from texts."""
    max_length: int | None = None
    """The most characters of a text; None: all."""


def of_three(status: Status) -> Status:
    """The one of `completed`, `incomplete` and `notAttempted` that a status belongs to."""
    if status in COMPLETED_STATUSES:
        return Status.COMPLETED
    return status if status is Status.NOT_ATTEMPTED else Status.INCOMPLETE


class Scale(StrEnum):
    """The unit of time frames."""

    DAYS = "less_than_n_days"
    MONTHS = "less_than_n_months"
    FULL_MONTHS = "less_than_n_full_months"
    YEARS = "less_than_n_years"
    FULL_YEARS = "less_than_n_full_years"


class PeriodMode(StrEnum):
    """What must be within a period."""

    TIME_SPENT = "timeSpent"
    """The time spent: only time within the period counts."""
    LAST_ACTIVITY = "lastActivity"
    """The last access: rows count with all their time."""
    LAST_ACTIVITY_CUMULATIVE = "lastActivityCumulative"
    """The last access, with classroom and digital time."""


@dataclass(frozen=True, slots=True)
class Period:
    """A period: a number of time frames before `as_of`, or its first and last moment."""

    mode: PeriodMode = PeriodMode.TIME_SPENT
    frames: int | None = None
    scale: Scale | None = None
    since: date | datetime | None = None
    """The first day, or the first moment. Without a zone, it is local time in the export's zone."""
    until: date | datetime | None = None
    """The last day, inclusive, or the end as a moment, exclusive."""
    as_of: date | datetime | None = None
    """The end of the time frames: a moment, or a day, inclusive; None: now."""


def first_moment(given: date | datetime, zone: ZoneInfo) -> datetime:
    """A moment, or midnight of a day, in the zone; a moment without a zone of its own is local there."""
    if not isinstance(given, datetime):
        return datetime(given.year, given.month, given.day, tzinfo=zone)
    return given.replace(tzinfo=zone) if given.tzinfo is None else given.astimezone(zone)


def moment_after(given: date | datetime, zone: ZoneInfo) -> datetime:
    """The end of a period until then: a moment, or midnight after a day, in the zone."""
    return first_moment(given if isinstance(given, datetime) else given + timedelta(days=1), zone)


@dataclass(frozen=True, slots=True)
class Span:
    """What a period covers, in days and in seconds since 1970-01-01T00:00:00Z, the last included; None: no bound."""

    first_day: int | None = None
    last_day: int | None = None
    start: int | None = None
    end: int | None = None


def span(period: Period, zone: str, now: datetime) -> Span:
    """What `period` covers in the time zone `zone`, when it is `now`.

    Frames are counted back from the period's `as_of`, or from `now`: the days after that day minus so many days,
    months or years, clipped to the end of a month; or the current month or year and so many full ones before it. They
    end with `as_of` itself. Raises UsageError for half a period, or one beyond the calendar.
    """
    if (period.frames is None) != (period.scale is None) or (period.frames or 0) < 0:
        raise UsageError("A period of time frames has both a number of them, from 0 up, and a scale.")
    local = ZoneInfo(zone)
    try:
        if period.frames is None or period.scale is None:
            return _between(period.since, period.until, local)
        as_of = period.as_of or now
        # A date alone is that whole day.
        last = as_of if isinstance(as_of, datetime) else datetime.combine(as_of, datetime.max.time())
        last = first_moment(last, local)
        first_day, start = _numbered(first_moment(_first_day(last.date(), period.frames, period.scale), local))
        last_day, end = _numbered(last)
        return Span(first_day, last_day, start, end)
    except OverflowError:
        raise UsageError("The period reaches beyond the years 1 to 9999. Give a shorter one.") from None


def _between(since: date | datetime | None, until: date | datetime | None, zone: ZoneInfo) -> Span:
    """From a day or moment to a day, which is in it, or to a moment, which is not."""
    first_day = last_day = start = end = None
    if since is not None:
        first_day, start = _numbered(first_moment(since, zone))
    if until is not None:
        last_day, end = _numbered(moment_after(until, zone) - timedelta(seconds=1))
    return Span(first_day, last_day, start, end)


def _first_day(today: date, frames: int, scale: Scale) -> date:
    match scale:
        case Scale.DAYS:
            # So many days that there is no such date are all days.
            return today - timedelta(days=min(frames, today.toordinal()) - 1)
        case Scale.MONTHS:
            return _months_before(today, frames) + timedelta(days=1)
        case Scale.YEARS:
            return _months_before(today, 12 * frames) + timedelta(days=1)
        case Scale.FULL_MONTHS:
            return _months_before(today.replace(day=1), frames)
        case Scale.FULL_YEARS:
            return _months_before(today.replace(month=1, day=1), 12 * frames)


def _months_before(day: date, months: int) -> date:
    number = max(day.year * 12 + day.month - 1 - months, 12)
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _numbered(moment: datetime) -> tuple[int, int]:
    """The day of a moment, and the second in UTC, as in `Span`."""
    # In UTC first: a moment before the year 1 there is an OverflowError.
    return (moment.date() - date(1970, 1, 1)).days, int(moment.astimezone(UTC).timestamp() // 1)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows are written: those that meet all conditions. Empty: all."""

    trainings: tuple[str, ...] = ()
    """By path code or GUID."""
    sessions: tuple[str, ...] = ()
    """By title or GUID."""
    learners: tuple[str, ...] = ()
    """By login, reference number, e-mail or GUID."""
    statuses: tuple[Status, ...] = ()
    modalities: tuple[str, ...] = ()
    training_path_codes: tuple[str, ...] = ()
    training_guids: tuple[str, ...] = ()
    session_titles: tuple[str, ...] = ()
    session_guids: tuple[str, ...] = ()
    training_statuses: tuple[str, ...] = ()
    training_publishers: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    """Of learning objects; of a registration: of one that it has tracking of."""
    report_statuses: tuple[Status, ...] = ()
    """Among `completed` (passed too), `incomplete` (failed and browsed too) and `notAttempted`."""
    without_launch_time: bool | None = None
    """False: rows without a first and a last access are left out."""


@dataclass(frozen=True, slots=True)
class ExportJob:
    """An export: its columns, its rows, and their appearance."""

    provider: Provider
    columns: tuple[tuple[str, str | None], ...] | None = None
    """The names of the columns in their order, each with its label or None; None: the usual ones.

    A column that takes a text has it in brackets: `constantValue(EN)`, `templatedValue({1} {0})`."""
    filters: Filters = field(default_factory=Filters)
    period: Period | None = None
    appearance: Appearance = field(default_factory=Appearance)
    guid: str | None = None
    """What the configuration calls it, so that the store knows it again."""
    is_delta: bool = False
    """Whether only what is new since the previous export with this GUID is written."""
    notes: tuple[str, ...] = ()
    """The parts of the configuration that an export passes over, a sentence each."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an export has come: what was written later is new to the next one."""

    run: int
    """The last run before it."""
    registration: int
    """The last registration before it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows to read from a store: filters and period in its terms. None: no condition."""

    provider: Provider
    learners: tuple[int, ...] | None = None
    """By id, as sessions, trainings and registrations."""
    sessions: tuple[int, ...] | None = None
    trainings: tuple[int, ...] | None = None
    registrations: tuple[int, ...] | None = None
    modalities: tuple[str, ...] | None = None
    """As written in the store."""
    statuses: tuple[str, ...] | None = None
    span: Span | None = None
    mode: PeriodMode = PeriodMode.TIME_SPENT
    training_statuses: tuple[str, ...] | None = None
    """As written in the store, as publishers."""
    training_publishers: tuple[str, ...] | None = None
    publishers: tuple[str, ...] | None = None
    is_launched: bool = False
    """Whether rows without a first and a last access are left out."""
    since: Mark | None = None
    """What is new since then; None: everything."""


BY_POINTS = "blendedx"
"""The modality of trainings whose progression depends on points."""

DECIMALS = 6
"""The decimals of a mean. Stores add in different orders, so the last digits of a float differ."""
