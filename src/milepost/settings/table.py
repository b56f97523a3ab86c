"""The table of settings. XML, options, their help and the pages of the reference all go by it.

A new setting is one entry here, and the code that uses its value.
"""

from __future__ import annotations

from typing import Any

from milepost.model.changes import Limited
from milepost.model.columns import IGNORED, LARGEST_INTEGER, VALUE_COLUMNS
from milepost.model.export import ExportJob, PeriodMode, Provider, Scale
from milepost.model.job import Job, Mode, TimeFormat
from milepost.model.merging import RULES, RowRule
from milepost.model.status import Status
from milepost.model.wording import listed
from milepost.settings import kinds
from milepost.settings.kinds import Kind
from milepost.settings.setting import Home, JobKind, Option, Part, Setting, Table

NAMED_STATUSES = "trackingStatus"
COLUMNS_MAPPING = "columnsMapping"
HEADER_MAPPING = "headerMapping"
FIELDS = "fields"
MANDATORY = "mandatory"
MERGE = "merge"
FILE_NAME = "fileName"
COLUMNS = "columns"
FORMAT = "format"

BLANK: dict[JobKind, Job | ExportJob] = {JobKind.IMPORT: Job(), JobKind.EXPORT: ExportJob(Provider.TRACKING)}
"""What is asked for where nothing is said."""

_AT = {"in": Part.PROVIDER, "act": Part.ACTION, "out": Part.EXPORT_PROVIDER, "file": Part.EXPORT_ACTION}

_HOW = "How a stored value and the file's become one, as progression=highest."
_MERGE = Option("--merge", _HOW, "FIELD=RULE", MERGE, is_repeatable=True)
_WORD = Option("--status-word", "What a status is called, as completed=c.", "STATUS=WORD", NAMED_STATUSES, None, True)
_MAP = Option("--map", "What a header means.", '"Header=column"', HEADER_MAPPING, is_repeatable=True)
_IGNORE = Option("--ignore", "A header to skip.", '"Header"', HEADER_MAPPING, IGNORED, is_repeatable=True)
_MODE = Option("--mode", "What an empty or missing cell does to a stored value: reset it, or keep it.", is_strict=True)
_COLUMNS = Option(
    "--columns", "Which columns, in their order, comma separated; each NAME or NAME=label.", is_repeatable=True
)
_RAW = Option("--raw", "Neither take off nor add apostrophes before =, +, - and @.", value="yes")
_RAW_OUT = Option("--raw", "Leave texts as they are that a spreadsheet would take for formulas.", value="yes")
_ENCODING = ("--encoding", "Such as UTF-8 or windows-1252.")
_ENCODING_OUT = ("--encoding", "Of CSV and TSV, such as UTF-8 or windows-1252.")
_SHEET = ("--sheet", "The sheet of a spreadsheet; the first one unless named.")
_HEADER = ("--header/--no-header", "Whether the first line names the columns.")
_ZONE = ("--time-zone", "Whose local time is written, such as Europe/Paris.")
_RAW_TEXT = (
    "`yes` or `no`: whether no [apostrophe before formulas](file-format.md#delimited-text) is taken off or added"
)
_TWO_DEFAULTS = "`semicolon`; without a configuration `detect`"
_NEWER = "`always`, or `newer`: rows whose last access is before the stored one are left out"
_HELD = {
    Limited.REJECTED: ("rejected", "the most rows that may be rejected: a number, or a percentage of the file's rows"),
    Limited.DELETED: ("deleted", "the most rows that may be deleted, likewise"),
    Limited.REGRESSED: (
        "set back",
        "the most rows that may be set back; what that is, [commands.md](commands.md#what-would-change) says",
    ),
    Limited.RESET: ("emptied in a field", "the most rows of which a value may be reset"),
    Limited.CHANGED: ("given other values", "the most rows that may be given other values"),
}


def _at(where: str, option: Option | tuple[str, str] | None = None, default: str | None = None, **more: Any) -> Home:  # noqa: ANN401 - as Home has them
    """A home; `where` is its part and its place: `in reading.raw`."""
    part, _, place = where.partition(" ")
    return Home(_AT[part], place, Option(*option) if isinstance(option, tuple) else option, default=default, **more)


def _one(name: str, kind: Kind, *homes: Home, eg: str = "", text: str = "", loads: bool = False) -> Setting:
    """A setting with an example, and what the reference says where it is not what the kind says."""
    return Setting(name, kind, homes, text, eg, is_for_loads=loads)


