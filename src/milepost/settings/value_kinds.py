"""The kinds of settings: from text to value and back. A ValueError says what to write instead."""

from __future__ import annotations

import codecs
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from encodings import aliases
from enum import Enum, StrEnum, auto
from types import MappingProxyType
from typing import Any

from milepost.model.columns import LARGEST_INTEGER, TRACKING, Status
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.file_formats import FileFormat
from milepost.model.job import EITHER, Limit
from milepost.model.likeness import bare, folded, joined, nearest_name, suggestion, words
from milepost.model.wording import in_quotes, listed

PENDING = "pendingFeedback"
"""A status of reports that has no counterpart."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Shape(Enum):
    """The content of the element of a setting."""

    TEXT = auto()
    WORD = auto()
    """A text: the word of a status. A mapping of words may be repeated in several elements."""
    COLUMNS = auto()
    """Elements named like columns; as text, comma separated names."""
    COLUMN_SET = auto()
    """A text: comma separated names of columns."""
    LABELLED = auto()
    """Elements with columns and their labels; as text, `name=label`, comma separated."""
    VALUES = auto()
    """Elements `value`, each with a text of cells (`from`) and the text that it is read as."""
    HEADERS = auto()
    """Elements named like columns, with the headers of a file."""
    CHOICES = auto()
    """Empty elements named like words; as text, comma separated words."""
    TEMPLATES = auto()
    """Elements `template`, each with an `id` and a text, which columns refer to."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How the values of a setting are read, written and described."""

    described: str = ""
    """The possible values, for the reference."""
    read: Callable[[str], Any] = str
    """From text to value; not used for lists of columns and for headers."""
    write: Callable[[Any], str] = str
    """From value to text."""
    words: tuple[str, ...] = ()
    """The possible words, if there is a choice."""
    metavar: str = "NAME"
    """The name of the value in the help of an option."""
    shape: Shape = Shape.TEXT
    repeats: bool = False
    """Whether the setting is repeatable: its value is a tuple."""
    literals: tuple[str, ...] = ()
    """Values that consist of white space."""


def choice(
    what: str,
    words: Mapping[str, Any],
    synonyms: Mapping[str, Any] = _NOTHING,
    *,
    described: str = "",
    metavar: str = "NAME",
    compared: Callable[[str], str] = folded,
    repeats: bool = False,
) -> Kind:
    """One of `words`, or of `synonyms`, which no message lists; `what` names the choice in a message."""

    def read(text: str) -> Any:  # noqa: ANN401 - whatever the words mean
        if text in synonyms:
            return synonyms[text]
        known = {compared(name): value for name, value in (*synonyms.items(), *words.items())}
        if compared(text) not in known:
            raise ValueError(f"{in_quotes(text)} is not {what}; write {listed(words, 'or')}")
        return known[compared(text)]

    def write(value: object) -> str:
        return next(name for name, known in (*words.items(), *synonyms.items()) if known == value)

    described = described or ", ".join(f"`{word}`" for word in words)
    blank = tuple(word for word in synonyms if not word.strip())
    return Kind(described, read, write, tuple(words), metavar, repeats=repeats, literals=blank)


def words_of(words: type[StrEnum], what: str, metavar: str = "NAME") -> Kind:
    """One of the words of an enumeration; `what` names the choice in a message."""
    return choice(what, {word.value: word for word in words}, metavar=metavar)


def whole(least: int, most: int | None = None, described: str = "") -> Kind:
    """A whole number, also as `100.0` or `1e2`."""
    span = f"from {least} up" if most is None else f"from {least} to {most}"

    def read(text: str) -> int:
        value = Decimal(text) if _NUMBER.fullmatch(text) else None
        if value is None or value != value.to_integral_value():
            raise ValueError(f"{in_quotes(text)} is not a whole number")
        if not least <= value <= (LARGEST_INTEGER if most is None else most):
            raise ValueError(f"{in_quotes(text)} is out of range; write a whole number {span}")
        return int(value)

    return Kind(described or f"a whole number {span}", read, metavar="N")


_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")


def _encoding(text: str) -> str:
    try:
        found = codecs.lookup(text)
    except (LookupError, ValueError):
        near = suggestion(text, {name.replace("_", "-") for name in aliases.aliases.values()})
        raise ValueError(f"{in_quotes(text)} is not an encoding that Python knows{near}") from None
    if not found._is_text_encoding or found.name in _NO_FILE_ENCODINGS:
        raise ValueError(f"{in_quotes(text)} is not an encoding of text files; write for example UTF-8")
    return text


