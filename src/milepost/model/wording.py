"""How messages quote and list names, and how they name settings, in the library and on the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Self

LONGEST_QUOTE = 60
"""The most characters of a quoted value in a message."""

NAMED = re.compile(r'(?P<what>setting|argument) "(?P<name>\w[\w.]*)"(?: = (?P<value>"(?:[^"\\]|\\.)*"))?')
"""A setting or an argument in a message, as `setting` and `argument` name it; the value is a JSON string."""

NOTES = {
    "configuration": "A part of the configuration, or a setting, has no effect.",
    "encoding": "The byte-order mark says another encoding than the setting.",
    "delimiter": "Which delimiter was found.",
    "sheet": "Which sheet is read, or that there is none.",
    "columns": "Columns of the file that are not used.",
    "lacking-columns": "Columns that the file lacks, and the stored values that this resets.",
    "rejects-file": "The file is a rejects file.",
    "mended": "What becomes of the rejected rows of the run that the file names.",
    "date-format": "Another date format that would read more of the file's dates.",
    "progression-unit": "The progressions of the file look like fractions.",
    "note": "Anything else.",
}
"""The codes of notes, and what they are about."""


class Note(str):
    """A remark for the user: a sentence, with a code."""

    code: str
    """One of `NOTES`."""

    def __new__(cls, sentence: str, code: str = "note") -> Self:
        """`code` is one of `NOTES`."""
        note = super().__new__(cls, sentence)
        note.code = code
        return note


INVISIBLE = (
    "[\u00a0\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Matches characters that cannot be seen, or told from a blank: spaces but the usual one, and format characters."""
_INVISIBLE = re.compile(INVISIBLE)


def spelt(text: str) -> str:
    """`text` with invisible characters spelt out, such as `\\u00a0`."""
    return _INVISIBLE.sub(
        lambda sign: f"\\u{ord(sign[0]):04x}" if sign[0] <= "\uffff" else f"\\U{ord(sign[0]):08x}", text
    )


def page(name: str) -> str:
    """The path of a page of the documentation, which comes with the package."""
    package = Path(__file__).parents[1]
    found = (folder / "docs" / name for folder in (package, package.parents[1]))
    return next((str(path) for path in found if path.is_file()), f"docs/{name}")


def in_quotes(text: str) -> str:
    """`text` in quotation marks, on one line, with invisible characters spelt out, and of bounded length."""
    line = "".join(sign if sign.isprintable() else " " for sign in spelt(text))
    return f'"{line}"' if len(line) <= LONGEST_QUOTE else f'"{line[: LONGEST_QUOTE - 1]}…"'


def listed(names: Iterable[str], conjunction: str = "and") -> str:
    """`names` as a list in a sentence: `a, b and c`."""
    every = list(names)
    return f" {conjunction} ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


def quoted(names: Iterable[str]) -> str:
    """The names in quotes, separated by commas, with invisible characters spelt out."""
    return ", ".join(f'"{spelt(name)}"' for name in names)


def setting(name: str, value: str | None = None) -> str:
    """The name of a setting in a message, with a value to set: `setting "updateMode" = "patch"`."""
    return _named("setting", name, value)


def argument(name: str, value: str | None = None) -> str:
    """The name of an argument of the library's functions in a message: `argument "wait"`."""
    return _named("argument", name, value)


def _named(what: str, name: str, value: str | None) -> str:
    given = "" if value is None else f" = {json.dumps(value, ensure_ascii=False)}"
    return f'{what} "{name}"{given}'


def settings_in(message: str) -> tuple[str, ...]:
    """The names of the settings that `message` names, each once."""
    return tuple(dict.fromkeys(found["name"] for found in NAMED.finditer(message) if found["what"] == "setting"))
