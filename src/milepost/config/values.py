"""From the text of one setting to its value and back. A ValueError says what is wrong and what to write."""

from __future__ import annotations

import codecs
import encodings.aliases
import functools
import importlib.resources
import re
from collections.abc import Callable
from datetime import time
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from milepost.config import names
from milepost.model.changes import Limit
from milepost.model.columns import LARGEST_INTEGER
from milepost.model.file_formats import FileFormat
from milepost.model.merging import RULES, MergeRule

Choice = TypeVar("Choice")

DETECT = "detect"
"""The word for a delimiter that the file's first line is asked for."""

DELIMITERS = {"comma": ",", "pipe": "|", "semicolon": ";", "tabulation": "\t"}
DECIMALS = {"point": ".", "comma": ","}
_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

_NO_FILE_ENCODINGS = frozenset({"charmap", "idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
"""Codecs that turn bytes into text, but that no file is written in."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})")


def _chosen(text: str, what: str, choices: dict[str, Choice], more: dict[str, Choice] | None = None) -> Choice:
    known = {names.folded(name): value for name, value in (choices | (more or {})).items()}
    try:
        return known[names.folded(text)]
    except KeyError:
        raise ValueError(f"{names.quoted(text)} is not {what}; write {names.listing(choices)}") from None


def delimiter(text: str) -> str | None:
    """One of the four delimiters, by its name or as it is; None for `detect`."""
    if text in DELIMITERS.values():
        return text
    return _chosen(text, "a delimiter", DELIMITERS, {DETECT: ""}) or None


def written_delimiter(text: str) -> str:
    """One of the four delimiters, by its name or as it is."""
    return text if text in DELIMITERS.values() else _chosen(text, "a delimiter", DELIMITERS)


def delimiter_text(value: str | None) -> str:
    """The name of a delimiter."""
    return DETECT if value is None else _name_of(value, DELIMITERS)


def decimal(text: str) -> str:
    """A decimal separator, by its name or as it is."""
    return text if text in DECIMALS.values() else _chosen(text, "a decimal separator", DECIMALS)


def decimal_text(value: str) -> str:
    """The name of a decimal separator."""
    return _name_of(value, DECIMALS)


def _name_of(value: str, named: dict[str, str]) -> str:
    return next(name for name, sign in named.items() if sign == value)


def file_format(text: str) -> FileFormat:
    """A format of exported files, by its ending or its name."""
    choices = {file_format.value: file_format for file_format in FileFormat}
    others = {name: file_format for file_format in FileFormat for name in file_format.entry.names}
    return _chosen(text.removeprefix("."), "a file format", choices, others)


def flag(text: str) -> bool:
    """Yes or no."""
    return _chosen(text, "yes or no", {"yes": True, "no": False}, _FLAGS)


def flag_text(value: bool) -> str:
    """`yes` or `no`."""
    return "yes" if value else "no"


def encoding(text: str) -> str:
    """The name of a text encoding, as it was given."""
    try:
        found = codecs.lookup(text)
    except (LookupError, ValueError):
        near = names.suggestion(text, {name.replace("_", "-") for name in encodings.aliases.aliases.values()})
        raise ValueError(f"{names.quoted(text)} is not an encoding that Python knows{near}") from None
    if not found._is_text_encoding or found.name in _NO_FILE_ENCODINGS:
        raise ValueError(f"{names.quoted(text)} is not an encoding of text files; write for example UTF-8")
    return text


def time_zone(text: str) -> str:
    """The name of a TZ database zone, letter case included."""
    known = _time_zones()
    if text not in known:
        near = _nearest_zone(text, known)
        example = f"; did you mean {near}?" if near else "; write for example UTC or America/Sao_Paulo"
        raise ValueError(f"{names.quoted(text)} is not a zone of the TZ database{example}")
    return text


@functools.cache
def _time_zones() -> frozenset[str]:
    return frozenset(importlib.resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


def _nearest_zone(text: str, known: frozenset[str]) -> str | None:
    wanted = names.folded(text).replace(" ", "_")
    cities = [zone for zone in known if names.folded(zone).endswith("/" + wanted) and "/" not in wanted]
    return cities[0] if len(cities) == 1 else names.nearest(wanted, known)


def default_time(text: str) -> time:
    """A local time of day."""
    found = _TIME.fullmatch(text)
    parts = [int(part) for part in found.groups()] if found else []
    if not parts or parts[0] > 23 or max(parts) > 59:
        raise ValueError(f"{names.quoted(text)} is not a time; write hh:ii:ss, for example 08:00:00")
    hour, minute, second = parts
    return time(hour, minute, second)


def maximum_score(text: str) -> int:
    """A whole number from 1 up; `100.0` is one."""
    value = Decimal(text) if _NUMBER.fullmatch(text) else None
    if value is None or value != value.to_integral_value():
        raise ValueError(f"{names.quoted(text)} is not a whole number")
    if not 1 <= value <= LARGEST_INTEGER:
        raise ValueError(f"{names.quoted(text)} is out of range; write a whole number from 1 to {LARGEST_INTEGER}")
    return int(value)


def merge_rule(column: str) -> Callable[[str], MergeRule]:
    """A reader of the rules that a column can have."""
    choices = {rule.value: rule for rule in RULES[column]}
    return lambda text: _chosen(text, f"a merge rule of {column}", choices)


def limit(text: str) -> Limit:
    """A number of rows, or a percentage of a file's rows."""
    found = _LIMIT.fullmatch(text)
    if found is None or (not found["sign"] and "." in found["number"]):
        raise ValueError(
            f"{names.quoted(text)} is neither a number of rows nor a percentage; write for example 100 or 2.5%"
        )
    if found["sign"] and float(found["number"]) > 100:
        raise ValueError(f"{names.quoted(text)} is more than all rows; write a percentage from 0% to 100%")
    return Limit(float(found["number"]), is_percentage=bool(found["sign"]))


_LIMIT = re.compile(r"(?P<number>[0-9]{1,12}(\.[0-9]{1,6})?)\s*(?P<sign>%?)", re.ASCII)

Word = TypeVar("Word", bound=StrEnum)


def word_of(words: type[Word], what: str) -> Callable[[str], Word]:
    """A reader of one of the words of an enumeration, letter case not mattering; `what` names it in a message."""
    choices = {word.value: word for word in words}
    return lambda text: _chosen(text, what, choices)
