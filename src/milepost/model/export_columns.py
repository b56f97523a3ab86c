"""The columns of exports, one entry each: its name, its kind, and its source, if it has one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from milepost.model.columns import STORED, Kind, Status
from milepost.model.export import ExportColumn, Provider

CONSTANT = "constant"
"""The source of a column that has the same text in each row."""
TEMPLATE = "template"
"""The source of a column that is composed of others, which the text names by their numbers from 0: `{2} {1}`."""
NO_COUNTERPART = ""
"""The source of a column of which a store holds nothing: it is written empty."""
TEMPLATED = "templatedValue"
PLACES = re.compile(r"\{([0-9]{1,6})\}")
"""Where a template has a column."""
COMPLETED_AT = "tracking.completed_at"
"""The last access to what is at 100 percent: no column of the table, but computed."""


def is_stored(column: ExportColumn) -> bool:
    """Whether the values of a column come from the store."""
    return column.source not in (CONSTANT, TEMPLATE, NO_COUNTERPART)


def spelled(name: str, text: str) -> str:
    """The name of a column that has a text of its own, as settings and jobs have it: `constantValue(EN)`."""
    return f"{name}({text})" if text else name


def parted(name: str) -> tuple[str, str]:
    """The name of a column, and its own text if it has one: the opposite of `spelled`."""
    plain, is_open, text = name.partition("(")
    return plain.strip(), text.removesuffix(")") if is_open else ""


def _from(source: str, name: str, kind: Kind = Kind.TEXT) -> ExportColumn:
    words = {Status.NOT_ATTEMPTED: "not attempted"} if name == "status" else {}
    is_instant = kind is Kind.DAY and not source.startswith("log.")
    return ExportColumn(name, kind, words=words, source=source, has_three_words=name == "status", is_instant=is_instant)


def _lacking(names: str) -> tuple[ExportColumn, ...]:
    return tuple(ExportColumn(name, Kind.TEXT, source=NO_COUNTERPART) for name in names.split())


_LEARNER = (
    _from("learner.login", "candidateLogin"),
    _from("learner.reference_number", "candidateRefNumber"),
    _from("learner.email", "candidateEmail"),
)
_OBJECT = (_from("learning_object_version.code", "lovCode"), _from("learning_object_version.guid", "lovGuid"))
_REGISTRATION = _from("registration.guid", "registrationGuid")
_SESSION = (_from("session.guid", "sessionGuid"), _from("session.title", "sessionTitle"))
_PATH = _from("training.path_code", "trainingPathCode")

_MORE = (
    _from("learner.id", "candidateId", Kind.INTEGER),
    _from("learner.guid", "candidateGuid"),
    _from("learner.name", "candidateName"),
    _from("learner.first_name", "candidateFirstname"),
    _from("learner.time_zone", "candidateTimeZone"),
    _from("training.id", "trainingId", Kind.INTEGER),
    _from("training.guid", "trainingGuid"),
    _from("training.title", "trainingTitle"),
    _from("training.modality", "trainingModality"),
    _from("training.publisher", "trainingPublisher"),
    _from("training.status", "trainingStatus"),
    _from("training.duration", "trainingDuration"),
    _from("session.id", "sessionId", Kind.INTEGER),
    _from("session.starts_at", "sessionStartDate", Kind.DAY),
    _from("session.ends_at", "sessionEndDate", Kind.DAY),
    _REGISTRATION,
    _from("registration.registered_at", "registrationDate", Kind.DATETIME),
    ExportColumn("constantValue", Kind.TEXT, source=CONSTANT, takes_text=True),
    ExportColumn(TEMPLATED, Kind.TEXT, source=TEMPLATE, takes_text=True),
    ExportColumn("candidateCustomFieldGuid", Kind.TEXT, source=NO_COUNTERPART, takes_text=True),
    *_lacking("candidateSmartgroups candidateEntityAncestors candidateEntityName candidatePresentation"),
    *_lacking("trainingChapters catalogVisibility"),
)
"""The columns that every provider has, if they are named."""

_MORE_OF_OBJECTS = (
    _from("learning_object_version.guid", "contentGuid"),
    _from("learning_object_version.code", "contentRefNumber"),
    _from("learning_object_version.title", "contentTitle"),
    _from("learning_object_version.locale", "contentLocale"),
    _from("learning_object_version.object_guid", "learningObjectGuid"),
    _from("learning_object_version.publisher", "learningObjectPublisher"),
    _from(COMPLETED_AT, "learningObjectRealCompletionTime", Kind.DATETIME),
    _from("training_content.folder", "trainingContentFolder"),
    _from("training_content.mandatory", "trainingContentMandatory", Kind.FLAG),
    _from("tracking.first_access_at", "firstLaunchDate", Kind.DATETIME),
    _from("tracking.last_access_at", "completionTime", Kind.DATETIME),
    _from("tracking.first_completed_at", "firstCompletionDate", Kind.DATETIME),
    _from("tracking.score", "score", Kind.NUMBER),
    _from("tracking.status", "status", Kind.STATUS),
    *_lacking("reportId reportGuid"),
)

COLUMNS: Mapping[Provider, tuple[ExportColumn, ...]] = MappingProxyType(
    {
        Provider.TRACKING: (
            *_LEARNER,
            *_OBJECT,
            _SESSION[0],
            _from("session.id", "sessionId", Kind.INTEGER),
            _SESSION[1],
            _PATH,
            _from("training.id", "trainingId", Kind.INTEGER),
            *(_from(f"tracking.{stored}", column.name, column.kind) for stored, (column, _) in STORED.items()),
        ),
        Provider.REGISTRATIONS: (
            *_LEARNER,
            _REGISTRATION,
            _from("registration.registered_at", "registrationDate", Kind.DATETIME),
            *_SESSION,
            _PATH,
            _from("training.title", "trainingTitle"),
            _from("training.modality", "trainingModality"),
            _from("rollup.time_global", "timeGlobal", Kind.DURATION),
            _from("rollup.time_spent_cbt", "timeSpentCBT", Kind.DURATION),
            _from("rollup.time_spent_digital", "timeSpentDigital", Kind.DURATION),
            _from("rollup.time_spent", "timeSpent", Kind.DURATION),
            _from("rollup.progression", "progression", Kind.NUMBER),
            _from("rollup.progression_mandatory", "progressionMandatory", Kind.NUMBER),
            _from("rollup.learning_objects", "nbLO", Kind.INTEGER),
            _from("rollup.started", "nbLOStarted", Kind.INTEGER),
            _from("rollup.finished", "nbLOFinished", Kind.INTEGER),
            _from("rollup.status", "status", Kind.STATUS),
            _from("rollup.first_access_at", "firstLaunchDate", Kind.DATETIME),
            _from("rollup.last_access_at", "completionTime", Kind.DATETIME),
            _from("rollup.score", "score", Kind.NUMBER),
        ),
        Provider.TRACKING_LOG: (
            *_LEARNER,
            _REGISTRATION,
            *_SESSION,
            _PATH,
            *_OBJECT,
            _from("log.day", "date", Kind.DAY),
            _from("log.time_spent", "timeSpent", Kind.DURATION),
            _from("log.progression", "progression", Kind.NUMBER),
        ),
    }
)
"""The usual columns of each provider in their order. The sources are tables of the store, `rollup` (what the tracking
of a registration amounts to), and `log` (all days of all logs)."""

_NAMED: Mapping[Provider, tuple[ExportColumn, ...]] = {
    Provider.TRACKING: (*_MORE, *_MORE_OF_OBJECTS, _from("tracking.time_spent", "timeGlobal", Kind.DURATION)),
    Provider.REGISTRATIONS: (
        *_MORE,
        _from("rollup.first_completed_at", "firstCompletionDate", Kind.DATETIME),
        _from("rollup.time_spent_cbt", "timeSpentCB", Kind.DURATION),
        *_lacking("lastPlatformAccessDate thresholdReachedDate scoreNPS"),
    ),
    Provider.TRACKING_LOG: (
        *_MORE,
        *_MORE_OF_OBJECTS,
        _from("log.day", "logDate", Kind.DAY),
        _from("log.time_spent", "timeGlobal", Kind.DURATION),
    ),
}


def _by_name(*columns: Iterable[ExportColumn]) -> dict[str, ExportColumn]:
    found: dict[str, ExportColumn] = {}
    for some in columns:
        for column in some:
            found.setdefault(column.name, column)
    return found


BY_NAME: Mapping[Provider, Mapping[str, ExportColumn]] = MappingProxyType(
    {provider: MappingProxyType(_by_name(usual, _NAMED[provider])) for provider, usual in COLUMNS.items()}
)
"""Every column that each provider has, the usual ones first."""

_ORDER = ("learner.login_key", "session.guid_key", "learning_object_version.guid_key")
ORDER: Mapping[Provider, tuple[str, ...]] = MappingProxyType(
    {
        Provider.TRACKING: _ORDER,
        Provider.REGISTRATIONS: _ORDER[:2],
        Provider.TRACKING_LOG: (*_ORDER, "log.day"),
    }
)
"""The sources that order the rows of each provider; texts are ordered by code points."""
