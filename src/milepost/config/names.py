"""How names are compared, listed, quoted and guessed in the messages of this room."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from milepost.model import likeness

LEAST_LIKENESS = 65
"""Names less alike than this, of 100, are no help to somebody who mistyped one."""

LONGEST_QUOTE = 60
"""A message repeats at most this many characters of what was written."""


def folded(name: str) -> str:
    """`name` as it is compared: letter case and white space around it do not matter."""
    return name.strip().casefold()


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The name of `known` that is most like `name`; None where none is alike or several are equally alike."""
    return likeness.nearest(folded(name), {folded(one): one for one in sorted(set(known))}, LEAST_LIKENESS)


def suggestion(name: str, known: Iterable[str]) -> str:
    """What to add to a message about the unknown `name`: `; did you mean …?`, or nothing."""
    near = nearest(name, known)
    return "" if near is None else f"; did you mean {near}?"


def quoted(text: str) -> str:
    """`text` in quotation marks, on one line and of bounded length."""
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return f'"{line}"' if len(line) <= LONGEST_QUOTE else f'"{line[: LONGEST_QUOTE - 1]}…"'


def listing(names: Iterable[str], conjunction: str = "or") -> str:
    """`names` as a list in a sentence: `a, b or c`."""
    every = list(names)
    return f" {conjunction} ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


def by_folded(names: Iterable[str]) -> MappingProxyType[str, str]:
    """Each of `names` under the form in which it is compared."""
    return MappingProxyType({folded(name): name for name in names})
