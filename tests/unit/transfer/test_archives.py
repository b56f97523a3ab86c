"""Archives are unpacked whole, within limits, and inside the folder; or not at all."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from milepost.model.exceptions import FileError, MilepostError, TransferError, UsageError
from milepost.transfer.archives import Limits, Packing, pack, unpack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where archives are unpacked."""
    made = tmp_path / "import"
    made.mkdir()
    return made


def everything(folder: Path) -> dict[str, str]:
    """The files of a folder, also hidden ones, with their text."""
    return {str(one.relative_to(folder)): one.read_text() for one in sorted(folder.rglob("*")) if one.is_file()}


@pytest.mark.parametrize("ending", ["zip", "ZIP", "tar", "tgz", "tar.gz"])
def test_what_is_packed_is_unpacked(ending: str, tmp_path: Path, folder: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "ü b.csv"]
    for file in files:
        file.write_text(f"{file.name}\n" * 1000)
    target = tmp_path / f"both.{ending}"
    target.write_text("older")
    assert pack(files, target) == target
    (folder / "a.csv").write_text("older")
    assert unpack(target, folder) == (folder / "a.csv", folder / "ü b.csv")
    assert everything(folder) == {file.name: file.read_text() for file in files}


@pytest.mark.parametrize("ending", ["zip", "tgz"])
def test_an_archive_keeps_files_that_were_removed_before_a_kill(ending: str, tmp_path: Path, folder: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    for file in (first, second):
        file.write_text(file.name)
    target = pack([first, second], tmp_path / f"both.{ending}")
    first.unlink()
    pack([second], target)
    assert len(unpack(target, folder)) == 2
    second.write_text("another night")
    pack([second], target)
    assert everything(folder) == {"a.csv": "a.csv", "b.csv": "b.csv"}
    unpack(target, folder)
    assert everything(folder)["b.csv"] == "another night"


def test_gzip_has_one_file(tmp_path: Path, folder: Path) -> None:
    with gzip.open(tmp_path / "a.csv.gz", "wt") as stream:
        stream.write("text")
    assert unpack(tmp_path / "a.csv.gz", folder) == (folder / "a.csv",)
    with pytest.raises(UsageError, match="one file only"):
        pack([], tmp_path / "a.gz")


def test_other_forms_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="RAR cannot be read or written by free programs"):
        pack([], tmp_path / "a.csv", Packing.named("rar"))
    with pytest.raises(UsageError, match='"7z" is no form of archives'):
        unpack(tmp_path / "a.7z", tmp_path)
    with pytest.raises(FileError, match="No such file"):
        unpack(tmp_path / "a.zip", tmp_path)
    (tmp_path / "again").mkdir()
    for path in (tmp_path / "a.csv", tmp_path / "again" / "a.csv"):
        path.touch()
    with pytest.raises(UsageError, match="the same name"):
        pack([tmp_path / "a.csv", tmp_path / "again" / "a.csv"], tmp_path / "a.zip")


