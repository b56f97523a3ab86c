"""A progress bar on stderr for work that takes longer than a second."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from milepost.model.phases import Progress

PATIENCE = 1.0
"""Seconds before the bar appears."""


@contextmanager
def bar() -> Iterator[Progress | None]:
    """The function that an import reports its progress to; None if stderr is not a terminal."""
    if not _is_animated():
        yield None
        return
    from rich import progress
    from rich.console import Console

    from milepost.cli import terminal

    shown = progress.Progress(
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TextColumn("{task.fields[share]}"),
        progress.TimeElapsedColumn(),
        console=Console(file=sys.stderr, no_color=terminal.colour_is_unwelcome()),
        transient=True,
    )
    task = shown.add_task("starting", total=None, share="")
    phases = ["starting"]

    def report(phase: str, done: int, total: int | None) -> None:
        if phase != phases[-1]:
            # A completed task stops the clock, also for the next phases.
            shown.reset(task, total=total, description=phase, share="")
            phases.append(phase)
        share = f"{done / total:.0%}" if total else ""
        shown.update(task, completed=done, total=total, share=share)

    # A long statement reports nothing in between, so a timer shows the bar.
    appearance = threading.Timer(PATIENCE, shown.start)
    appearance.daemon = True
    appearance.start()
    try:
        yield report
    finally:
        appearance.cancel()
        appearance.join()
        shown.stop()


def _is_animated() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
