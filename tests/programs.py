"""The programs that tests drive; run as a program, it brings those that are missing, where it can."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest


def _is_needed() -> bool:
    """Whether tests fail without a program."""
    return os.environ.get("CI") == "true"


@dataclass(frozen=True, slots=True)
class Program:
    """A program that no package of Python has."""

    names: tuple[str, ...]
    packages: tuple[str, ...]
    """Of Debian."""
    variable: str
    """The environment variable that names another one."""
    missing: str
    """What to do without it."""

    def find(self) -> str | None:
        """The path of the program; None if there is none. If one is named, it is that one or none."""
        named = os.environ.get(self.variable)
        return next((path for name in ((named,) if named else self.names) if (path := shutil.which(name))), None)

    def needed(self) -> str:
        """The path of the program; without one, the test is passed over, or fails under CI=true."""
        path = self.find()
        if path is None:
            (pytest.fail if _is_needed() else pytest.skip)(self.missing)
        return path


CHROMIUM = Program(
    ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    ("chromium", "fonts-dejavu-core"),
    "MILEPOST_CHROMIUM",
    "Tests in a browser need Chromium: apt-get install chromium, or name another one in MILEPOST_CHROMIUM.",
)
GNUPG = Program(
    ("gpg",),
    ("gnupg",),
    "MILEPOST_GPG",
    "Tests of PGP need GnuPG: apt-get install gnupg, or name another one in MILEPOST_GPG.",
)


def bring(*programs: Program) -> int:
    """Installs the missing ones with apt-get, as root on Debian; says what to do elsewhere. The exit status."""
    packages = [package for one in programs if one.find() is None for package in one.packages]
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run(["apt-get", "-qq", *words], env=quietly, check=False, stdout=subprocess.DEVNULL)
    missing = [one for one in programs if one.find() is None]
    for one in missing:
        print(one.missing, file=sys.stderr)
    return int(bool(missing) and _is_needed())


if __name__ == "__main__":
    sys.exit(bring(CHROMIUM, GNUPG))
