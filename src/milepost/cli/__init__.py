"""The command line: from arguments to an exit status."""

from __future__ import annotations

import sys
from typing import NoReturn

from milepost.cli import interruption


def main() -> NoReturn:
    """Runs the command that the process's arguments name, and ends the process."""
    interruption.receive()
    try:
        # The commands take a moment to import. Ctrl-C must not show a traceback then either.
        from milepost.cli import application
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing was done.\n")
        sys.exit(interruption.EXIT_STATUS)
    application.main()
