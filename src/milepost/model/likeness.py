"""The known name that is most like an unknown one: suggested, never accepted."""

from __future__ import annotations

from collections.abc import Mapping

from rapidfuzz import fuzz, process


def nearest(name: str, known: Mapping[str, str], least: float) -> str | None:
    """The value of `known` whose key is most like `name`; None where none is alike, or two are equally so.

    `name` and the keys are as they are compared (folded, say). `least` is how alike they must be at the least, of 100.
    """
    best = process.extract(name, known.keys(), scorer=fuzz.ratio, score_cutoff=least, limit=2)
    if not best or (len(best) > 1 and best[0][1] == best[1][1]):
        return None
    return known[best[0][0]]
