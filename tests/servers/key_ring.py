"""Keys of GnuPG that are made for tests."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import programs


@dataclass(frozen=True, slots=True)
class KeyRing:
    """A folder of GnuPG with three pairs of keys, and their fingerprints."""

    program: str
    home: Path
    ours: str
    theirs: str
    """The sender's."""
    other: str
    """Of somebody whom the configuration does not name."""

    def run(self, *words: str | Path) -> bytes:
        """What GnuPG writes."""
        line = [self.program, "--homedir", self.home, "--batch", "--quiet", "--yes", "--trust-model", "always", *words]
        return subprocess.run(line, check=True, capture_output=True).stdout


@contextmanager
def made_keys() -> Iterator[KeyRing]:
    """Keys that are made now."""
    program = programs.GNUPG.needed()
    # The sockets of its agent need a short path.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "gnupg"
        home.mkdir(mode=0o700)
        found = [_made(KeyRing(program, home, "", "", ""), name) for name in ("ours", "theirs", "other")]
        yield KeyRing(program, home, *found)
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)


def _made(ring: KeyRing, name: str) -> str:
    ring.run("--passphrase", "", "--quick-gen-key", f"{name}@example.com", "ed25519", "default", "0")
    listed = ring.run("--with-colons", "--list-keys", f"{name}@example.com").decode()
    found = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
    ring.run("--passphrase", "", "--quick-add-key", found, "cv25519", "encr")
    return found
