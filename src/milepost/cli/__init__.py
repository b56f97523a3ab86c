"""The command line: a door. Arguments in, exit status out."""

from __future__ import annotations

import sys
from typing import NoReturn

from milepost.cli import interruption


def main() -> NoReturn:
    """Runs the command that the process's arguments name, and ends the process."""
    interruption.receive()
    try:
        # The commands take a moment to import, in which Ctrl-C is no more welcome to a traceback than later.
        from milepost.cli import application
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing was done.\n")
        sys.exit(interruption.EXIT_STATUS)
    application.main()
