"""What is printed on standard output and standard error, with colour or without, and options in place of settings."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import sys
import textwrap
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast
from zoneinfo import ZoneInfo

from milepost.cli import voice
from milepost.model import documents, wording
from milepost.model.exceptions import ConfigurationError, MilepostError, Mistake
from milepost.model.phases import Progress

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_NARROW = 50
"""Columns that have no room for a bar."""
PATIENCE = 1.0
"""Seconds before the progress bar appears."""


@dataclass(frozen=True)
class Line:
    """A line to print: texts, each alone or with its style."""

    parts: tuple[str | tuple[str, str], ...]
    no_wrap: bool = False
    """Whether it is a command to paste, which stays whole."""

    @property
    def plain(self) -> str:
        """The line without styles."""
        return "".join(part if isinstance(part, str) else part[0] for part in self.parts)


def styled(*parts: str | tuple[str, str], no_wrap: bool = False) -> Line:
    """See `Line`."""
    return Line(parts, no_wrap)


def say(lines: Iterable[Line | str], *, to_stderr: bool = False) -> None:
    """Prints lines, coloured if the stream is a terminal, and wrapped at words to its width."""
    stream = sys.stderr if to_stderr else sys.stdout
    every = (styled(line) if isinstance(line, str) else line for line in lines)
    width = width_of(stream)
    if width is None and not any(os.environ.get(name) for name in _COLOUR_IS_FORCED):
        # What colours takes a while to import.
        for line in every:
            print(line.plain, file=stream)
    else:
        shown = _console(stream)
        for line in every:
            for part in _fitted(line, width, shown):
                shown.print(part)
    stream.flush()


_COLOUR_IS_FORCED = ("FORCE_COLOR", "TTY_COMPATIBLE")
"""Variables of the environment that ask for colour where there is no terminal."""


def width_of(stream: IO[str]) -> int | None:
    """The columns of a terminal, or those that COLUMNS says; None if the stream is no terminal."""
    if os.environ.get("COLUMNS", "").isdecimal() or stream.isatty():
        return max(20, shutil.get_terminal_size().columns)
    return None


def _fitted(line: Line, width: int | None, console: Console) -> Iterator[Text]:
    """A line in parts that fit, the later ones indented; a command to paste stays whole."""
    from rich.text import Text

    text = Text.assemble(*line.parts)
    if width is None or line.no_wrap or text.cell_len <= width:
        yield text
        return
    indent = len(text.plain) - len(text.plain.lstrip(" "))
    for place, part in enumerate(text[indent:].wrap(console, width - indent - 2)):
        part.rstrip()
        yield Text.assemble(" " * (indent if place == 0 else indent + 2), part)


def complain(message: str) -> None:
    """A message on stderr, wrapped at words to the width of a terminal."""
    width = width_of(sys.stderr)
    for line in message.split("\n"):
        indent = " " * (len(line) - len(line.lstrip(" ")))
        shown = visible(line)
        if width is not None and len(shown) > width:
            shown = textwrap.fill(
                shown, width, subsequent_indent=f"{indent}  ", break_long_words=False, break_on_hyphens=False
            )
        print(shown, file=sys.stderr)


def note(message: str) -> None:
    """One remark on stderr, unless the command is quiet."""
    speaking = voice.current()
    if speaking.is_verbose or speaking.log is not None:
        speaking.tell("note", code=getattr(message, "code", "note"))
    if not speaking.is_quiet:
        complain(f"note: {told(message)}")


def document(
    content: Mapping[str, Any], name: str | None = None, items: Iterable[str] = (), *, notes: Iterable[str] = ()
) -> None:
    """One JSON document on stdout, in UTF-8 whatever the terminal's encoding.

    `items` are JSON texts. They are written one by one, as the list `name` at the end.
    """
    out = data_stream()
    remarks = [{"code": getattr(one, "code", "note"), "message": told(one)} for one in notes]
    text = documents.text({"format_version": documents.FORMAT_VERSION, **content, "notes": remarks})
    if name is not None:
        out.write(f'{text[:-1]}, "{name}": ['.encode())
        for place, item in enumerate(items):
            out.write((f", {item}" if place else item).encode())
        text = "]}"
    out.write(f"{text}\n".encode())
    out.flush()


def failure(error: MilepostError) -> None:
    """The JSON document of an error on stdout."""
    facts = {"code": error.code, "message": message_of(error), "retry": error.retry, "run": error.run}
    data_stream().write(f"{documents.text({'format_version': documents.FORMAT_VERSION, 'error': facts})}\n".encode())
    sys.stdout.flush()


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`2024-03-01 08:30:00 Europe/Paris`."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone}"


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


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """The function that a run reports its progress to, shown as a bar on stderr; None if that is not a terminal."""
    speaking = voice.current()
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or speaking.is_quiet or speaking.is_verbose:
        yield speaking.watching(None)
        return
    from rich import progress
    from rich.console import Console
    from rich.text import Text

    class Left(progress.TimeRemainingColumn):
        """The time that the phase will take, as far as that is known."""

        def render(self, task: progress.Task) -> Text:
            return Text() if task.time_remaining is None else super().render(task).append(" left")

    width = width_of(sys.stderr) or 80
    shown = progress.Progress(
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}"),
        *([progress.BarColumn(bar_width=min(40, width - 45))] if width > _NARROW else []),
        progress.TextColumn("{task.fields[share]}"),
        progress.TimeElapsedColumn(),
        Left(),
        console=Console(file=sys.stderr, no_color=colour_is_unwelcome()),
        transient=True,
    )
    task = shown.add_task("starting", total=None, share="")
    phases = ["starting"]

    def report(phase: str, done: int, total: int | None) -> None:
        if phase != phases[-1]:
            # A completed task stops the clock, also for the next phases.
            shown.reset(task, total=total, description=phase, share="")
            phases.append(phase)
        shown.update(task, completed=done, total=total, share=f"{done / total:.0%}" if total else "")

    # A long statement reports nothing in between, so a timer shows the bar.
    appearance = threading.Timer(PATIENCE, shown.start)
    appearance.daemon = True
    appearance.start()
    try:
        yield speaking.watching(report)
    finally:
        appearance.cancel()
        appearance.join()
        shown.stop()


_ARGUMENTS = {
    "database": "--db",
    "engine": "--engine",
    "cores": "--cores",
    "scratch": "--scratch",
    "schema": "--schema",
    "wait": "--wait",
    "only": "--only",
    "data": "--data",
    "schedules": "--schedule-folder",
    "key": "--key",
    "header_map": "--map",
    "header_ignore": "--ignore",
    "columns": "--columns",
    "keep": "--keep",
    "names": "--names",
    "proxy_address": "--proxy-address",
    "proxy_header": "--proxy-header",
    "oidc_issuer": "--oidc-issuer",
    "oidc_client_id": "--oidc-client-id",
    "oidc_secret_file": "--oidc-secret-file",
    "url": "--url",
    "values": "--values",
    "identifiers": "--identifier",
    "expect": "--expect",
}


def message_of(error: MilepostError) -> str:
    """The message of an error, with options in place of settings and arguments."""
    message = str(error)
    if isinstance(error, ConfigurationError):
        by_option = ConfigurationError(error.source, tuple(map(_by_option, error.mistakes)))
        message = by_option.told("The command line has")
    return told(message)


def _by_option(mistake: Mistake) -> Mistake:
    """A mistake in what the caller has given, with the option in place of its setting."""
    if mistake.line is not None or mistake.setting is None:
        return mistake
    flag, key = _flag(mistake.setting)
    named = f"setting {mistake.setting}:"
    if flag is None or not mistake.message.startswith(named):
        return mistake
    return dataclasses.replace(mistake, message=f"{flag} {key}".rstrip("= ") + mistake.message[len(named) - 1 :])


def told(message: str) -> str:
    """A message, with options in place of settings and arguments."""
    return wording.NAMED.sub(_option, message)


def _option(found: re.Match[str]) -> str:
    name, value = found["name"], None if found["value"] is None else str(json.loads(found["value"]))
    flag, key = (_ARGUMENTS.get(name), "") if found["what"] == "argument" else _flag(name)
    if flag is None:
        return f'--set "{name}={value}"' if value is not None else f"--set {name}=…"
    if value is None:
        return flag
    is_plain = re.fullmatch(r"[\w.%-]+", value) and found["what"] == "setting"
    return f"{flag} {key}{value}" if is_plain else f'{flag} "{key}{value}"'


def _flag(name: str) -> tuple[str | None, str]:
    """The option for the setting `name`, of an import if it has that setting; None if only --set gives it.

    Also, the text before the value if the option gives several settings: `sessionGuid=`.
    """
    from milepost.settings.setting import JobKind
    from milepost.settings.table import TABLE

    home = next((home for job in JobKind for setting, home in TABLE.of(job) if setting.name == name), None)
    if home is None or not home.options:
        return None, ""
    option = home.options[0]
    return option.flag, f"{home.key}=" if option.gives and home.key else ""
