"""From the text of a setting that only exports have to its value. A ValueError says what is wrong."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime

from milepost.config import names
from milepost.config import values as common
from milepost.model.status import Status
from milepost.model.text import bare

_STATUSES = {bare(status): status for status in Status}
_MOST_FRAMES = 1_000_000
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?", re.ASCII
)
_DATE = 10
"""So many characters has a date."""


def status(text: str) -> Status:
    """A status, by its name; blanks, `_` and `-` do not matter."""
    found = _STATUSES.get(bare(text))
    if found is None:
        raise ValueError(f"{names.quoted(text)} is not a status; write {names.listing(Status)}")
    return found


def frames(text: str) -> int:
    """A number of time frames."""
    if not re.fullmatch(r"[0-9]{1,7}", text, re.ASCII) or int(text) > _MOST_FRAMES:
        raise ValueError(f"{names.quoted(text)} is not a number of time frames; write a whole number from 0 up")
    return int(text)


def moment(text: str) -> date | datetime:
    """A day, or a moment of a day, with or without a zone of its own."""
    found: date | datetime | None = None
    if _MOMENT.fullmatch(text):
        # The form may be right, and the day be in no calendar.
        with suppress(ValueError):
            found = date.fromisoformat(text) if len(text) == _DATE else datetime.fromisoformat(text)
    if found is None:
        raise ValueError(
            f"{names.quoted(text)} is not a day or a moment; write for example 2024-03-01 or 2024-03-01T08:30"
        )
    return found


def delimiter(text: str) -> str:
    """One of the four delimiters, by its name or as it is."""
    found = None if names.folded(text) == common.DETECT else common.delimiter(text)
    if found is None:
        raise ValueError(f"{names.quoted(text)} is not a delimiter; write {names.listing(common.DELIMITERS)}")
    return found
