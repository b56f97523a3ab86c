"""Standard streams, and files that must not be overwritten."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from milepost.cli import streams
from milepost.model.exceptions import UsageError


def _standard_input(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize("content", [b"", b"a", b"ab", b"a,b\n1,2\n", bytes(range(256)) * 10_000])
def test_standard_input_is_kept_in_a_file_for_as_long_as_it_is_read(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    _standard_input(content, monkeypatch)
    with streams.readable("-") as path:
        assert path.read_bytes() == content
        assert path.suffix == ".csv"
    assert not path.parent.exists()


def test_standard_input_that_is_compressed_says_so_by_its_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    _standard_input(gzip.compress(b"a,b\n"), monkeypatch)
    with streams.readable("-") as path:
        assert path.suffixes == [".csv", ".gz"]


def test_standard_input_that_is_closed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match=r"Standard input is closed\. Name a file\."), streams.readable("-"):
        pass


def test_rejects_reach_standard_output_when_all_went_well(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with streams.held_back("-") as target:
        assert target is not None
        assert not isinstance(target, Path)
        target.write(b"a,_line\n")
        assert capsysbinary.readouterr().out == b""
    assert capsysbinary.readouterr().out == b"a,_line\n"


def test_rejects_of_a_run_that_failed_are_not_shown(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(ValueError, match="failed"), streams.held_back("-") as target:
        _write_and_fail(target)
    assert capsysbinary.readouterr().out == b""


def _write_and_fail(target: Path | BinaryIO | None) -> None:
    assert target is not None
    assert not isinstance(target, Path)
    target.write(b"a,_line\n")
    raise ValueError("failed")


@pytest.mark.parametrize("store", ["milepost.db", "sqlite:///milepost.db", "./folder/../milepost.db"])
def test_the_store_is_never_overwritten(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("milepost.db")
    for target in ("milepost.db", "link", str(tmp_path / "milepost.db")):
        with pytest.raises(UsageError, match=f"--rejects {target} would overwrite the store. Name another file."):
            streams.keep_apart("--rejects", target, {"the store": store})


def test_other_files_may_be_written() -> None:
    streams.keep_apart("--rejects", "a.csv", {"the store": "milepost.db", "the file that is read": "-"})
    streams.keep_apart("--rejects", "-", {"the file that is read": "-"})
    streams.keep_apart("--rejects", None, {"the store": "milepost.db"})
