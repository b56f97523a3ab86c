"""What the names in a header mean, by the vocabulary of the file, and what an unknown name may mean."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from milepost.formats import header_words
from milepost.formats.registry import Expected
from milepost.model.columns import IGNORED, Column, Vocabulary
from milepost.model.likeness import WHITE_SPACE, bare, nearest_column

MOST_COLUMNS = 4096
"""A file with more columns is refused."""


@dataclass(frozen=True, slots=True)
class Meaning:
    sort: Literal["column", "passed over", "skipped", "unknown"]
    """A name that is passed over is known, but not read. A skipped one asks to be skipped."""
    column: Column | None = None
    """The column of a name that means one."""
    counterpart: Column | None = None
    """The column that a name that is passed over could be mapped to, if any."""


SKIPPED = Meaning("skipped")
_UNKNOWN = Meaning("unknown")


class Names:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.columns = vocabulary.columns
        self._meanings = {bare(IGNORED): SKIPPED}
        for name, target in vocabulary.passed_over.items():
            counterpart = None if target is None else vocabulary.column(target)
            self._meanings[bare(name)] = Meaning("passed over", counterpart=counterpart)
        for name, target in vocabulary.aliases.items():
            self._meanings[bare(name)] = Meaning("column", vocabulary.column(target))
        for column in vocabulary.columns:
            self._meanings[bare(column.name)] = Meaning("column", column)

    def meaning(self, name: str) -> Meaning:
        """The meaning of `name`; a name that begins with `_` is skipped."""
        if name.strip(WHITE_SPACE).startswith("_"):
            return SKIPPED
        return self._meanings.get(bare(name), _UNKNOWN)

    def likely(self, name: str, taken: Collection[str] = ()) -> tuple[str | None, str]:
        """The column that `name` may mean, and the part of a message that says so; None if there is none.

        It is the column of the same meaning, else the one whose name is nearest; but none of those `taken`, and never
        one that is near by its letters alone when the words of `name` mean something else.
        """
        is_understood, column = header_words.meaning(name)
        said = ", it may mean"
        if not is_understood:
            said = ", the nearest is"
            near = {one: meaning.column or meaning.counterpart for one, meaning in self._meanings.items()}
            column = nearest_column(bare(name), {one: found.name if found else "" for one, found in near.items()})
        if not column or column in taken or column not in {one.name for one in self.columns}:
            return None, ""
        return column, f'{said} "{column}"'


def known(cells: Iterable[str], expected: Expected) -> dict[str, str]:
    """The cells that are names of columns or that the caller has given a meaning, each once."""
    names, reading, sorts = Names(expected.vocabulary), expected.reading, ("column", "passed over")
    given = {bare(part) for name in reading.header_map for part in (name, *name.split("+"))}
    given |= set(map(bare, reading.header_ignore))
    # A file with more columns is refused.
    first = itertools.islice(cells, MOST_COLUMNS)
    return {bare(one): one for one in first if bare(one) in given or names.meaning(one).sort in sorts}


def likely(cells: Iterable[str], expected: Expected) -> dict[str, str]:
    """The cells that are known, or whose words mean a column."""
    columns = {column.name for column in expected.vocabulary.columns}
    first = tuple(itertools.islice(cells, MOST_COLUMNS))
    return known(first, expected) | {bare(one): one for one in first if header_words.meaning(one)[1] in columns}
