"""An interruption that comes where Python can raise nothing is not lost, and says nothing."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import time
from milepost.cli import interruption

class TidiedUp:
    def __del__(self):
        raise {error}

interruption.receive()
{hush}
try:
    TidiedUp()
    time.sleep({patience})
    print("passed over")
except KeyboardInterrupt:
    print("interrupted")
"""


def _run(error: str, *, hush: bool = False, patience: float = 0.2) -> tuple[str, bool]:
    """What the program prints, and whether there is anything on standard error."""
    text = PROGRAM.format(error=error, hush="interruption.suppress_messages()" if hush else "", patience=patience)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip(), bool(done.stderr)


def test_it_comes_again_a_moment_later() -> None:
    assert _run("KeyboardInterrupt", patience=30) == ("interrupted", False)


def test_other_errors_are_told_unless_an_interruption_is_their_cause() -> None:
    assert _run("ValueError") == ("passed over", True)
    assert _run("ValueError", hush=True) == ("passed over", False)
