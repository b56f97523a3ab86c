"""Which Chromium tests drive; run as a program, it brings one where it can."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

MISSING = "Tests in a browser need Chromium: apt-get install chromium, or name another one in MILEPOST_CHROMIUM."
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PACKAGES = ("chromium", "fonts-dejavu-core")


def find() -> str | None:
    """The path of the browser; None if there is none."""
    named = os.environ.get("MILEPOST_CHROMIUM")
    return named or next((path for name in _NAMES if (path := shutil.which(name))), None)


def bring() -> None:
    """Installs the browser with apt-get, as root on Debian; says what to do elsewhere."""
    if find() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "--yes", "--no-install-recommends", *_PACKAGES]):
            subprocess.run(["apt-get", "-qq", *words], env=quietly, check=False, stdout=subprocess.DEVNULL)
    if find() is None:
        print(MISSING, file=sys.stderr)


if __name__ == "__main__":
    bring()
