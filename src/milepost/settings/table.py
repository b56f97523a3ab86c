"""The table of settings: XML, options, their help and the pages of the reference are generated from it.

A new setting is one entry here, and the code that uses its value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from milepost.model.columns import IGNORED, LARGEST_INTEGER, TRACKING, VALUE_COLUMNS, Status
from milepost.model.export import PeriodMode, Scale
from milepost.model.job import MEMORY, RULES, CompletionDefault, Limited, Mode, ProgressionUnit, RowRule, TimeFormat
from milepost.model.wording import listed
from milepost.settings import value_kinds
from milepost.settings.setting import Home, Option, Part, Setting, Table
from milepost.settings.value_kinds import Kind

NAMED_STATUSES = "trackingStatus"
COLUMNS_MAPPING = "columnsMapping"
HEADER_MAPPING = "headerMapping"
FIELDS = "fields"
MANDATORY = "mandatory"
MERGE = "merge"
DEFAULT = "default"
VALUES = "values"
FILE_NAME = "fileName"
COLUMNS = "columns"
TEMPLATES = "templates"
REPORT_STATUS = "reportStatus"
DELTA = "deltaMode"
LAUNCHED = "withoutLaunchTime"
PERIOD_MODE = "timeFrameMode"
FORMAT = "format"
DELIMITER = "delimiter"

_AT = {"in": Part.PROVIDER, "act": Part.ACTION, "out": Part.EXPORT_PROVIDER, "file": Part.EXPORT_ACTION}

_MERGE = Option("--merge", "How a stored value and the file's become one, as progression=highest.", "FIELD=RULE", MERGE)
_DEFAULT = Option("--default", "The text of an empty cell, as sessionGuid=s-2024.", "COLUMN=TEXT", DEFAULT)
_VALUES = Option("--values", "What texts of a column are read as, by columns from and to.", "COLUMN=FILE.csv", VALUES)
_WORD = Option("--status-word", "What a status is called, as completed=c.", "STATUS=WORD", NAMED_STATUSES)
_MAP = Option("--map", "What a header means.", '"Header=column"', HEADER_MAPPING)
_IGNORE = Option("--ignore", "A header to skip.", '"Header"', HEADER_MAPPING, IGNORED)
_MODE = Option("--mode", "What an empty or missing cell does to a stored value: reset it, or keep it.", is_strict=True)
_RAW = Option("--raw", "Neither take off nor add apostrophes before =, +, - and @.", value="yes")
_RAW_OUT = Option("--raw", "Leave texts as they are that a spreadsheet would take for formulas.", value="yes")
_FORMER = Option("--former", "Find what was renamed or merged by its former identifiers, too.", value="yes")
_FORMER_TEXT = f"{value_kinds.FLAG.described}: whether [former identifiers](people.md#former-identifiers) count"
_COLUMNS = Option("--columns", "Which columns, in their order, comma separated; each NAME or NAME=label.")
_TIMES = Option("--time-global-format --time-format", "Of durations: {words}.")
_RAW_TEXT = (
    "`yes` or `no`: whether no [apostrophe before formulas](file-format.md#delimited-text) is taken off or added"
)
_HEADER_ROW = "the line on which the header stands, from 1 up; what is above is not read"
_PADS = f"{value_kinds.FLAG.described}: whether rows that are too short are filled with empty cells"
_MEMORY = "--memory: How much data the import holds in memory at once; the rest is on disk."
_MEMORY_TEXT = f"{value_kinds.SIZE.described}: how much data is held in memory at once; it changes no result"
_TWO_DEFAULTS = "`semicolon`; without a configuration `detect`"
_DATES_TOO = "as `dateTimeFormat`; serves when there is no `dateTimeFormat`"
_ALL_COLUMNS = "all, in the order of [exports.md](exports.md#columns)"
_NEWER = "`always`, or `newer`: rows whose last access is before the stored one are left out"
_HELD = {
    Limited.REJECTED: ("rejected", "the most rows that may be rejected: a number, or a percentage of the file's rows"),
    Limited.DELETED: ("deleted", "the most rows that may be deleted, likewise"),
    Limited.REGRESSED: (
        "set back",
        "the most rows that may be set back; what that is, [commands.md](commands.md#what-would-change) says",
    ),
    Limited.RESET: ("emptied in a field", "the most rows of which a value may be reset"),
    Limited.SHRUNK: (
        "missing, beside the last import with the same configuration",
        "the most rows that a file may have less than the last one that was imported with the same configuration",
    ),
    Limited.CHANGED: ("given other values", "the most rows that may be given other values"),
}


def _plain(option: str) -> Option:
    flags, _, help_ = option.partition(": ")
    return Option(flags, help_)


class _Row(Setting):
    """A setting whose homes are added one by one."""

    def at(self, where: str, *options: Option | str, default: str | None = None, **more: Any) -> _Row:  # noqa: ANN401 - as Home has them
        """The setting with another home: `where` is its part and its place, as `in reading.raw`.

        An option without anything special is a text: its flags, and after a colon its help.
        """
        part, _, place = where.partition(" ")
        found = tuple(_plain(one) if isinstance(one, str) else one for one in options)
        return replace(self, homes=(*self.homes, Home(_AT[part], place, found, default=default, **more)))


def _word(status: Status) -> Setting:
    name, own = f"{NAMED_STATUSES}.{status}", "the statuses' own names"
    row = _Row(name, value_kinds.WORD, "c" if status is Status.COMPLETED else "")
    row = row.at("act parameters.status_words", default=own, key=status)
    return row.at("out appearance.status_words", _WORD, default=own, key=status)


def _merge(column: str) -> Setting:
    rules = value_kinds.choice(f"a merge rule of {column}", {rule.value: rule for rule in RULES[column]})
    text = f"an element `merge`: {listed((f'`{word}`' for word in rules.words), 'or')}; see [Merging](#merging)"
    example = (rules.words[3:] or rules.words[1:])[0]
    row = _Row(f"{column}.{MERGE}", rules, example, text)
    return row.at("act merge", _MERGE, default="replace", key=column)


def _default(column: str) -> Setting:
    example = "s-2024" if column == "sessionGuid" else ""
    row = _Row(f"{column}.{DEFAULT}", Kind("an element `default`: the text of an empty cell"), example)
    return row.at("act parameters.defaults", _DEFAULT, default="none", key=column)


def _values(column: str) -> Setting:
    row = _Row(f"{column}.{VALUES}", value_kinds.VALUES)
    return row.at("act parameters.values", _VALUES, default="none", key=column)


def _limit(limited: Limited) -> Setting:
    done, text = _HELD[limited]
    option = f"--max-{limited}: Hold the import when more rows than that would be {done}."
    row = _Row(f"max{limited.title()}", value_kinds.LIMIT, "1%", text)
    return row.at("act limits", option, default="no limit", key=limited)


def _filter(
    name: str, place: str, kind: Kind, help_: str, example: str, described: str = "", synonym: str | None = None
) -> Setting:
    options = (f"--{name}: {help_}",) if help_ else ()
    row = _Row(name, kind, example, described, synonym=synonym)
    return row.at(f"out filters.{place}", *options, default="all", implied=())


def _report_word(status: Status) -> Setting:
    row = _Row(f"statusFormat.{status}", _REPORT_WORD, "C" if status is Status.COMPLETED else "")
    return row.at("out appearance.status_format", default=_OWN_THREE, key=status)


def _training_word(name: str, stored: str) -> Setting:
    row = _Row(f"trainingStatusFormat.{name}", _TRAINING_WORD, "Open" if name == "published" else "")
    return row.at("out appearance.training_status_format", default="the texts of the store", key=stored)


def _some(what: str, metavar: str = "NAME") -> Kind:
    return Kind(f"{what}; repeatable", metavar=metavar, repeats=True)


_LEARNER = _some("a log-in name, reference number, e-mail or GUID")
_FRAMES = value_kinds.whole(0, described="how many time frames: a whole number from 0, up to a hundred years")
_SCALE = value_kinds.words_of(Scale, "a scale", "SCALE")
_PERIOD_MODE = value_kinds.words_of(PeriodMode, "a mode", "MODE")
_UNTIL = "a day, which is in the period, or a moment, which is not"
_AS_OF = "the day or the moment that `timeFrames` are counted back from"
_SINCE_HELP = "--since: From this day or moment on, as 2024-01-31 or 2024-01-31T08:00."
_UNTIL_HELP = "--until: To the end of this day, or up to this moment."
_FRAMES_HELP = "--time-frames: The last N time frames, instead of --since and --until."
_MODE_HELP = "--time-frame-mode: What must be in the period: {words}."

_REPORT_WORD = Kind("an element for each of `completed`, `incomplete` and `notAttempted`: its word in `status`")
_OWN_THREE = "their names, with a blank in `not attempted`"
_TRAINING_WORD = Kind("elements `underConstruction`, `published` and `archived`: their words in `trainingStatus`")
_PUBLISHERS = "publishers of learning objects, comma separated, as the store has them"
_NO_LAUNCH = f"{value_kinds.FLAG.described}; `no` leaves out rows without a first and a last access"
_DELTA_TEXT = f"{value_kinds.FLAG.described}: whether only [what is new](#only-what-is-new) is written"
_MODES = value_kinds.several(_PERIOD_MODE, f"{_PERIOD_MODE.described}; of several, the first")

LACKING = (
    *("catalogVisibility", "entityIds", "learnersSmartGroups", "ancestorsWithCurrent", "preferredLocales"),
    *("onlyFromImportedRegistrations", "onlyFromImportedSessions", "onlyFromImportedTraining"),
    *("onlyHrisSelectedItems", "activityType"),
)
"""The parameters of the vendor's exports that have no counterpart."""

