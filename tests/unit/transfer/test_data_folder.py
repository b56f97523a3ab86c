"""Paths stay inside the data folder, and names of strangers are judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.model.exceptions import TransferError
from milepost.transfer.data_folder import inside, matching, safe_name


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a file, a folder, and links that stay inside or lead out."""
    folder = tmp_path / "data"
    (folder / "import").mkdir(parents=True)
    (folder / "import" / "a.csv").touch()
    (folder / "inner").symlink_to("import")
    (folder / "outer").symlink_to(tmp_path)
    (folder / "dangling").symlink_to(tmp_path / "nothing")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "import" / "linked.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "secret.csv").touch()
    return folder


@pytest.mark.parametrize(
    ("path", "place"),
    [("import", "import"), ("./new/deep/x.csv", "new/deep/x.csv"), ("inner/a.csv", "import/a.csv"), ("", ".")],
)
def test_a_path_begins_in_the_data_folder(data: Path, path: str, place: str) -> None:
    assert inside(data, path) == data / place
    assert inside(data, data / path) == data / place


@pytest.mark.parametrize(
    "path",
    ["..", "import/../../x", "/etc/passwd", "outer/x", "dangling", "dangling/x", "loop/x", "a\\b", "a\0b"],
)
def test_a_path_that_leads_elsewhere_is_refused(data: Path, path: str) -> None:
    with pytest.raises(TransferError, match="data folder") as caught:
        inside(data, path)
    assert caught.value.code == "path-refused"


@pytest.mark.parametrize("name", ["tracking 2024.csv", "Prüfung.csv", "-x", "a" * 240])
def test_an_ordinary_name_is_taken(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".profile", "a/b", "a\\b", "a\nb", "a\0b", "a\u202eb", "a\udcffb", "ü" * 121]
)
def test_a_name_that_could_do_harm_is_refused(name: str) -> None:
    with pytest.raises(TransferError, match="not used"):
        safe_name(name)


def test_wildcards_find_files_of_one_folder(data: Path) -> None:
    for name in ("b.csv", "c.txt", ".hidden.csv"):
        (data / "import" / name).touch()
    (data / "import" / "folder.csv").mkdir()
    assert [one.name for one in matching(data, "import/*.csv")] == ["a.csv", "b.csv"]
    assert matching(data, "nowhere/*.csv") == ()
    with pytest.raises(TransferError, match="Only the name of the file"):
        matching(data, "*/a.csv")
    with pytest.raises(TransferError, match="names no file"):
        matching(data, "import/")