_NO_FILE_ENCODINGS = frozenset({"charmap", "idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
"""Text codecs that no file uses."""


def _zone(text: str) -> str:
    known = _zones()
    if text not in known:
        wanted = folded(text).replace(" ", "_")
        cities = [zone for zone in known if folded(zone).endswith("/" + wanted) and "/" not in wanted]
        near = cities[0] if len(cities) == 1 else nearest_name(wanted, known)
        example = f"; did you mean {near}?" if near else "; write for example UTC or America/Sao_Paulo"
        raise ValueError(f"{in_quotes(text)} is not a zone of the TZ database{example}")
    return text


@functools.cache
def _zones() -> frozenset[str]:
    from importlib import resources

    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


def _time(text: str) -> time:
    found = re.fullmatch(r"(2[0-3]|[01]?[0-9]):([0-5]?[0-9]):([0-5]?[0-9])", text)
    if found is None:
        raise ValueError(f"{in_quotes(text)} is not a time; write hh:ii:ss, for example 08:00:00")
    hour, minute, second = map(int, found.groups())
    return time(hour, minute, second)


def _limit(text: str) -> Limit:
    found = _LIMIT.fullmatch(text)
    if found is None or (not found["sign"] and "." in found["number"]):
        what = "neither a number of rows nor a percentage"
        raise ValueError(f"{in_quotes(text)} is {what}; write for example 100 or 2.5%")
    if found["sign"] and float(found["number"]) > 100:
        raise ValueError(f"{in_quotes(text)} is more than all rows; write a percentage from 0% to 100%")
    return Limit(float(found["number"]), is_percentage=bool(found["sign"]))


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f"{in_quotes(text)} is no size; write for example 200MB or 2GB")
    size = int(Decimal(found["number"]) * _UNITS[found["unit"].upper()])
    if not _LEAST_SIZE <= size <= _LARGEST_SIZE:
        raise ValueError(f"{in_quotes(text)} is out of range; write a size from 100MB to 1000GB")
    return size


def _size_text(size: int) -> str:
    unit = next(unit for unit in ("GB", "MB", "KB", "B") if size % _UNITS[unit] == 0)
    return f"{size // _UNITS[unit]}{unit}"


_SIZE = re.compile(r"(?P<number>[0-9]{1,12}(\.[0-9]{1,6})?)\s*(?P<unit>[GMK]?B)", re.ASCII | re.IGNORECASE)
_UNITS = {"GB": 10**9, "MB": 10**6, "KB": 10**3, "B": 1}
_LEAST_SIZE, _LARGEST_SIZE = 10**8, 10**12

_LIMIT = re.compile(r"(?P<number>[0-9]{1,12}(\.[0-9]{1,6})?)\s*(?P<sign>%?)", re.ASCII)


def _moment(text: str) -> date | datetime:
    found = _MOMENT.fullmatch(text)
    if found is None:
        examples = "2024-01-31, 2024-01-31 08:00 or 2024-01-31T08:00:00Z"
        raise ValueError(f"{in_quotes(text)} is neither a day nor a moment; write for example {examples}")
    try:
        day = date.fromisoformat(found["date"])
    except ValueError:
        raise ValueError(f"{in_quotes(text)} is not in the calendar; write a day that there is") from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"{in_quotes(text)} is out of range; write a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    if found["time"] is None:
        return day
    try:
        clock = time.fromisoformat(found["time"])
        zone = None if found["zone"] is None else datetime.strptime(found["zone"].upper(), "%z").tzinfo
    except ValueError:
        raise ValueError(f"{in_quotes(text)} has a time that is none; write for example 08:00 or 23:59:59") from None
    return datetime.combine(day, clock, zone)


_FIRST_YEAR, _LAST_YEAR = 1900, 9998
_MOMENT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:(?:T|\s+)(?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.IGNORECASE,
)


def _day_format(text: str) -> DateTimeFormat:
    found = DateTimeFormat.parse_plain(text)
    if found.has_time:
        raise ValueError(f"the date format {in_quotes(text)} has a time; write only YYYY, MM and DD")
    return found


def several(kind: Kind, described: str = "") -> Kind:
    """Values of `kind`, comma separated: a tuple."""

    def read(text: str) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(kind.read(part.strip()) for part in text.split(",") if part.strip()))

    def write(value: Any) -> str:  # noqa: ANN401 - as the kind has it
        return ",".join(map(kind.write, value if isinstance(value, tuple) else (value,)))

    return replace(kind, described=described or f"{kind.described}; several with commas", read=read, write=write)


def _skip(text: str) -> tuple[str, tuple[str, ...]]:
    header, _, rest = text.partition("=")
    texts = words(rest)
    if not texts:
        raise ValueError(f"{in_quotes(text)} does not say which rows are skipped; write Header=text")
    return header.strip(), texts