_EXPORT_SETTINGS = (
    _Row(COLUMNS, value_kinds.LABELLED, "candidateLogin=Login,score").at(
        "out columns", _COLUMNS, default=_ALL_COLUMNS, is_outside=True
    ),
    _filter("training", "trainings", _some("a path code or GUID", "CODE"), "Of this path code or GUID.", "ONB-2024"),
    _filter("session", "sessions", _some("a title or GUID", "TITLE"), "Of this title or GUID.", "Spring"),
    _filter("learner", "learners", _LEARNER, "Of this login, reference number, e-mail or GUID.", "ada"),
    _filter("status", "statuses", value_kinds.STATUS, "With this status by its own name.", "completed"),
    _filter(
        "modality",
        "modalities",
        _some("a modality of trainings"),
        "Of trainings of this modality.",
        "blendedx",
        synonym="trainingModalityFormat",
    ),
    _filter("trainingPathCode", "training_path_codes", _some("a path code"), "", "ONB-2024"),
    _filter("trainingGuid", "training_guids", _some("a GUID"), "", "9f3c"),
    _filter("sessionTitle", "session_titles", _some("a title"), "", "Spring"),
    _filter("sessionGuid", "session_guids", _some("a GUID"), "", "s-2024"),
    _filter("trainingStatus", "training_statuses", value_kinds.TEXTS, "", "P,A"),
    _filter("trainingPublishers", "training_publishers", value_kinds.TEXTS, "", "Acme"),
    _filter("publishers", "publishers", value_kinds.TEXTS, "", "Acme", _PUBLISHERS),
    _filter(REPORT_STATUS, "report_statuses", value_kinds.REPORT_STATUSES, "", "completed,incomplete"),
    _Row(LAUNCHED, value_kinds.FLAG, "no", _NO_LAUNCH).at("out filters.without_launch_time", default="all rows"),
    _Row(DELTA, value_kinds.FLAG, "", _DELTA_TEXT).at("out is_delta", default="`no`", implied=False),
    _Row(TEMPLATES, value_kinds.TEMPLATES).at("out", default="none"),
    _Row("timeFrames", _FRAMES, "3").at("out period.frames", _FRAMES_HELP, default="no period"),
    _Row("timeFramesScale", _SCALE, "less_than_n_days").at(
        "out period.scale", "--time-frames-scale: What is counted: {words}.", default="none"
    ),
    _Row(PERIOD_MODE, _MODES, "lastActivity", synonym="timeFrameScaleMode").at(
        "out period.mode", _MODE_HELP, default="`timeSpent`"
    ),
    _Row("since", value_kinds.MOMENT, "2024-01-01").at("out period.since", _SINCE_HELP, default="no bound"),
    _Row("until", value_kinds.MOMENT, "2024-01-31", _UNTIL).at("out period.until", _UNTIL_HELP, default="no bound"),
    _Row("asOf", value_kinds.MOMENT, "2024-05-28", _AS_OF).at(
        "out period.as_of", "--as-of: Where the time frames end; now unless said.", default="now"
    ),
)

