"""The settings of an import: one entry each, which XML, single settings and the written XML all go by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

from milepost.config import columns, names, values
from milepost.config.remarks import Remarks
from milepost.model.changes import Limited
from milepost.model.columns import VALUE_COLUMNS
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.job import Mode, TimeFormat
from milepost.model.merging import RowRule
from milepost.model.status import Status


class Home(Enum):
    """Where a setting stands in the XML."""

    PROVIDER = "the provider"
    ACTION = "<parameters> of the action"
    EXPORT_PARAMETERS = "<parameters> of the provider"
    EXPORT_ACTION = "<fileExportAction>"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, how its text is read and written, and where its value lands."""

    name: str
    """A name with a dot is an element inside an element."""
    home: Home
    read: Callable[[str], Any]
    """From text to value; a ValueError says what is wrong."""
    write: Callable[[Any], str]
    """From value to text."""
    place: str
    """The attribute of a `Job`, and after a further dot the key in the mapping it holds."""
    configured: Any = None
    """The value when there is a configuration that does not say; None: as in a `Job` that nobody configured."""
    names_columns: bool = False
    """Whether the text is a list of column names."""
    literals: frozenset[str] = frozenset()
    """Values that are nothing but white space."""


NAMED_STATUSES = "trackingStatus"
COLUMNS_MAPPING = "columnsMapping"
FIELDS = "fields"
MANDATORY = "mandatory"
MERGE = "merge"

SETTINGS = (
    Setting("skipFirstLine", Home.PROVIDER, values.flag, values.flag_text, "reading.skip_first_line"),
    Setting(COLUMNS_MAPPING, Home.PROVIDER, columns.listed, columns.text, "reading.columns", names_columns=True),
    Setting("fileEncoding", Home.PROVIDER, values.encoding, str, "reading.encoding"),
    Setting(
        "delimiter",
        Home.PROVIDER,
        values.delimiter,
        values.delimiter_text,
        "reading.delimiter",
        configured=";",
        literals=frozenset("\t"),
    ),
    Setting("sheet", Home.PROVIDER, str, str, "reading.sheet"),
    Setting("rawText", Home.PROVIDER, values.flag, values.flag_text, "reading.raw"),
    Setting("decimal", Home.PROVIDER, values.decimal, values.decimal_text, "parameters.decimal"),
    # Of two settings with one place the later one has it.
    Setting("dateFormat", Home.PROVIDER, DateTimeFormat.parse, str, "parameters.date_time_format"),
    Setting("dateTimeFormat", Home.ACTION, DateTimeFormat.parse, str, "parameters.date_time_format"),
    Setting("defaultTime", Home.ACTION, values.default_time, str, "parameters.default_time"),
    Setting("timeZone", Home.ACTION, values.time_zone, str, "parameters.time_zone"),
    Setting(
        "timeGlobalFormat",
        Home.ACTION,
        values.word_of(TimeFormat, "a time format"),
        str,
        "parameters.time_global_format",
    ),
    Setting("defaultScoreMax", Home.ACTION, values.maximum_score, str, "parameters.default_score_max"),
    *(
        Setting(f"{NAMED_STATUSES}.{status}", Home.ACTION, str, str, f"parameters.status_words.{status}")
        for status in Status
    ),
    Setting("updateMode", Home.ACTION, values.word_of(Mode, "an update mode"), str, "mode"),
    Setting(MERGE, Home.ACTION, values.word_of(RowRule, "a merge rule of rows"), str, "row_rule"),
    *(
        Setting(f"{column}.{MERGE}", Home.ACTION, values.merge_rule(column), str, f"merge.{column}")
        for column in VALUE_COLUMNS
    ),
    *(Setting(f"max{limited.title()}", Home.ACTION, values.limit, str, f"limits.{limited}") for limited in Limited),
    Setting(FIELDS, Home.ACTION, columns.listed, columns.text, "fields", names_columns=True),
    Setting(MANDATORY, Home.ACTION, columns.mandatory, columns.text, "mandatory"),
)

BY_NAME = MappingProxyType({names.folded(setting.name): setting for setting in SETTINGS})


@dataclass(frozen=True, slots=True)
class Given:
    """A setting's value, and where it was given."""

    value: Any
    line: int | None
    """None: by the caller."""


@dataclass(slots=True)
class Bag:
    """The settings that one source gives; what is wrong with them goes to `remarks`."""

    remarks: Remarks
    given: dict[str, Given] = field(default_factory=dict)
    """By the setting's name."""
    broken: set[str] = field(default_factory=set)
    """The names of settings with a mistake: what depends on them is not judged."""
    mandatory_lines: dict[str, int] = field(default_factory=dict)
    """The line of each mandatory field that has one of its own."""
    header_map: dict[str, str] = field(default_factory=dict)
    header_ignore: set[str] = field(default_factory=set)

    def put_text(self, setting: Setting, text: str, line: int | None) -> None:
        """Reads `text` as the value of `setting`; an empty text is no value."""
        if text not in setting.literals:
            text = text.strip()
        if not text:
            return
        try:
            value = setting.read(text)
        except ValueError as error:
            self.refuse(setting.name, line, str(error))
            return
        if setting.names_columns:
            for name in text.split(","):
                columns.note_passed_over(name, self.remarks)
        self.put(setting, value, line)

    def put(self, setting: Setting, value: object, line: int | None) -> None:
        """Takes a value of `setting`; a second one that is written otherwise, letter case apart, is a mistake."""
        before = self.given.setdefault(setting.name, Given(value, line))
        if setting.write(before.value).casefold() != setting.write(value).casefold():
            where = "" if before.line is None else f" on line {before.line}"
            self.refuse(setting.name, line, f"it has another value already{where}; keep one of the two")

    def refuse(self, name: str, line: int | None, message: str) -> None:
        """Adds a mistake about the setting `name`."""
        self.broken.add(name)
        self.remarks.mistake(line, f"{label(name, line)}: {message}")


def label(name: str, line: int | None) -> str:
    """How a message calls the setting `name`: the element on a line, or the setting that the caller gave."""
    return f"setting {name}" if line is None else f"<{name.rpartition('.')[2]}>"
