"""How a file's value and a stored one become one value."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from milepost.model.columns import VALUE_COLUMNS
from milepost.model.status import Status


class MergeRule(StrEnum):
    """What is stored when there is a value already. Where nothing is stored, the file's value is taken."""

    REPLACE = "replace"
    """The file's value, as though there were no rule."""
    HIGHEST = "highest"
    """The greater number."""
    LOWEST = "lowest"
    """The lesser number."""
    EARLIEST = "earliest"
    """The earlier instant."""
    LATEST = "latest"
    """The later instant."""
    FURTHEST = "furthest"
    """The status that stands further behind in STATUS_ORDER."""
    FILL = "fill"
    """The stored value, or the file's where the stored row has none."""
    KEEP = "keep"
    """The stored row's, even where that has none."""


class RowRule(StrEnum):
    """Which rows of a file are merged at all."""

    ALWAYS = "always"
    NEWER = "newer"
    """Not those whose last access is earlier than the stored one."""


STATUS_ORDER = (
    Status.NOT_ATTEMPTED,
    Status.BROWSED,
    Status.INCOMPLETE,
    Status.FAILED,
    Status.COMPLETED,
    Status.PASSED,
)
"""The statuses as FURTHEST has them, the least first."""

_DATES = ("firstAccessDate", "lastAccessDate", "firstCompletionDate")
_EVERYWHERE = (MergeRule.REPLACE, MergeRule.FILL, MergeRule.KEEP)


def _rules(column: str) -> tuple[MergeRule, ...]:
    if column in _DATES:
        return (*_EVERYWHERE, MergeRule.EARLIEST, MergeRule.LATEST)
    if column == "trackingStatus":
        return (*_EVERYWHERE, MergeRule.FURTHEST)
    return (*_EVERYWHERE, MergeRule.HIGHEST, MergeRule.LOWEST)


RULES = MappingProxyType({column: _rules(column) for column in VALUE_COLUMNS})
"""The rules that each of VALUE_COLUMNS can have."""
