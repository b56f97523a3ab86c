"""The comparison of texts, and the known name nearest to an unknown one: it is suggested, never accepted.

Texts are compared in NFC and *without letter case* (`str.casefold`).

rapidfuzz is slow to import, and most runs have no unknown names. So it is imported on first use.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType

WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters with the Unicode property White_Space, as Polars strips them. `str.strip` strips four more."""

_INSIGNIFICANT = str.maketrans(dict.fromkeys(WHITE_SPACE + "_-"))


def fold(text: str) -> str:
    """The form in which log-in names, e-mails and GUIDs are compared."""
    return unicodedata.normalize("NFC", text).casefold()


def bare(name: str) -> str:
    """The form in which column names and status words are compared: `fold` without white space, `_` and `-`."""
    return unicodedata.normalize("NFC", fold(name)).translate(_INSIGNIFICANT)


def key(text: str) -> str:
    """The form in which whole cells are compared with texts of settings: `fold` without surrounding white space."""
    return fold(text.strip(WHITE_SPACE))


def words(text: str) -> tuple[str, ...]:
    """The words of a text that separates them by `|`; `\\|` is one. Empty ones are left out."""
    parts = (part.replace("\\|", "|").strip(WHITE_SPACE) for part in re.split(r"(?<!\\)\|", text))
    return tuple(part for part in parts if part)


def joined(parts: Iterable[str]) -> str:
    """The text of which `words` makes these parts."""
    return "|".join(part.replace("|", "\\|") for part in parts)


LEAST = 65
"""The least similarity of a suggestion, from 0 to 100."""
_LEAST_FOR_COLUMNS = 0.6
"""The least similarity of the names of two columns, from 0 to 1."""


def nearest(name: str, known: Mapping[str, str], least: float) -> str | None:
    """The value of `known` with the key most similar to `name`; None if no key is similar, or two are equally so.

    `name` and the keys are compared as they are: fold them first. `least`: the least similarity, from 0 to 100.
    """
    from rapidfuzz import fuzz, process

    best = process.extract(name, known.keys(), scorer=fuzz.ratio, score_cutoff=least, limit=2)
    if not best or (len(best) > 1 and best[0][1] == best[1][1]):
        return None
    return known[best[0][0]]


def near(name: str, known: Mapping[str, str], least: float, most: int) -> tuple[str, ...]:
    """The values of `known` whose keys are most similar to `name`, the nearest first; see `nearest`."""
    from rapidfuzz import fuzz, process

    found = process.extract(name, known.keys(), scorer=fuzz.ratio, score_cutoff=least, limit=most)
    return tuple(known[one] for one, _, _ in found)


def nearest_column(name: str, known: Mapping[str, str]) -> str | None:
    """The value of `known` with the fewest edits between its key and `name`; None if none is near, or two values are.

    Names of columns are short and have several words, so edits are a better measure than the share of equal characters.
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
    """`name` in the form for comparisons: without letter case and surrounding white space."""
    return name.strip().casefold()


def by_folded(names: Iterable[str]) -> MappingProxyType[str, str]:
    """Folded names, to `names`."""
    return MappingProxyType({folded(name): name for name in names})


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The name of `known` most similar to `name`, both folded; None if none is similar, or several are equally so."""
    return nearest(folded(name), by_folded(sorted(set(known))), LEAST)


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of a message about the unknown `name`: `; did you mean …?`, or nothing."""
    near = nearest_name(name, known)
    return "" if near is None else f"; did you mean {near}?"
