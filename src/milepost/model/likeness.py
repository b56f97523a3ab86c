"""How names are compared, and the known name that is most like an unknown one: suggested, never accepted.

rapidfuzz takes a while to import, and most runs have no unknown names; so it is imported when a name is looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

Value = TypeVar("Value")

LEAST = 65
"""Names less alike than this, of 100, are no help to somebody who mistyped one."""
_LEAST_FOR_COLUMNS = 0.6
"""How alike the names of two columns must be, from 0 to 1."""


def nearest(name: str, known: Mapping[str, str], least: float) -> str | None:
    """The value of `known` whose key is most like `name`; None where none is alike, or two are equally so.

    `name` and the keys are as they are compared (folded, say). `least` is how alike they must be at the least, of 100.
    """
    from rapidfuzz import fuzz, process

    best = process.extract(name, known.keys(), scorer=fuzz.ratio, score_cutoff=least, limit=2)
    if not best or (len(best) > 1 and best[0][1] == best[1][1]):
        return None
    return known[best[0][0]]


def nearest_column(name: str, known: Mapping[str, Value]) -> Value | None:
    """The value of `known` whose key has the fewest edits from `name`; None where none is near, or two values are.

    Names of columns are short and have several words, so that edits tell more than the share of equal characters.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    near = process.extract(
        name,
        known.keys(),
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_LEAST_FOR_COLUMNS,
        limit=None,
    )
    edits = {key: DamerauLevenshtein.distance(name, key) for key, _, _ in near}
    best = {known[key] for key, count in edits.items() if count == min(edits.values())}
    return best.pop() if len(best) == 1 else None


def folded(name: str) -> str:
    """`name` as names of settings and elements are compared: letter case and white space around it do not matter."""
    return name.strip().casefold()


def by_folded(names: Iterable[str]) -> MappingProxyType[str, str]:
    """Each of `names` under the form in which it is compared."""
    return MappingProxyType({folded(name): name for name in names})


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The name of `known` that is most like `name`, both folded; None where none is alike or several are."""
    return nearest(folded(name), by_folded(sorted(set(known))), LEAST)


def suggestion(name: str, known: Iterable[str]) -> str:
    """What to add to a message about the unknown `name`: `; did you mean …?`, or nothing."""
    near = nearest_name(name, known)
    return "" if near is None else f"; did you mean {near}?"
