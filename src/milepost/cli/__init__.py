"""The command line: from arguments to an exit status."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

from milepost.cli import interruption

_GARBAGE = 50_000
"""So many new objects are awaited before garbage is searched for; Python awaits 700."""


def main() -> NoReturn:
    """Runs the command that the process's arguments name, and ends the process."""
    interruption.receive()
    # What is imported stays. Searching it for garbage hundreds of times takes a tenth of a short command.
    gc.set_threshold(_GARBAGE)
    try:
        # The commands take a moment to import. Ctrl-C must not show a traceback then either.
        from milepost.cli import application
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing was done.\n")
        sys.exit(interruption.EXIT_STATUS)
    application.main()