_FILE_SETTINGS = (
    _Row(FILE_NAME, Kind("a name with `*`, `?`, `[…]` as in a shell")).at("in", default="none"),
    _Row(FORMAT, value_kinds.FILE_FORMAT, "xlsx").at(
        "file appearance.file_format", "--format: {words}; by the file's ending."
    ),
    _Row("skipFirstLine", value_kinds.FLAG, "no").at("in reading.skip_first_line"),
    _Row("headerRow", value_kinds.whole(1, LARGEST_INTEGER), "5", _HEADER_ROW, is_for_loads=True).at(
        "in reading.header_row"
    ),
    _Row("skipRows", value_kinds.SKIP, '"candidateLogin=Total"', is_for_loads=True).at(
        "in reading.skip_rows", "--skip: Rows to skip, by the text of a cell.", default="none"
    ),
    _Row("padShortRows", value_kinds.FLAG, "yes", _PADS, is_for_loads=True).at("in reading.pad_short_rows"),
    _Row("fileEncoding", value_kinds.ENCODING, "windows-1252", is_for_loads=True).at(
        "in reading.encoding", "--encoding: Such as UTF-8 or windows-1252.", default="`UTF-8`"
    ),
    _Row(
        "encoding",
        value_kinds.ENCODING,
        "windows-1252",
        f"{value_kinds.ENCODING.described}; for `csv` and `tsv`",
        synonym="fileEncoding",
    ).at("file appearance.encoding", "--encoding: Of CSV and TSV, such as UTF-8 or windows-1252.", default="`UTF-8`"),
    _Row("delimiter", value_kinds.DETECTED_DELIMITER, "comma", is_for_loads=True).at(
        "in reading.delimiter", "--delimiter: {words}.", default=_TWO_DEFAULTS, configured=";"
    ),
    _Row("delimiter", value_kinds.DELIMITER, "pipe", f"{value_kinds.DELIMITER.described}; for `csv`").at(
        "file appearance.delimiter", "--delimiter: Of CSV: {words}."
    ),
    _Row("showHeaders", value_kinds.FLAG, "no", f"{value_kinds.FLAG.described}; `no` for `csv`, `tsv` and `xlsx`").at(
        "file appearance.header", "--header/--no-header: Whether the first line names the columns."
    ),
    _Row("sheet", Kind("the name of a spreadsheet's sheet"), '"Year 1"', is_for_loads=True).at(
        "in reading.sheet", "--sheet: The sheet of a spreadsheet; the first one unless named.", default="the first"
    ),
    _Row("rawText", value_kinds.FLAG, "yes", _RAW_TEXT, is_for_loads=True)
    .at("in reading.raw", _RAW)
    .at("file appearance.raw", _RAW_OUT),
    _Row("decimal", value_kinds.READ_DECIMAL, "comma", is_for_loads=True).at("in parameters.decimal"),
    _Row("decimal", value_kinds.DECIMAL, "comma").at("file appearance.decimal", "--decimal: {words}."),
    _Row("thousands", value_kinds.THOUSANDS, "comma", is_for_loads=True).at("in parameters.thousands"),
    # Of two settings with one place the later one has it.
    _Row("dateFormat", value_kinds.DATE_FORMAT, "DD/MM/YYYY", _DATES_TOO, is_for_loads=True).at(
        "in parameters.date_time_format", default="none"
    ),
    _Row(
        COLUMNS_MAPPING,
        value_kinds.COLUMNS,
        "candidateLogin,ignoredColumn,lovCode",
        "column elements, in the file's order",
    ).at("in reading.columns", default="the first line names the columns"),
    _Row(HEADER_MAPPING, value_kinds.HEADERS, is_for_loads=True).at(
        "in reading.header_map", _MAP, _IGNORE, default="none"
    ),
)

