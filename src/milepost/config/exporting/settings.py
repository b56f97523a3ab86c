"""The settings of an export: one entry each, which XML and single settings both go by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from milepost.config import names
from milepost.config import values as common
from milepost.config.exporting import values
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.export import FileFormat, PeriodMode, Scale
from milepost.model.job import TimeFormat
from milepost.model.status import Status


class Home(Enum):
    """Where a setting stands in the XML."""

    PARAMETERS = "<parameters> of the provider"
    FILE = "<fileExportAction>"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, how its text is read, and where its value lands."""

    name: str
    """A name with a dot is an element inside an element."""
    home: Home
    read: Callable[[str], Any]
    """From text to value; a ValueError says what is wrong."""
    place: str
    """A part of an `ExportJob` and its attribute, and after a further dot the key in the mapping that it holds."""
    is_list: bool = False
    """Whether it may be given any number of times."""
    literals: frozenset[str] = frozenset()
    """Values that are nothing but white space."""


WORDS = "trackingStatus"
COLUMNS = "columns"

SETTINGS = (
    Setting("dateTimeFormat", Home.PARAMETERS, DateTimeFormat.parse, "appearance.date_time_format"),
    Setting("timeZone", Home.PARAMETERS, common.time_zone, "appearance.time_zone"),
    Setting(
        "timeGlobalFormat",
        Home.PARAMETERS,
        common.word_of(TimeFormat, "a time format"),
        "appearance.time_global_format",
    ),
    *(Setting(f"{WORDS}.{status}", Home.PARAMETERS, str, f"appearance.status_words.{status}") for status in Status),
    Setting("training", Home.PARAMETERS, str, "filters.trainings", is_list=True),
    Setting("session", Home.PARAMETERS, str, "filters.sessions", is_list=True),
    Setting("learner", Home.PARAMETERS, str, "filters.learners", is_list=True),
    Setting("status", Home.PARAMETERS, values.status, "filters.statuses", is_list=True),
    Setting("modality", Home.PARAMETERS, str, "filters.modalities", is_list=True),
    Setting("timeFrames", Home.PARAMETERS, values.frames, "period.frames"),
    Setting("timeFramesScale", Home.PARAMETERS, common.word_of(Scale, "a scale of time frames"), "period.scale"),
    Setting("timeFrameMode", Home.PARAMETERS, common.word_of(PeriodMode, "a mode of time frames"), "period.mode"),
    Setting("since", Home.PARAMETERS, values.moment, "period.since"),
    Setting("until", Home.PARAMETERS, values.moment, "period.until"),
    Setting("asOf", Home.PARAMETERS, values.moment, "period.as_of"),
    Setting("format", Home.FILE, common.word_of(FileFormat, "a file format"), "appearance.file_format"),
    Setting("encoding", Home.FILE, common.encoding, "appearance.encoding"),
    Setting("delimiter", Home.FILE, values.delimiter, "appearance.delimiter", literals=frozenset("\t")),
    Setting("showHeaders", Home.FILE, common.flag, "appearance.header"),
    Setting("decimal", Home.FILE, common.decimal, "appearance.decimal"),
    Setting("rawText", Home.FILE, common.flag, "appearance.raw"),
)

BY_NAME = MappingProxyType({names.folded(setting.name): setting for setting in SETTINGS})
