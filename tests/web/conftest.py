"""Stores that pages show."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from functional.workbench import DIRTY, HEADER, REFERENCE, run_here
from web.workbench import local_person

REPLACED = HEADER + "ada,intro,2024,maths,2024-02-01 10:00:00,60,incomplete,<b>\nada,intro,2024,maths,,60,incomplete,\n"


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two imports, the second of which changes values; to be read only."""
    folder = tmp_path_factory.mktemp("filled")
    for kind, content in REFERENCE.items():
        run_here("load", kind, "-", "--db", folder / "milepost.db", stdin=content)
    for name, content in (("dirty.csv", DIRTY), ("replaced.csv", REPLACED)):
        (folder / name).write_text(content, encoding="utf-8")
        outcome = run_here("import", folder / name, "--db", folder / "milepost.db", "--actor", "eve & co")
        assert outcome.status == 1, outcome
    return folder / "milepost.db"


@pytest.fixture
def client(filled: Path, tmp_path: Path) -> TestClient:
    """The local person, in front of the filled store."""
    return local_person(filled, tmp_path)


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Path:
    """A copy of the filled store, to be changed."""
    return Path(shutil.copy(filled, tmp_path / "milepost.db"))
