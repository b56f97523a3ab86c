"""How much a command says, and its log: the options --quiet, --verbose and --log."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from milepost.model.exceptions import MilepostError, UsageError, writing
from milepost.model.phases import Progress


@dataclass
class Voice:
    """What a command says beside its data."""

    is_quiet: bool = False
    is_verbose: bool = False
    log: IO[str] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    """What is told at the end: numbers and codes. Never names or values, which may be personal data or passwords."""
    _began: float = field(default_factory=time.monotonic)

    def tell(self, event: str, **facts: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
        """Adds an event to the log, and prints it on standard error if the command is verbose."""
        seconds = round(time.monotonic() - self._began, 3)
        if self.log is not None:
            line = {"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", "pid": os.getpid(), "event": event, **facts}
            with suppress(OSError):  # a full disk must not stop an import
                self.log.write(json.dumps(line | {"seconds": seconds}) + "\n")
                self.log.flush()
        if self.is_verbose:
            told = ", ".join(f"{name} {value}" for name, value in facts.items())
            print(f"{seconds:9.3f} s  {event}" + (f": {told}" if told else ""), file=sys.stderr)

    def watching(self, report: Progress | None) -> Progress | None:
        """`report`, which tells when a phase begins, too."""
        if self.log is None and not self.is_verbose:
            return report
        phases = [""]

        def watch(phase: str, done: int, total: int | None) -> None:
            if phase != phases[-1]:
                phases.append(phase)
                self.tell("phase", phase=phase)
            if report is not None:
                report(phase, done, total)

        return watch


_voices = [Voice()]


def current() -> Voice:
    """The voice of the command that is running."""
    return _voices[-1]


@contextmanager
def speaking(command: str, version: str, *, quiet: bool, verbose: bool, log: str | None) -> Iterator[Voice]:
    """The voice of a command while the block runs. Raises UsageError, and FileError if the log cannot be opened."""
    if quiet and verbose:
        raise UsageError("--quiet and --verbose contradict each other. Leave one out.")
    with ExitStack() as stack:
        voice = Voice(quiet, verbose, None if log is None else stack.enter_context(_opened(log)))
        _voices.append(voice)
        stack.callback(_voices.pop)
        voice.tell("started", command=command, version=version)
        try:
            yield voice
        except BaseException as error:
            known = error if isinstance(error, MilepostError) else None
            code = known.code if known else type(error).__name__
            voice.tell("failed", code=code, retry=bool(known and known.retry), run=known and known.run)
            raise
        voice.tell("finished", **voice.facts)


def _opened(log: str) -> AbstractContextManager[IO[str]]:
    if log == "-":
        return nullcontext(sys.stderr)
    with writing(f"{log} cannot be written", "Name another file with --log."):
        return Path(log).open("a", encoding="utf-8")
