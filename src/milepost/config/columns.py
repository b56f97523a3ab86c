"""Column names in a configuration: what each means, and lists of them."""

from __future__ import annotations

from milepost.config import names
from milepost.config.remarks import Remarks
from milepost.model.columns import IGNORED, TRACKING

_COLUMNS = names.by_folded(column.name for column in TRACKING.columns)
_ALIASES = {names.folded(alias): name for alias, name in TRACKING.aliases.items()}
_PASSED_OVER = names.by_folded(TRACKING.passed_over)

KNOWN = (*_COLUMNS.values(), *TRACKING.aliases, IGNORED)
"""The names that a message may suggest."""


def resolve(name: str) -> str | None:
    """The column that `name` means, IGNORED for one that is skipped; None for a name that is unknown."""
    folded = names.folded(name)
    if folded in _COLUMNS:
        return _COLUMNS[folded]
    if folded in _ALIASES:
        return _ALIASES[folded]
    skipped = folded.startswith("_") or folded == names.folded(IGNORED) or folded in _PASSED_OVER
    return IGNORED if skipped else None


def note_passed_over(name: str, remarks: Remarks) -> None:
    """Adds a note where `name` is a column that is known, but not imported."""
    known = _PASSED_OVER.get(names.folded(name))
    if known is None:
        return
    counterpart = TRACKING.passed_over[known]
    instead = f"; its counterpart is {counterpart}" if counterpart else ""
    remarks.note(f"The column {known} is known, but not imported{instead}.")


def unknown(name: str) -> str:
    """The message about a column name that is unknown."""
    return f"{names.quoted(name)} is not a column{names.suggestion(name, KNOWN)}"


def listed(text: str) -> tuple[str, ...]:
    """The columns that comma separated names mean, IGNORED for those skipped; raises ValueError with what is wrong."""
    found: list[str] = []
    for part in text.split(","):
        name = part.strip()
        if not name:
            raise ValueError(f"{names.quoted(text)} has an empty name; write {IGNORED} for a column to skip")
        column = resolve(name)
        if column is None:
            raise ValueError(unknown(name))
        if column in found and column != IGNORED:
            raise ValueError(f"the column {column} stands twice")
        found.append(column)
    return tuple(found)


def mandatory(text: str) -> frozenset[str]:
    """The columns that comma separated names mean; raises ValueError, also for one that is skipped."""
    found = listed(text)
    if IGNORED in found:
        raise ValueError(f"{names.quoted(text)} names a column that is not imported; it cannot be mandatory")
    return frozenset(found)


def text(columns: tuple[str, ...] | frozenset[str]) -> str:
    """Column names, comma separated; a set in the canonical order."""
    if isinstance(columns, frozenset):
        columns = tuple(column.name for column in TRACKING.columns if column.name in columns)
    return ",".join(columns)
