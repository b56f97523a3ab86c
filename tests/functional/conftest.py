"""Folders and stores for the command line's tests."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from functional.workbench import REFERENCE, run_here


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    for name in ("MILEPOST_DB", "MILEPOST_DEBUG", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["milepost"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with reference data; to be copied, not used."""
    place = tmp_path_factory.mktemp("loaded")
    for kind, content in REFERENCE.items():
        outcome = run_here("load", kind, "-", "--db", place / "milepost.db", stdin=content)
        assert (outcome.status, outcome.stderr) == (0, ""), outcome
    return place / "milepost.db"


@pytest.fixture
def store(folder: Path, loaded: Path) -> Path:
    """A working folder's own store, with reference data."""
    return Path(shutil.copy(loaded, folder / "milepost.db"))
