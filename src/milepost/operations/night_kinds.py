"""The kinds of options that only whole configurations have: folders, names of files, secrets, days."""

from __future__ import annotations

from datetime import time

from milepost.model.exceptions import UsageError
from milepost.model.retained import days_of
from milepost.model.wording import in_quotes
from milepost.operations.data_path import read_data_path
from milepost.settings import value_kinds
from milepost.settings.value_kinds import Kind
from milepost.transfer.secret import Secret


def _pattern(text: str) -> str:
    if "/" in text or "\\" in text:
        raise ValueError(f"{in_quotes(text)} has a folder; give that as path")
    return text


def _clock(text: str) -> time:
    read: time = value_kinds.TIME.read(text if text.count(":") == 2 else f"{text}:00")
    return read


def _fingerprint(text: str) -> str:
    from milepost.transfer.pgp import fingerprint

    try:
        return fingerprint(text)
    except UsageError as error:
        raise ValueError(str(error).rstrip(".")) from error


def _age(text: str) -> str:
    days_of(text)
    return text


_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.replace("|", ",").split(","):
        ends = [one.strip().casefold()[:3] for one in part.split("-")]
        if len(ends) > 2 or any(one not in _WEEK for one in ends):
            raise ValueError(f"{in_quotes(text)} names no days of the week; write for example Mon-Fri or Mon,Thu")
        first, last = _WEEK.index(ends[0]), _WEEK.index(ends[-1])
        found |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    return frozenset(found)


FOLDER = Kind("a folder inside the data folder", read_data_path)
PATTERN = Kind("a name; `*`, `?` and `[…]` are wildcards", _pattern)
ENDING = Kind("the ending of a name", _pattern)
FILES = Kind("a path inside the data folder; the name of the file may have wildcards", read_data_path)
TEXT = Kind("a text")
LOCAL = Kind("a file of this machine; a relative path begins in the data folder")
SECRET = Kind("`env:NAME`, `file:PATH`, or the secret itself", Secret)
FINGERPRINT = Kind("the fingerprint of a PGP key that may sign", _fingerprint)
CLOCK = Kind("`hh:ii`", _clock)
AGE = Kind("an age such as `400d`, `6w`, `12m` or `2y`, or `ever`", _age)
DAYS = Kind("days of the week, as `Mon-Fri`", _days)
