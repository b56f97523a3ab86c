"""Cuts a delimited file of UTF-8 into ranges of whole records, by a pass whose parts are independent of each other.

Only a line break outside quotes ends a record, and whether one is outside depends on everything before it. So for each
part both is found: whether a quote is open at its end if one was open at its beginning, and if none was. Parts begin
after line breaks, which leaves these two cases. Then all parts are put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from milepost.formats.read.byte_stream import BLOCK
from milepost.formats.read.text_stream import Position, count_characters, line_breaks, patterns

# A CR at the end of what was read may be half a CRLF.
_BREAK = re.compile(rb"\r\n|\n|\r(?!\Z)")


@dataclass(frozen=True, slots=True)
class Span:
    """One part of a file, from the first line that begins in it to the first line that does not."""

    end: int
    """The byte after it. It begins where the one before it ends."""
    breaks: int
    """The number of line breaks."""
    characters: int
    is_open: tuple[bool, bool]
    """Whether a quote is open at its end: if none was open at its beginning, and if one was."""


@dataclass(frozen=True, slots=True)
class Range:
    """Consecutive whole records of a file."""

    begin: Position
    """Where the first one begins."""
    end: int
    """The byte after the last one."""


@dataclass(frozen=True, slots=True)
class Divisible:
    """A file whose ranges can be read on their own."""

    path: Path
    name: str
    """Its name in messages."""
    delimiter: str
    """What its records are read by."""
    begin: Position
    """Where the records begin."""


def nominal(begin: int, size: int, step: int) -> list[tuple[int, int]]:
    """The bytes from `begin` up to `size`, in parts of `step` bytes: the first of each, and the one after its last."""
    return [(first, min(first + step, size)) for first in range(begin, size, step)]


def measure(file: Divisible, first: int, last: int) -> Span:
    """What the lines of a file are like that begin in the bytes from `first` to before `last`.

    It reads no more than a block at a time, unless a line is longer. Raises OSError.
    """
    with file.path.open("rb") as content:
        start = first if first == file.begin.offset else _next_line(content, first)
        end = _next_line(content, last)
        breaks, characters, is_open = 0, 0, (False, True)
        for piece in _pieces(content, start, end):
            breaks += line_breaks(piece)
            characters += count_characters(piece)
            after = _is_open(piece, file.delimiter)
            is_open = (after[is_open[0]], after[is_open[1]])
        return Span(end, breaks, characters, is_open)


def joined(spans: Iterable[Span], begin: Position) -> list[Range]:
    """The ranges of the consecutive spans of a file, whose records begin at `begin`.

    A span that ends within a record goes with the next one. If the last quote is never closed, so does the rest.
    """
    ranges, start, here, is_open = [], begin, begin, False
    for span in spans:
        here = Position(span.end, here.line + span.breaks, here.characters + span.characters)
        is_open = span.is_open[is_open]
        if not is_open and here.offset > start.offset:
            ranges.append(Range(start, here.offset))
            start = here
    if here.offset > start.offset:
        ranges.append(Range(start, here.offset))
    return ranges


def _next_line(file: BinaryIO, place: int) -> int:
    """The first byte at `place` or after it at which a line begins, or the size of the file."""
    file.seek(place - 1)
    read = file.read(BLOCK)
    before = place - 1
    while True:
        if found := _BREAK.search(read):
            return before + found.end()
        more = file.read(BLOCK)
        if not more:
            return before + len(read)
        if read.endswith(b"\r"):
            before, read = before + len(read) - 1, read[-1:] + more
        else:
            before, read = before + len(read), more


def _pieces(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` to before `end`, each piece but the last up to the end of a line."""
    file.seek(start)
    left, held = end - start, b""
    while left > 0:
        # As much again, so that a very long line is looked through few times.
        read = file.read(min(max(BLOCK, len(held)), left))
        if not read:
            break
        left -= len(read)
        held += read
        # A CR at its end may be half a CRLF.
        whole = len(held) - held.endswith(b"\r")
        place = max(held.rfind(b"\n", 0, whole), held.rfind(b"\r", 0, whole)) + 1
        if place:
            yield held[:place]
            held = held[place:]
    if held:
        yield held


def _is_open(piece: bytes, delimiter: str) -> tuple[bool, bool]:
    """See `Span.is_open`, of lines."""
    if b'"' not in piece:
        return False, True
    found = patterns(delimiter)
    closed, opened = found.text.match(piece), found.rest.match(piece)
    return closed is None or closed.end() < len(piece), opened is None or opened.end() < len(piece)