_VALUE_SETTINGS = (
    _Row("dateTimeFormat", value_kinds.DATE_FORMAT, "DD/MM/YYYY", is_for_loads=True).at(
        "act parameters.date_time_format"
    ),
    _Row("dateTimeFormat", value_kinds.WRITTEN_DATE_FORMAT, "DD/MM/YYYY").at(
        "out appearance.date_time_format", "--date-time-format: Such as DD/MM/YYYY HH:II:SS."
    ),
    _Row(
        "dateFormat",
        value_kinds.WRITTEN_DAY_FORMAT,
        "DD/MM/YYYY",
        f"{value_kinds.WRITTEN_DAY_FORMAT.described}; of days",
    ).at("out appearance.date_format", default="the date part of `dateTimeFormat`"),
    _Row("defaultTime", value_kinds.TIME, "08:00:00", is_for_loads=True).at("act parameters.default_time"),
    _Row("timeZone", value_kinds.ZONE, "Europe/Paris", is_for_loads=True)
    .at("act parameters.time_zone")
    .at("out appearance.time_zone", "--time-zone: Whose local time is written, such as Europe/Paris."),
    _Row("timeGlobalFormat", value_kinds.words_of(TimeFormat, "a time format", "FORMAT"), "padded", is_for_loads=True)
    .at("act parameters.time_global_format")
    .at("out appearance.time_global_format", _TIMES),
    _Row("progressionUnit", value_kinds.words_of(ProgressionUnit, "a unit of progression"), "fraction").at(
        "act parameters.progression_unit"
    ),
    _Row("defaultScoreMax", value_kinds.whole(1, LARGEST_INTEGER), "20").at("act parameters.default_score_max"),
    *map(_word, Status),
    *map(_report_word, (Status.COMPLETED, Status.INCOMPLETE, Status.NOT_ATTEMPTED)),
    *(_training_word(*one) for one in (("underConstruction", "C"), ("published", "P"), ("archived", "A"))),
    _Row("stripHTML", value_kinds.FLAG, "yes", f"{value_kinds.FLAG.described}: whether tags are removed from texts").at(
        "out appearance.strip_html"
    ),
    _Row("maxLength", value_kinds.whole(1, LARGEST_INTEGER), "100", "the most characters of a text").at(
        "out appearance.max_length", default="no limit"
    ),
    _Row("nullMarkers", value_kinds.WORDS, "N/A", is_for_loads=True).at(
        "act parameters.null_markers", default="none", implied=()
    ),
)

