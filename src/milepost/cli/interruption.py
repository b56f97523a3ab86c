"""Ctrl-C and SIGTERM: they end a command, until its work is being committed. From then on they come too late."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from milepost.model.progress import COMMITTING, Progress

EXIT_STATUS = 130
"""Of a command that was interrupted: 128 and the number of SIGINT, as shells have it."""


class _Door:
    """Whether an interruption is let in."""

    open = True
    is_hushed = False


_SOON = 0.01
"""Seconds."""


def receive() -> None:
    """Turns both signals into KeyboardInterrupt for the rest of this process, unless they come too late."""
    _Door.open, _Door.is_hushed = True, False
    sys.unraisablehook = _passed_over
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def leave() -> None:
    """Passes over both signals while the process ends: nothing is left to undo, and the exit status is settled."""
    # Not a handler of Python's: the interpreter takes those away before it has ended.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def hush() -> None:
    """Says nothing of what an interruption leaves half done, if it ends this process.

    It may come when a context has been entered and Python is not yet in its block: such a context ends when it is
    thrown away, and Python would print that the connection which it ends is closed.
    """
    _Door.is_hushed = True


def _send_again() -> None:
    if sys.platform == "win32":
        signal.raise_signal(signal.SIGINT)
    else:
        # To the main thread, so that what it waits for ends.
        main = threading.main_thread().ident
        if main is not None:
            signal.pthread_kill(main, signal.SIGINT)


def _passed_over(ignored: sys.UnraisableHookArgs) -> None:
    """What to do about an error that Python can raise nowhere, such as one that comes while it tidies up."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        # An interruption must not be lost: it comes once more, a moment later.
        again = threading.Timer(_SOON, _send_again)
        again.daemon = True
        again.start()
    elif not _Door.is_hushed:
        sys.__unraisablehook__(ignored)


@contextmanager
def allowed() -> Iterator[None]:
    """Lets both signals in again while the block runs, although the work is done: nothing must wait for ever."""
    before, _Door.open = _Door.open, True
    try:
        yield
    finally:
        _Door.open = before


def until_commit(report: Progress | None) -> Progress:
    """Passes progress on to `report`, and refuses interruptions once the work is being committed."""

    def watch(phase: str, done: int, total: int | None) -> None:
        if phase == COMMITTING:
            _Door.open = False
        if report is not None:
            report(phase, done, total)

    return watch


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    if _Door.open:
        raise KeyboardInterrupt