def zipped(path: Path, *names: str, content: bytes = b"x", kind: int = 0) -> None:
    """A zip file with files of those names; `kind` is their kind in Unix."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = kind << 16
            packed.writestr(entry, content)


def taped(path: Path, *entries: tuple[str, bytes], content: bytes = b"x", **more: str) -> None:
    """A tar file with entries of those names and kinds."""
    with tarfile.open(path, "w:gz" if path.suffix == ".tgz" else "w:") as packed:
        for name, kind in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, len(content) if kind == tarfile.REGTYPE else 0, "/etc/passwd"
            entry.pax_headers = more
            packed.addfile(entry, io.BytesIO(content))


def test_folders_are_kept_and_hidden_files_left_out(tmp_path: Path, folder: Path) -> None:
    zipped(tmp_path / "a.zip", "new/deep/a.csv", ".DS_Store", "__MACOSX/._a.csv", "new/.hidden", "./b.csv")
    assert [str(one.relative_to(folder)) for one in unpack(tmp_path / "a.zip", folder)] == ["b.csv", "new/deep/a.csv"]
    taped(tmp_path / "a.tar", ("./", tarfile.DIRTYPE), ("./c.csv", tarfile.REGTYPE))
    assert unpack(tmp_path / "a.tar", folder) == (folder / "c.csv",)


REG = tarfile.REGTYPE


def half(path: Path) -> None:
    """The first half of a tar file."""
    taped(path, ("a.csv", REG), content=b"abc" * 999)
    path.write_bytes(path.read_bytes()[:60])


BAD: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a path outside": ('path "../a.csv"', lambda path: zipped(path, "good.csv", "../a.csv")),
    "an absolute path": ('path "/a.csv"', lambda path: taped(path, ("good.csv", REG), ("/a.csv", REG))),
    "a hidden path outside": ('path "x/../../a"', lambda path: taped(path, ("x/../../a", REG))),
    "a name with a separator": ("separator", lambda path: zipped(path, "x\\..\\a.csv")),
    "a name that cannot be seen": ("cannot be seen", lambda path: zipped(path, "a\u202ecsv.exe")),
    "a link in zip": ("a link or a device", lambda path: zipped(path, "a.csv", kind=0o120777)),
    "a link in tar": ("a link or a device", lambda path: taped(path, ("a.csv", tarfile.SYMTYPE))),
    "a hard link": ("a link or a device", lambda path: taped(path, ("a.csv", tarfile.LNKTYPE))),
    "a device": ("a link or a device", lambda path: taped(path, ("a.csv", tarfile.CHRTYPE))),
    "a pipe": ("a link or a device", lambda path: taped(path, ("a.csv", tarfile.FIFOTYPE))),
    "two files of one name": ("two files", lambda path: taped(path, ("a.csv", REG), ("a.csv", REG))),
    "a file as a folder": ("two files", lambda path: zipped(path, "a.csv", "a.csv/b.csv")),
    "a bomb in zip": ("more than 16,777,216 bytes", lambda path: zipped(path, "a.csv", content=bytes(20_000_000))),
    "a bomb in tgz": ("more than 16,777,216", lambda path: taped(path, ("a.csv", REG), content=bytes(20_000_000))),
    "a bomb in gzip": (
        "more than 16,777,216 bytes",
        lambda path: path.write_bytes(gzip.compress(bytes(20_000_000))),
    ),
    "too many files": ("more than 10 files", lambda path: zipped(path, *(f"{number}.csv" for number in range(11)))),
    "too many folders": (
        "more than 10 files",
        lambda path: taped(path, *((f"{number}", tarfile.DIRTYPE) for number in range(11))),
    ),
    "a long head": ("too long", lambda path: taped(path, ("a.csv", REG), comment="x" * 300_000)),
    "no archive": ("damaged, or not what its name says", lambda path: path.write_text("login;name\n")),
    "half an archive": (
        "damaged, or not what its name says",
        half,
    ),
}
FORMS = {
    "in zip": "zip",
    "path outside": "zip",
    "separator": "zip",
    "seen": "zip",
    "a file as": "zip",
    "many files": "zip",
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_archive_changes_nothing(case: str, tmp_path: Path, folder: Path) -> None:
    told, make = BAD[case]
    ending = next((form for words, form in FORMS.items() if words in case and "hidden" not in case), "tgz")
    path = tmp_path / f"bad.{'csv.gz' if 'gzip' in case else ending}"
    make(path)
    (folder / "a.csv").write_text("older")
    with pytest.raises(TransferError) as caught:
        unpack(path, folder, Limits(entries=10))
    assert told in str(caught.value)
    assert caught.value.code in ("archive-refused", "path-refused")
    assert everything(folder) == {"a.csv": "older"}
    assert not (tmp_path / "a.csv").exists()


def test_every_archive_that_is_cut_off_is_refused_or_read(tmp_path: Path, folder: Path) -> None:
    for ending in ("zip", "tgz", "tar"):
        (tmp_path / "a.csv").write_text("a;b;c\n" * 50)
        whole = pack([tmp_path / "a.csv"], tmp_path / f"whole.{ending}").read_bytes()
        cut = tmp_path / f"cut.{ending}"
        for length in range(0, len(whole), max(1, len(whole) // 40)):
            cut.write_bytes(whole[:length])
            try:
                unpack(cut, folder)
            except MilepostError as error:
                assert error.code == "archive-refused"  # noqa: PT017
    assert all(one.name == "a.csv" for one in folder.iterdir())


def test_an_encrypted_archive_is_refused(tmp_path: Path, folder: Path) -> None:
    zipped(tmp_path / "a.zip", "a.csv")
    content = bytearray((tmp_path / "a.zip").read_bytes())
    for head in (b"PK\x03\x04", b"PK\x01\x02"):
        at = content.index(head) + (6 if head[2] == 3 else 8)
        content[at] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(TransferError, match="is encrypted"):
        unpack(tmp_path / "a.zip", folder)


def test_an_archive_does_not_follow_a_link_of_the_folder(tmp_path: Path, folder: Path) -> None:
    (folder / "out").symlink_to(tmp_path)
    zipped(tmp_path / "a.zip", "out/a.csv")
    with pytest.raises(TransferError, match="leads out of the data folder"):
        unpack(tmp_path / "a.zip", folder)
    assert not (tmp_path / "a.csv").exists()


def test_a_kill_leaves_nothing_that_the_next_attempt_minds(tmp_path: Path, folder: Path) -> None:
    zipped(tmp_path / "a.zip", "a.csv")
    left = folder / ".a.zip.part"
    left.mkdir()
    (left / "a.csv").write_text("half")
    assert unpack(tmp_path / "a.zip", folder) == (folder / "a.csv",)
    assert everything(folder) == {"a.csv": "x"}
