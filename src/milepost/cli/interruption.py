"""Ctrl-C, SIGTERM and SIGHUP: they end a command until its commit begins. After that they are ignored."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from milepost.model.phases import COMMITTING, Progress

EXIT_STATUS = 130
"""Of an interrupted command: 128 plus the number of SIGINT, as in shells."""


SIGNALS = [signal.SIGINT, signal.SIGTERM, *([] if sys.platform == "win32" else [signal.SIGHUP])]


class _State:
    is_allowed = True
    """Whether an interruption ends the command."""
    is_pending = False
    """Whether one has come while it was not allowed."""
    has_come = False
    """Whether one has come, so that what is unfinished is being removed."""
    is_quiet = False
    """Whether messages about unfinished objects are suppressed."""


def receive() -> None:
    """Turns the signals into KeyboardInterrupt for the rest of this process, except after the commit begins."""
    _State.is_allowed, _State.is_pending, _State.has_come, _State.is_quiet = True, False, False, False
    sys.unraisablehook = _passed_over
    for number in SIGNALS:
        # What `nohup` ignores stays ignored.
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def leave() -> None:
    """Ignores the signals while the process ends: nothing is left to undo, and the exit status is final."""
    # Not a Python handler: the interpreter removes those before it ends.
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def suppress_messages() -> None:
    """Suppresses messages of Python about objects that an interruption leaves unfinished.

    It may come after a context is entered and before its block begins. Such a context ends during garbage collection,
    and Python would print an error about the closed connection.
    """
    _State.is_quiet = True


def _send_again() -> None:
    if sys.platform == "win32":
        signal.raise_signal(signal.SIGINT)
    elif (main := threading.main_thread().ident) is not None:
        # To the main thread, so that its wait ends.
        signal.pthread_kill(main, signal.SIGINT)


def _passed_over(ignored: sys.UnraisableHookArgs) -> None:
    """Handles an error that Python cannot raise, such as one in a finalizer."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        # An interruption must not be lost: it is sent again a moment later.
        again = threading.Timer(0.01, _send_again)
        again.daemon = True
        again.start()
    elif not _State.is_quiet:
        sys.__unraisablehook__(ignored)


@contextmanager
def allowed() -> Iterator[None]:
    """Allows the signals during the block, after the work is done: printing may wait for a reader without end."""
    before, _State.is_allowed = _State.is_allowed, True
    try:
        yield
    finally:
        _State.is_allowed = before


def until_commit(report: Progress | None) -> Progress:
    """Passes progress on to `report`, and ignores interruptions after the commit begins."""

    def watch(phase: str, done: int, total: int | None) -> None:
        if phase == COMMITTING:
            _State.is_allowed = False
        if report is not None:
            report(phase, done, total)

    return watch


def allow_again() -> None:
    """Allows interruptions after a commit, when more work follows; raises KeyboardInterrupt if one came meanwhile."""
    _State.is_allowed = True
    if _State.is_pending:
        _State.is_pending = False
        raise KeyboardInterrupt


def _interrupt(number: int, _frame: FrameType | None) -> None:
    _State.is_pending = not _State.is_allowed
    # A terminal that closes and a service that stops send several. Only Ctrl-C again cuts the removal short.
    if _State.is_allowed and (number == signal.SIGINT or not _State.has_come):
        _State.has_come = True
        raise KeyboardInterrupt