def _word(status: Status) -> Setting:
    own = "the statuses' own names"
    homes = (
        _at("act parameters.status_words", None, own, key=status),
        _at("out appearance.status_words", _WORD, own, key=status),
    )
    return _one(f"{NAMED_STATUSES}.{status}", kinds.WORD, *homes, eg="c" if status is Status.COMPLETED else "")


def _merge(column: str) -> Setting:
    rules = kinds.choice(f"a merge rule of {column}", {rule.value: rule for rule in RULES[column]})
    text = f"an element `merge`: {listed((f'`{word}`' for word in rules.words), 'or')}; see [Merging](#merging)"
    home = _at("act merge", _MERGE, "replace", key=column)
    return _one(f"{column}.{MERGE}", rules, home, eg=rules.words[3], text=text)


def _limit(limited: Limited) -> Setting:
    so, text = _HELD[limited]
    option = (f"--max-{limited}", f"Hold the import when more rows than that would be {so}.")
    home = _at("act limits", option, "no limit", key=limited)
    return _one(f"max{limited.title()}", kinds.LIMIT, home, eg="1%", text=text)


def _filter(name: str, place: str, kind: Kind, help_: str, eg: str) -> Setting:
    return _one(name, kind, _at(f"out filters.{place}", Option(f"--{name}", help_, is_repeatable=True), "all"), eg=eg)


def _some(described: str, metavar: str = "NAME") -> Kind:
    return kinds.text(f"{described}; repeatable", metavar=metavar, repeats=True)


def _period(where: str, kind: Kind, help_: str, default: str, eg: str, text: str = "") -> Setting:
    name, place, flag = where.split()
    return _one(name, kind, _at(f"out period.{place}", (flag, help_), default), eg=eg, text=text)


_EXPORT_SETTINGS = (
    _one(
        COLUMNS,
        kinds.LABELLED,
        _at("out columns", _COLUMNS, "all, in the order of [exports.md](exports.md#columns)", is_outside=True),
        eg="candidateLogin=Login,score",
    ),
    _filter("training", "trainings", _some("a path code or GUID", "CODE"), "Of this path code or GUID.", "ONB-2024"),
    _filter("session", "sessions", _some("a title or GUID", "TITLE"), "Of this title or GUID.", "Spring"),
    _filter(
        *("learner", "learners", _some("a log-in name, reference number, e-mail or GUID")),
        *("Of this login, reference number, e-mail or GUID.", "ada"),
    ),
    _filter("status", "statuses", kinds.STATUS, "With this status by its own name.", "completed"),
    _filter("modality", "modalities", _some("a modality of trainings"), "Of trainings of this modality.", "blendedx"),
    _period(
        *("timeFrames frames --time-frames", kinds.whole(0)),
        *("The last N time frames, instead of --since and --until.", "no period", "3"),
        "how many time frames: a whole number from 0, up to a hundred years",
    ),
    _period(
        *("timeFramesScale scale --time-frames-scale", kinds.words_of(Scale, "a scale", "SCALE")),
        *("What is counted: {words}.", "none", "less_than_n_days"),
    ),
    _period(
        *("timeFrameMode mode --time-frame-mode", kinds.words_of(PeriodMode, "a mode", "MODE")),
        *("What must be in the period: {words}.", "`timeSpent`", "lastActivity"),
    ),
    _period(
        *("since since --since", kinds.MOMENT, "From this day or moment on, as 2024-01-31 or 2024-01-31T08:00."),
        *("no bound", "2024-01-01"),
    ),
    _period(
        *("until until --until", kinds.MOMENT, "To the end of this day, or up to this moment.", "no bound"),
        *("2024-01-31", "a day, which is in the period, or a moment, which is not"),
    ),
    _period(
        *("asOf as_of --as-of", kinds.MOMENT, "Where the time frames end; now unless said.", "now", "2024-05-28"),
        "the day or the moment that `timeFrames` are counted back from",
    ),
)

