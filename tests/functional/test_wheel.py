"""The wheel has what its messages and its pages name, and works without the project beside it."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from functional.workbench import environment

_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built."""
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(words, cwd=_ROOT, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


def test_it_has_every_page_that_a_message_names(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        pages = {path.name for path in (_ROOT / "docs").glob("*.md")}
        assert {f"milepost/docs/{name}" for name in pages} <= names
        source = "".join(path.read_text("utf-8") for path in (_ROOT / "src").rglob("*.py"))
        named = re.findall(r"\bpage\(.([\w-]+\.md).\)", source)
        assert named
        assert set(named) <= pages
        metadata = next(packed.read(name).decode() for name in names if name.endswith(".dist-info/METADATA"))
    # The project has no address on the web: a link would lead nowhere.
    assert message_from_string(metadata).get_all("Project-URL") is None


def test_it_works_by_itself(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    program = "from milepost.model.wording import page; print(page('postgresql.md'))"
    env = environment(PYTHONPATH=str(tmp_path / "site"))
    shown = subprocess.run([sys.executable, "-c", program], env=env, cwd=tmp_path, check=True, capture_output=True)
    assert shown.stdout.decode().strip() == str(tmp_path / "site" / "milepost" / "docs" / "postgresql.md")
    words = [sys.executable, "-m", "milepost", "demo"]
    done = subprocess.run(words, env=env, cwd=tmp_path, check=True, capture_output=True)
    assert b"3,150 rows" in done.stdout
