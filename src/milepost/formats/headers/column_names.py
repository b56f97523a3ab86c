"""The meaning of the names in a header, and the known name nearest to an unknown one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from milepost.model import likeness
from milepost.model.columns import IGNORED, Column, Vocabulary
from milepost.model.text import WHITE_SPACE, bare


class Sort(Enum):
    """The kind of meaning of a name."""

    COLUMN = auto()
    PASSED_OVER = auto()
    """A known name that is not read."""
    SKIPPED = auto()
    """A name that asks to be skipped."""
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a name."""

    sort: Sort
    column: Column | None = None
    """The column of a COLUMN."""
    counterpart: Column | None = None
    """The column that a name that is passed over could be mapped to, if any."""


_SKIPPED = Meaning(Sort.SKIPPED)
_UNKNOWN = Meaning(Sort.UNKNOWN)


class Names:
    """The names of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._meanings = {bare(IGNORED): _SKIPPED}
        for name, target in vocabulary.passed_over.items():
            counterpart = None if target is None else vocabulary.column(target)
            self._meanings[bare(name)] = Meaning(Sort.PASSED_OVER, counterpart=counterpart)
        for name, target in vocabulary.aliases.items():
            self._meanings[bare(name)] = Meaning(Sort.COLUMN, vocabulary.column(target))
        for column in vocabulary.columns:
            self._meanings[bare(column.name)] = Meaning(Sort.COLUMN, column)

    def meaning(self, name: str) -> Meaning:
        """The meaning of `name`; a name that begins with `_` is skipped."""
        if name.strip(WHITE_SPACE).startswith("_"):
            return _SKIPPED
        return self._meanings.get(bare(name), _UNKNOWN)

    def nearest(self, name: str) -> str | None:
        """The column whose name is nearest to `name`; None if none is near, or two are equally near."""
        columns = {
            folded: column.name
            for folded, meaning in self._meanings.items()
            if (column := meaning.column or meaning.counterpart)
        }
        return likeness.nearest_column(bare(name), columns)


def same_name(name: str, others: Iterable[str]) -> str | None:
    """The one of `others` that equals `name`: exactly, or else compared by `bare`; None if there is none."""
    others = tuple(others)
    if name in others:
        return name
    folded = bare(name)
    return next((other for other in others if bare(other) == folded), None)
