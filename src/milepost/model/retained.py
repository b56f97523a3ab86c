"""What is kept for a time, and the ages by which people say for how long: `400d`, `6w`, `12m`, `2y`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

KINDS: Mapping[str, str] = {
    "journals": "what runs changed, so that they can be undone",
    "findings": "findings of runs",
    "formers": "former identifiers",
    "checks": "kept checks in the data folder",
    "uploads": "uploads in the data folder",
    "logs": "logs in the data folder",
    "backups": "backups in the data folder",
}
"""What rules are about."""

EVER = "ever"
"""The word for data that are kept for ever."""

_AGE = re.compile(r"(\d{1,6})([dwmy])", re.ASCII)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def age_of(text: str) -> timedelta | None:
    """The age that `text` is: a whole number of days, weeks, months of 30 days or years of 365; None if it is none."""
    found = _AGE.fullmatch(text.strip().casefold())
    return None if found is None else timedelta(days=int(found[1]) * _DAYS[found[2]])


def days_of(text: str) -> int | None:
    """For how many days data are kept by the words `text`, an age or EVER; None: for ever.

    Raises ValueError for other words.
    """
    age = age_of(text)
    if age is None and text.strip().casefold() != EVER:
        raise ValueError(f'"{text}" is no age: write a whole number and d, w, m or y, such as 400d or 2y, or `{EVER}`')
    return None if age is None else age.days
