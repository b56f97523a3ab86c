"""What is printed on standard output and standard error, with colour or without."""

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
"""The version of every JSON document. Removing a key or changing its meaning raises it."""


def say(lines: Iterable[Text | str], *, to_stderr: bool = False) -> None:
    """Prints lines, coloured if the stream is a terminal. Long lines are not wrapped."""
    shown = _console(sys.stderr if to_stderr else sys.stdout)
    for line in lines:
        shown.print(line)
    shown.file.flush()


def note(message: str) -> None:
    """One remark on stderr."""
    print(f"note: {visible(remedies.told(message))}", file=sys.stderr)


def document(content: Mapping[str, Any], name: str | None = None, items: Iterable[str] = ()) -> None:
    """One JSON document on stdout, in UTF-8 whatever the terminal's encoding.

    `items` are JSON texts. They are written one by one, as the list `name` at the end.
    """
    out = data_stream()
    text = json_text({"format_version": FORMAT_VERSION, **content})
    if name is not None:
        out.write(f'{text[:-1]}, "{name}": ['.encode())
        for place, item in enumerate(items):
            out.write((f", {item}" if place else item).encode())
        text = "]}"
    out.write(f"{text}\n".encode())
    out.flush()


def json_text(content: object) -> str:
    """JSON on one line, instants as `2024-03-01T08:30:00Z`; bytes that are not UTF-8 become question marks."""
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
    """`text` with control and direction characters escaped, so that no cell of a file controls the terminal."""
    return "".join(one.encode("unicode_escape").decode() if _is_control(one) else one for one in text)


_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _is_control(character: str) -> bool:
    return character in _DIRECTIONS or unicodedata.category(character) in {"Cc", "Zl", "Zp"}


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
