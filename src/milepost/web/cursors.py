"""Numbers in links and requests that say where a list goes on."""

from __future__ import annotations


def number_of(text: str) -> int | None:
    """The whole number that a text is; None for the beginning, and for what is none or has more than nine digits."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
