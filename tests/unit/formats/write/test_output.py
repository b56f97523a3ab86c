"""Files that appear when they are complete."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from milepost.formats.write.output import Output

_TO_STDOUT = (
    "from pathlib import Path\n"
    "from milepost.formats.write.output import Output\n"
    "output = Output(Path('/dev/stdout'))\n"
    "output.stream.write(b'new\\n')\n"
    "output.commit()\n"
    "output.discard()\n"
)


@pytest.mark.parametrize("before", [None, b"old"])
def test_a_file_appears_at_the_commit(tmp_path: Path, before: bytes | None) -> None:
    place = tmp_path / "out.csv"
    if before is not None:
        place.write_bytes(before)
    output = Output(place)
    output.stream.write(b"new")
    assert (place.read_bytes() if place.exists() else None) == before
    output.commit()
    output.discard()
    assert place.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [place]


def test_without_a_commit_nothing_is_left(tmp_path: Path) -> None:
    output = Output(tmp_path / "out.csv")
    output.stream.write(b"new")
    output.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_link_goes_on_leading_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_bytes(b"old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    output = Output(tmp_path / "link.csv")
    output.stream.write(b"new")
    output.commit()
    output.discard()
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes() == b"new"


def test_standard_output_keeps_what_its_file_held(tmp_path: Path) -> None:
    place = tmp_path / "log.txt"
    place.write_bytes(b"old\n")
    with place.open("ab") as standard_output:
        subprocess.run([sys.executable, "-c", _TO_STDOUT], stdout=standard_output, check=True)
    assert place.read_bytes() == b"old\nnew\n"
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="the system has no such folder")  # noqa: S108
def test_a_file_in_shared_memory_is_a_file() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        test_a_file_appears_at_the_commit(Path(folder), b"old")
        test_without_a_commit_nothing_is_left(Path(tempfile.mkdtemp(dir=folder)))
