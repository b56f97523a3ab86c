"""The rules that merge a file's value with the stored one."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from milepost.model.columns import STORED, Kind
from milepost.model.status import Status


class MergeRule(StrEnum):
    """The value to store if the row is stored already. A new row gets the file's value."""

    REPLACE = "replace"
    """The file's value, as without a rule."""
    HIGHEST = "highest"
    """The higher number."""
    LOWEST = "lowest"
    """The lower number."""
    EARLIEST = "earliest"
    """The earlier instant."""
    LATEST = "latest"
    """The later instant."""
    FURTHEST = "furthest"
    """The status that is later in STATUS_ORDER."""
    FILL = "fill"
    """The stored value, or the file's if the stored row has none."""
    KEEP = "keep"
    """The stored value, even if the stored row has none."""


class RowRule(StrEnum):
    """The rows of a file that are merged."""

    ALWAYS = "always"
    NEWER = "newer"
    """Only those whose last access is not earlier than the stored one."""


STATUS_ORDER = (Status.NOT_ATTEMPTED, Status.BROWSED, Status.INCOMPLETE, Status.FAILED, Status.COMPLETED, Status.PASSED)
"""The order of statuses for FURTHEST, the least first."""

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
"""The possible rules of each of VALUE_COLUMNS."""