_IMPORT_SETTINGS = (
    _Row("updateMode", value_kinds.words_of(Mode, "an update mode", "replace|patch"), "patch").at("act mode", _MODE),
    _Row(
        "completionDateDefault",
        value_kinds.words_of(CompletionDefault, "a default of the completion date"),
        "lastAccess",
    ).at("act completion_default"),
    _Row(MERGE, value_kinds.words_of(RowRule, "a merge rule of rows"), "newer", _NEWER).at(
        "act row_rule", _MERGE, implied=RowRule.ALWAYS
    ),
    *map(_merge, VALUE_COLUMNS),
    _Row("formerIdentifiers", value_kinds.FLAG, "yes", _FORMER_TEXT).at(
        "act former", _FORMER, default="`no`", implied=False
    ),
    *(setting(column.name) for column in TRACKING.columns for setting in (_default, _values)),
    *map(_limit, Limited),
    _Row("minRows", value_kinds.whole(0), "1", "the fewest rows that a file may have").at(
        "act min_rows", "--min-rows: Hold the import when the file has fewer rows.", default="0", implied=0
    ),
    _Row("memory", value_kinds.SIZE, "2GB", _MEMORY_TEXT).at("act memory", _MEMORY, default="`400MB`", implied=MEMORY),
    _Row(FIELDS, value_kinds.COLUMNS, "candidateLogin,lovCode", "elements of the columns that are used").at(
        "act fields", default="all of the file's columns", is_outside=True
    ),
    _Row(MANDATORY, value_kinds.COLUMN_SET, "candidateLogin,lovCode").at("act mandatory", default="none"),
)

TABLE = Table((*_EXPORT_SETTINGS, *_FILE_SETTINGS, *_VALUE_SETTINGS, *_IMPORT_SETTINGS))
"""Every setting, in the order in which they are written."""
