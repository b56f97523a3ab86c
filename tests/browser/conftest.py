"""A browser, and the application as people start it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

import milepost
import programs
from browser import chromium
from functional.workbench import command, environment
from milepost.reference import KINDS

DEMO = Path(str(resources.files("milepost.demo") / "data"))
Serving = Callable[..., str]
"""Serves the store at a URL, with further words of the command, and gives the secret link."""


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """The browser. It ends with its module: as long as it is there, no other event loop can run in this thread."""
    path = programs.CHROMIUM.needed()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    """Serves stores until the test ends."""
    running: list[subprocess.Popen[str]] = []

    def start(database: str, *more: str | Path) -> str:
        words = command("serve", "--db", database, "--port", "0", "--data", tmp_path / "data", *more)
        running.append(subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment()))
        assert running[-1].stdout is not None
        return running[-1].stdout.readline().removeprefix("Open ").strip()

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def load_reference(database: str) -> None:
    """Loads the reference data of the demonstration."""
    for kind in KINDS:
        milepost.load_file(kind, DEMO / f"{kind.replace('-', '_')}.csv", database)
