"""Names as parts of sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def listed(names: Sequence[str], conjunction: str = "and") -> str:
    """`a, b and c`."""
    return f" {conjunction} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def quoted(names: Iterable[str]) -> str:
    """The names in quotes, set off by commas."""
    return ", ".join(f'"{name}"' for name in names)
