"""What is no store, or no store any more, is told in a sentence, and nothing in it is touched."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from functional.workbench import CLEAN, run_here
from milepost.stores.sql import migrations

pytestmark = pytest.mark.usefixtures("folder")

COMMANDS = (("import", "tracking.csv"), ("check", "tracking.csv"), ("runs",), ("export", "tracking"))
NEWEST = max(path.name for path in Path(migrations.__path__[0], "versions").glob("0*.py"))[:4]
NO_SQLITE = " is not a store: it is no SQLite file. Name another with --db."


@pytest.fixture(autouse=True)
def _file(folder: Path) -> None:
    (folder / "tracking.csv").write_text(CLEAN)


def _assert_told(message: str, *words: str, path: str = "milepost.db") -> None:
    """Without --json and with it; and what lies at `path` stays as it is."""
    place = Path(path)
    before = place.read_bytes() if place.is_file() else place.exists()
    outcome = run_here(*words, "--db", path)
    assert (outcome.status, outcome.stdout, outcome.stderr) == (2, "", message + "\n")
    if words[0] != "export":
        assert run_here(*words, "--db", path, "--json").error == message
    assert (place.read_bytes() if place.is_file() else place.exists()) == before


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize("content", [b"this is no database\n" * 100, b"\0" * 5_000, b"PK\x03\x04" * 1_000])
def test_a_file_that_is_no_database(words: tuple[str, ...], content: bytes) -> None:
    Path("milepost.db").write_bytes(content)
    _assert_told("milepost.db" + NO_SQLITE, *words)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_folder(words: tuple[str, ...]) -> None:
    Path("milepost.db").mkdir()
    _assert_told("milepost.db is a folder, not a store. Name a file in it.", *words)


def test_a_folder_that_is_not_there() -> None:
    path = "nowhere/milepost.db"
    _assert_told(
        "There is no folder nowhere to keep the store milepost.db in. Make it first.",
        "import",
        "tracking.csv",
        path=path,
    )
    for words in COMMANDS[1:]:
        _assert_told(
            f"There is no store at {path}. Load or import something first, or name another with --db.",
            *words,
            path=path,
        )


@pytest.mark.parametrize("words", COMMANDS)
def test_a_store_of_a_newer_version(words: tuple[str, ...], store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    _assert_told(
        f"The store milepost.db was made by a newer Milepost (its version is 9999, this one knows {NEWEST}). "
        "Upgrade Milepost to use it.",
        *words,
    )


@pytest.mark.parametrize("words", COMMANDS)
def test_a_store_that_does_not_say_its_version(words: tuple[str, ...], store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.commit()
    _assert_told("The store milepost.db does not say which version it is. Restore it from a backup.", *words)


def test_the_database_of_another_program() -> None:
    with closing(sqlite3.connect("milepost.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE learner (name TEXT)")
        connection.commit()
    _assert_told(
        "milepost.db is the database of another program. Name another file with --db.", "import", "tracking.csv"
    )
    for words in COMMANDS[1:]:
        _assert_told(
            "milepost.db holds no store yet. Load or import something first, or name another with --db.", *words
        )


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.5, 0.95])
def test_a_store_whose_end_is_missing(words: tuple[str, ...], kept: float, store: Path) -> None:
    content = store.read_bytes()
    store.write_bytes(content[: int(len(content) * kept)])
    outcome = run_here(*words)
    assert outcome.status == 2
    assert outcome.stderr == "The store milepost.db is damaged. Restore it from a backup.\n"


@pytest.mark.parametrize("words", COMMANDS)
def test_a_store_with_a_damaged_page(words: tuple[str, ...], store: Path) -> None:
    content = bytearray(store.read_bytes())
    content[100:4096] = b"\xff" * 3996
    store.write_bytes(content)
    _assert_told("The store milepost.db is damaged. Restore it from a backup.", *words)
