"""How a file's value and a stored one become one value."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from milepost.model.columns import STORED, Kind
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


STATUS_ORDER = (Status.NOT_ATTEMPTED, Status.BROWSED, Status.INCOMPLETE, Status.FAILED, Status.COMPLETED, Status.PASSED)
"""The statuses as FURTHEST has them, the least first."""

_EVERYWHERE = (MergeRule.REPLACE, MergeRule.FILL, MergeRule.KEEP)
_NUMERIC = (*_EVERYWHERE, MergeRule.HIGHEST, MergeRule.LOWEST)
_BY_KIND = {
    Kind.DATETIME: (*_EVERYWHERE, MergeRule.EARLIEST, MergeRule.LATEST),
    Kind.STATUS: (*_EVERYWHERE, MergeRule.FURTHEST),
    Kind.NUMBER: _NUMERIC,
    Kind.INTEGER: _NUMERIC,
    Kind.DURATION: _NUMERIC,
}

RULES = MappingProxyType({column.name: _BY_KIND.get(column.kind, _EVERYWHERE) for column, _ in STORED.values()})
"""The rules that each of VALUE_COLUMNS can have."""
