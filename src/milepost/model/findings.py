"""Findings on lines, and their codes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Level(StrEnum):
    """An error rejects its row, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Code:
    name: str
    level: Level
    message: str
    """The sentence of all findings with this code, with places to fill in as `{…}`."""

    @property
    def of_any_value(self) -> str:
        """The sentence as it is for any value."""
        return re.sub(r"\{\w+\}", "…", self.message.replace("{column}", "A value"))


_ERRORS = {
    "wrong-column-count": "Expected {expected} columns, found {found}.",
    "mandatory-field-empty": "Field {column} is empty.",
    "learner-missing": "At least one of these element must be present: learner login, reference number or email.",
    "learning-object-missing": "At least one of these element must be present: learning object version code or GUID.",
    "context-missing": "At least one of the following to provide a precise context : "
    '"session GUID" or the couple "session title" & "training code".',
    "value-too-long": "{column} holds more than {limit} characters.",
    "invalid-character": "{column} holds something that cannot be stored.",
    "invalid-number": "{column} is not a number that can be read.",
    "out-of-range": "{column} is out of range.",
    "invalid-datetime": "{column} is not a date that can be read.",
    "invalid-duration": "{column} is not a duration that can be read.",
    "invalid-status": "{column} is not a status that is known.",
    "invalid-flag": "{column} is neither Y nor N.",
    "score-above-maximum": "The score is above the maximum score.",
    "first-completion-without-completion": "You cannot set a first completion date if the LO is not completed.",
    "registration-not-found": "No registration found for given parameters.",
    "learning-object-not-found": "No learning object version found for given parameters.",
    "learning-object-crossknowledge": "This learning object is provided by CrossKnowledge, and this report "
    "cannot be updated.",
    "learning-object-easyquizz": "This learning object is an EasyQuizz, and this report cannot be updated.",
    "reference-not-found": "{column} refers to nothing in the store.",
    "reference-ambiguous": "{column} refers to more than one thing in the store.",
    "already-taken": "{column} is already taken.",
}
_WARNINGS = {
    "superseded": "Another line of this file is for the same row.",
    "older-than-stored": "The last access is before the stored one; the row is left as it is.",
    "local-time-skipped": "{column} names a local time that does not exist: clocks went forward.",
    "local-time-repeated": "{column} names a local time that occurs twice: clocks went back.",
    "dates-out-of-order": "{column} is out of order.",
    "date-in-future": "{column} is in the future.",
    "ambiguous-datetime": "{column} fits several of the date formats, which read it differently.",
    "completion-date-assumed": "The completion date is not known; the time of this import is stored.",
    "status-and-progression-differ": "Status and progression contradict each other.",
    "former-identifier": "{column} is what it was called before.",
    "possible-duplicate": "{column} is that of another learner, too.",
}

CODES = MappingProxyType(
    {name: Code(name, Level.ERROR, message) for name, message in _ERRORS.items()}
    | {name: Code(name, Level.WARNING, message) for name, message in _WARNINGS.items()}
)
"""All codes, in the order of the findings on one line."""

RANK = MappingProxyType({name: rank for rank, name in enumerate(CODES)})
"""The rank of each code in that order."""

LONGEST_VALUE = 255
"""The largest number of characters that a finding quotes of a value."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One error or warning on one line."""

    line: int
    code: str
    column: str | None
    """The column; None for a finding on the whole row."""
    value: str | None
    """The value as in the file, at most LONGEST_VALUE characters."""
    message: str
    hint: str | None
    """Details and remedies, such as the nearest name."""

    @property
    def level(self) -> Level:
        return CODES[self.code].level
