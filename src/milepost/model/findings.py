"""Findings on lines, and their codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Level(StrEnum):
    """An error rejects its row, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding."""

    name: str
    level: Level
    message: str
    """The sentence of all findings with this code, with places to fill in as `{…}`."""


CODES = MappingProxyType(
    {
        code.name: code
        for code in (
            Code("wrong-column-count", Level.ERROR, "Expected {expected} columns, found {found}."),
            Code("mandatory-field-empty", Level.ERROR, "Field {column} is empty."),
            Code(
                "learner-missing",
                Level.ERROR,
                "At least one of these element must be present: learner login, reference number or email.",
            ),
            Code(
                "learning-object-missing",
                Level.ERROR,
                "At least one of these element must be present: learning object version code or GUID.",
            ),
            Code(
                "context-missing",
                Level.ERROR,
                "At least one of the following to provide a precise context : "
                '"session GUID" or the couple "session title" & "training code".',
            ),
            Code("value-too-long", Level.ERROR, "{column} holds more than {limit} characters."),
            Code("invalid-character", Level.ERROR, "{column} holds something that cannot be stored."),
            Code("invalid-number", Level.ERROR, "{column} is not a number that can be read."),
            Code("out-of-range", Level.ERROR, "{column} is out of range."),
            Code("invalid-datetime", Level.ERROR, "{column} is not a date that can be read."),
            Code("invalid-duration", Level.ERROR, "{column} is not a duration that can be read."),
            Code("invalid-status", Level.ERROR, "{column} is not a status that is known."),
            Code("invalid-flag", Level.ERROR, "{column} is neither Y nor N."),
            Code("score-above-maximum", Level.ERROR, "The score is above the maximum score."),
            Code(
                "first-completion-without-completion",
                Level.ERROR,
                "You cannot set a first completion date if the LO is not completed.",
            ),
            Code("registration-not-found", Level.ERROR, "No registration found for given parameters."),
            Code("learning-object-not-found", Level.ERROR, "No learning object version found for given parameters."),
            Code(
                "learning-object-crossknowledge",
                Level.ERROR,
                "This learning object is provided by CrossKnowledge, and this report cannot be updated.",
            ),
            Code(
                "learning-object-easyquizz",
                Level.ERROR,
                "This learning object is an EasyQuizz, and this report cannot be updated.",
            ),
            Code("reference-not-found", Level.ERROR, "{column} refers to nothing in the store."),
            Code("reference-ambiguous", Level.ERROR, "{column} refers to more than one thing in the store."),
            Code("already-taken", Level.ERROR, "{column} is already taken."),
            Code("superseded", Level.WARNING, "Another line of this file is for the same row."),
            Code(
                "older-than-stored",
                Level.WARNING,
                "The last access is before the stored one; the row is left as it is.",
            ),
            Code(
                "local-time-skipped",
                Level.WARNING,
                "{column} names a local time that does not exist: clocks went forward.",
            ),
            Code(
                "local-time-repeated", Level.WARNING, "{column} names a local time that occurs twice: clocks went back."
            ),
            Code("dates-out-of-order", Level.WARNING, "{column} is out of order."),
            Code("date-in-future", Level.WARNING, "{column} is in the future."),
            Code("status-and-progression-differ", Level.WARNING, "Status and progression contradict each other."),
        )
    }
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
        """The level of the finding's code."""
        return CODES[self.code].level