_FILE_SETTINGS = (
    _one(FILE_NAME, kinds.text("a name with `*`, `?`, `[…]` as in a shell"), _at("in", None, "none")),
    _one(
        FORMAT,
        kinds.FILE_FORMAT,
        _at("file appearance.file_format", ("--format", "{words}; by the file's ending.")),
        eg="xlsx",
    ),
    _one("skipFirstLine", kinds.FLAG, _at("in reading.skip_first_line"), eg="no"),
    _one(
        *("fileEncoding", kinds.ENCODING, _at("in reading.encoding", _ENCODING, "`UTF-8`")),
        eg="windows-1252",
        loads=True,
    ),
    Setting(
        *("encoding", kinds.ENCODING, (_at("file appearance.encoding", _ENCODING_OUT, "`UTF-8`"),)),
        *(f"{kinds.ENCODING.described}; for `csv` and `tsv`", "windows-1252", "fileEncoding"),
    ),
    _one(
        "delimiter",
        kinds.DETECTED_DELIMITER,
        _at("in reading.delimiter", ("--delimiter", "{words}."), _TWO_DEFAULTS, configured=";"),
        eg="comma",
        loads=True,
    ),
    _one(
        "delimiter",
        kinds.DELIMITER,
        _at("file appearance.delimiter", ("--delimiter", "Of CSV: {words}.")),
        eg="pipe",
        text=f"{kinds.DELIMITER.described}; for `csv`",
    ),
    _one(
        "showHeaders",
        kinds.FLAG,
        _at("file appearance.header", _HEADER),
        eg="no",
        text=f"{kinds.FLAG.described}; `no` for `csv`, `tsv` and `xlsx`",
    ),
    _one(
        "sheet",
        kinds.text("the name of a spreadsheet's sheet"),
        _at("in reading.sheet", _SHEET, "the first"),
        eg='"Year 1"',
        loads=True,
    ),
    _one(
        "rawText",
        kinds.FLAG,
        _at("in reading.raw", _RAW),
        _at("file appearance.raw", _RAW_OUT),
        eg="yes",
        text=_RAW_TEXT,
        loads=True,
    ),
    _one(
        "decimal",
        kinds.DECIMAL,
        _at("in parameters.decimal"),
        _at("file appearance.decimal", ("--decimal", "{words}.")),
        eg="comma",
        loads=True,
    ),
    # Of two settings with one place the later one has it.
    _one(
        "dateFormat",
        kinds.DATE_FORMAT,
        _at("in parameters.date_time_format", None, "none"),
        eg="DD/MM/YYYY",
        text="as `dateTimeFormat`; serves when there is no `dateTimeFormat`",
        loads=True,
    ),
    _one(
        COLUMNS_MAPPING,
        kinds.COLUMNS,
        _at("in reading.columns", None, "the first line names the columns"),
        eg="candidateLogin,ignoredColumn,lovCode",
        text="column elements, in the file's order",
    ),
    _one(HEADER_MAPPING, kinds.HEADERS, _at("in reading.header_map", _MAP, "none", other_option=_IGNORE), loads=True),
)

_VALUE_SETTINGS = (
    _one(
        "dateTimeFormat",
        kinds.DATE_FORMAT,
        _at("act parameters.date_time_format"),
        _at("out appearance.date_time_format", ("--date-time-format", "Such as DD/MM/YYYY HH:II:SS.")),
        eg="DD/MM/YYYY",
        loads=True,
    ),
    _one("defaultTime", kinds.TIME, _at("act parameters.default_time"), eg="08:00:00", loads=True),
    _one(
        "timeZone",
        kinds.ZONE,
        _at("act parameters.time_zone"),
        _at("out appearance.time_zone", _ZONE),
        eg="Europe/Paris",
        loads=True,
    ),
    _one(
        "timeGlobalFormat",
        kinds.words_of(TimeFormat, "a time format", "FORMAT"),
        _at("act parameters.time_global_format"),
        _at("out appearance.time_global_format", ("--time-global-format --time-format", "Of durations: {words}.")),
        eg="padded",
        loads=True,
    ),
    _one("defaultScoreMax", kinds.whole(1, LARGEST_INTEGER), _at("act parameters.default_score_max"), eg="20"),
    *map(_word, Status),
)

_IMPORT_SETTINGS = (
    _one("updateMode", kinds.words_of(Mode, "an update mode", "replace|patch"), _at("act mode", _MODE), eg="patch"),
    _one(
        MERGE,
        kinds.words_of(RowRule, "a merge rule of rows"),
        _at("act row_rule", _MERGE, implied=RowRule.ALWAYS),
        eg="newer",
        text=_NEWER,
    ),
    *map(_merge, VALUE_COLUMNS),
    *map(_limit, Limited),
    _one(
        FIELDS,
        kinds.COLUMNS,
        _at("act fields", None, "all of the file's columns", is_outside=True),
        eg="candidateLogin,lovCode",
        text="elements of the columns that are used",
    ),
    _one(MANDATORY, kinds.COLUMN_SET, _at("act mandatory", None, "none"), eg="candidateLogin,lovCode"),
)

TABLE = Table((*_EXPORT_SETTINGS, *_FILE_SETTINGS, *_VALUE_SETTINGS, *_IMPORT_SETTINGS))
"""Every setting, in the order in which they are written."""
