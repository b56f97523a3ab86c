"""The settings of an export: one entry each, which XML, single settings and the written XML all go by."""

from __future__ import annotations

from types import MappingProxyType

from milepost.config import names, values
from milepost.config.exports import columns, readers
from milepost.config.settings import NAMED_STATUSES, Home, Setting
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.export import PeriodMode, Scale
from milepost.model.job import TimeFormat
from milepost.model.status import Status

COLUMNS = "columns"
FORMAT = "format"

REPEATABLE = ("training", "session", "learner", "status", "modality")
"""The settings that may stand any number of times: a value has several of them."""

FRAMES = ("timeFrames", "timeFramesScale", "asOf")
"""The settings of a period that is counted back."""
BOUNDS = ("since", "until")
"""The settings of a period that is given by where it begins and ends."""
MODE = "timeFrameMode"

SETTINGS = (
    Setting(COLUMNS, Home.EXPORT_PARAMETERS, columns.listed, columns.text, "columns"),
    Setting("dateTimeFormat", Home.EXPORT_PARAMETERS, DateTimeFormat.parse, str, "appearance.date_time_format"),
    Setting("timeZone", Home.EXPORT_PARAMETERS, values.time_zone, str, "appearance.time_zone"),
    Setting(
        "timeGlobalFormat",
        Home.EXPORT_PARAMETERS,
        values.word_of(TimeFormat, "a time format"),
        str,
        "appearance.time_global_format",
    ),
    *(
        Setting(f"{NAMED_STATUSES}.{status}", Home.EXPORT_PARAMETERS, str, str, f"appearance.status_words.{status}")
        for status in Status
    ),
    Setting("training", Home.EXPORT_PARAMETERS, str, str, "filters.trainings"),
    Setting("session", Home.EXPORT_PARAMETERS, str, str, "filters.sessions"),
    Setting("learner", Home.EXPORT_PARAMETERS, str, str, "filters.learners"),
    Setting("status", Home.EXPORT_PARAMETERS, readers.status, str, "filters.statuses"),
    Setting("modality", Home.EXPORT_PARAMETERS, str, str, "filters.modalities"),
    Setting("timeFrames", Home.EXPORT_PARAMETERS, readers.frames, str, "period.frames"),
    Setting("timeFramesScale", Home.EXPORT_PARAMETERS, values.word_of(Scale, "a scale"), str, "period.scale"),
    Setting(MODE, Home.EXPORT_PARAMETERS, values.word_of(PeriodMode, "a mode"), str, "period.mode"),
    Setting("since", Home.EXPORT_PARAMETERS, readers.moment, str, "period.since"),
    Setting("until", Home.EXPORT_PARAMETERS, readers.moment, str, "period.until"),
    Setting("asOf", Home.EXPORT_PARAMETERS, readers.moment, str, "period.as_of"),
    Setting(FORMAT, Home.EXPORT_ACTION, values.file_format, str, "appearance.file_format"),
    Setting("encoding", Home.EXPORT_ACTION, values.encoding, str, "appearance.encoding"),
    Setting(
        "delimiter",
        Home.EXPORT_ACTION,
        values.written_delimiter,
        values.delimiter_text,
        "appearance.delimiter",
        literals=frozenset("\t"),
    ),
    Setting("showHeaders", Home.EXPORT_ACTION, values.flag, values.flag_text, "appearance.header"),
    Setting("decimal", Home.EXPORT_ACTION, values.decimal, values.decimal_text, "appearance.decimal"),
    Setting("rawText", Home.EXPORT_ACTION, values.flag, values.flag_text, "appearance.raw"),
)

BY_NAME = MappingProxyType(
    {names.folded(setting.name): setting for setting in SETTINGS}
    # What an import calls it.
    | {"fileencoding": next(setting for setting in SETTINGS if setting.name == "encoding")}
)
