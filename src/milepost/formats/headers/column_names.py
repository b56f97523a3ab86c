"""What the names in a header mean, and which known name an unknown one is nearest to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from milepost.model import likeness
from milepost.model.columns import IGNORED, Column, Vocabulary
from milepost.model.text import WHITE_SPACE, bare


class Sort(Enum):
    """What kind of meaning a name has."""

    COLUMN = auto()
    PASSED_OVER = auto()
    """A name that is known and not read."""
    SKIPPED = auto()
    """A name that says of itself that it is not to be read."""
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name means."""

    sort: Sort
    column: Column | None = None
    """The column, or the counterpart of a name that is passed over, where there is one."""


_SKIPPED = Meaning(Sort.SKIPPED)
_UNKNOWN = Meaning(Sort.UNKNOWN)


class Names:
    """The names of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._meanings = {bare(IGNORED): _SKIPPED}
        for name, counterpart in vocabulary.passed_over.items():
            column = None if counterpart is None else vocabulary.column(counterpart)
            self._meanings[bare(name)] = Meaning(Sort.PASSED_OVER, column)
        for name, target in vocabulary.aliases.items():
            self._meanings[bare(name)] = Meaning(Sort.COLUMN, vocabulary.column(target))
        for column in vocabulary.columns:
            self._meanings[bare(column.name)] = Meaning(Sort.COLUMN, column)

    def meaning(self, name: str) -> Meaning:
        """What `name` means; a name that begins with `_` is skipped."""
        if name.strip(WHITE_SPACE).startswith("_"):
            return _SKIPPED
        return self._meanings.get(bare(name), _UNKNOWN)

    def nearest(self, name: str) -> str | None:
        """The column whose name is nearest to `name`; None where none is near, or two are equally near."""
        columns = {folded: meaning.column.name for folded, meaning in self._meanings.items() if meaning.column}
        return likeness.nearest_column(bare(name), columns)


def same_name(name: str, others: Iterable[str]) -> str | None:
    """Which of `others` is `name`, as written or, failing that, without what does not matter; None where none is."""
    others = tuple(others)
    if name in others:
        return name
    folded = bare(name)
    return next((other for other in others if bare(other) == folded), None)
