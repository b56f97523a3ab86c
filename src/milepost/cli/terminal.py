"""Standard output and standard error: who gets what, with colour or without."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

from milepost.cli import remedies

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

FORMAT_VERSION = 1
"""The version of every JSON document; a key that goes or changes its meaning raises it."""


def say(lines: Iterable[Text | str], *, to_stderr: bool = False) -> None:
    """Prints lines, coloured where the stream is a terminal; long lines are left to the terminal to wrap."""
    shown = _console(sys.stderr if to_stderr else sys.stdout)
    for line in lines:
        shown.print(line)
    shown.file.flush()


def note(message: str) -> None:
    """One remark on stderr."""
    print(f"note: {visible(remedies.told(message))}", file=sys.stderr)


def document(content: Mapping[str, Any]) -> None:
    """One JSON document on stdout, in UTF-8 whatever the terminal's encoding."""
    data_stream().write(json_text({"format_version": FORMAT_VERSION, **content}).encode() + b"\n")
    data_stream().flush()


def json_text(content: object) -> str:
    """JSON on one line, instants as `2024-03-01T08:30:00Z`; bytes of a name that are no UTF-8 become question marks."""
    return json.dumps(content, ensure_ascii=False, default=_instant).encode("utf-8", "replace").decode()


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def data_stream() -> BinaryIO:
    """Standard output for bytes."""
    sys.stdout.flush()
    return cast("BinaryIO", sys.stdout.buffer)


def visible(text: str) -> str:
    """`text` with control and direction characters spelt out, so that no cell of a file steers the terminal."""
    return "".join(_spelt(character) if _steers(character) else character for character in text)


_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _steers(character: str) -> bool:
    return character in _DIRECTIONS or unicodedata.category(character) in {"Cc", "Zl", "Zp"}


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode()


def colour_is_unwelcome() -> bool:
    """Whether NO_COLOR is set to something; an empty one counts as none (no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))


def _console(stream: IO[str]) -> Console:
    from rich.console import Console

    class Plain(Console):
        """A console that leaves a closed pipe to the caller instead of ending the process."""

        def on_broken_pipe(self) -> None:
            raise  # rich calls this while it handles the BrokenPipeError

    return Plain(
        file=stream,
        no_color=colour_is_unwelcome(),
        color_system=None if colour_is_unwelcome() else "auto",
        soft_wrap=True,
        highlight=False,
        markup=False,
        emoji=False,
    )