def _in_order(columns: frozenset[str]) -> str:
    return ",".join(column.name for column in TRACKING.columns if column.name in columns)


def _labelled(columns: tuple[tuple[str, str | None], ...]) -> str:
    return ",".join(name if label is None else f"{name}={label}" for name, label in columns)


DELIMITERS = {"comma": ",", "pipe": "|", "semicolon": ";", "tabulation": "\t"}
_DELIMITER = "`comma`, `pipe`, `semicolon`, `tabulation`, or the character itself"

FLAG = choice(
    *("yes or no", {"yes": True, "no": False}, {"true": True, "1": True, "false": False, "0": False}),
    described="`yes` or `no` (also `true`, `false`, `1`, `0`)",
)
DELIMITER = choice("a delimiter", DELIMITERS, {sign: sign for sign in DELIMITERS.values()}, described=_DELIMITER)
DETECTED_DELIMITER = choice(
    *("a delimiter", DELIMITERS, {sign: sign for sign in DELIMITERS.values()} | {"detect": None}),
    described=f"{_DELIMITER}; `detect`",
)
DECIMAL = choice(
    *("a decimal separator", {"point": ".", "comma": ","}, {".": ".", ",": ","}),
    described="`point` or `comma`, or the character itself",
)
READ_DECIMAL = choice(
    *("a decimal separator", {"point": ".", "comma": ",", EITHER: EITHER}, {".": ".", ",": ","}),
    described="`point`, `comma`, or the character itself; `either`",
)
THOUSANDS = choice(
    "a separator of thousands",
    {"none": "", "comma": ",", "point": ".", "blank": " ", "apostrophe": "'"},
    {sign: sign for sign in ",. '"},
    described="`none`, `comma`, `point`, `blank`, `apostrophe`, or the character itself",
)
FILE_FORMAT = choice(
    *("a file format", {form.value: form for form in FileFormat}),
    {f".{form}": form for form in FileFormat} | {name: form for form in FileFormat for name in form.entry.names},
    metavar="FORMAT",
)
STATUS = choice(
    *("a status", {status.value: status for status in Status}),
    described="a status by its own name; repeatable",
    metavar="STATUS",
    compared=bare,
    repeats=True,
)
ENCODING = Kind("any text encoding that Python knows", _encoding)
ZONE = Kind("a name of the TZ database, letter case included", _zone, metavar="ZONE")
TIME = Kind("`hh:ii:ss`", _time)
DATE_FORMAT = Kind(
    "tokens and separators, or several formats; see [Dates](file-format.md#dates)",
    DateTimeFormat.parse,
    metavar="FORMAT",
)
WRITTEN_DAY_FORMAT = Kind("`YYYY MM DD` and separators", _day_format, metavar="FORMAT")
WRITTEN_DATE_FORMAT = Kind("`YYYY MM DD HH II SS` and separators", DateTimeFormat.parse_plain, metavar="FORMAT")
SIZE = Kind("a size from `100MB` up, as `200MB` or `2GB`", _size, _size_text, metavar="SIZE")
LIMIT = Kind("a number, or a percentage of the file's rows", _limit, metavar="N|N%")
MOMENT = Kind("a day or a moment", _moment, metavar="WHEN")
WORD = Kind("an element for each status with a word of its own", shape=Shape.WORD)
COLUMNS = Kind("column elements", write=",".join, shape=Shape.COLUMNS)
COLUMN_SET = Kind("column names, comma separated", write=_in_order, shape=Shape.COLUMN_SET)
LABELLED = Kind(
    "`<column>` elements, each with the name of a column", write=_labelled, metavar="NAMES", shape=Shape.LABELLED
)
WORDS = Kind("texts, separated by vertical lines", words, joined, metavar="TEXTS")
SKIP = Kind(
    "`Header=text`, or several texts, separated by vertical lines",
    _skip,
    lambda skip: f"{skip[0]}={joined(skip[1])}",
    metavar='"Header=text"',
    repeats=True,
)
VALUES = Kind("an element `values`: see [Texts of cells](#texts-of-cells)", shape=Shape.VALUES)
TEXTS = several(Kind("a text"), "texts, comma separated")
_THREE = {status.value: status for status in (Status.COMPLETED, Status.INCOMPLETE, Status.NOT_ATTEMPTED)}
REPORT_STATUSES = replace(
    several(
        choice("a status of a report", _THREE, {PENDING: None}, compared=bare),
        "an element for each: `completed` (passed too), `incomplete` (failed and browsed too), `notAttempted`",
    ),
    shape=Shape.CHOICES,
)
TEMPLATES = Kind("elements `template`: see [Templates](#templates)", shape=Shape.TEMPLATES)
HEADERS = Kind("column elements that hold what the file calls the column", shape=Shape.HEADERS)
