"""Files as they come from the world: encodings, line ends, packed files, files that are broken."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.formats.read import byte_stream, decode, text_stream
from milepost.model.columns import TRACKING
from milepost.model.exceptions import FileError, UsageError
from milepost.model.job import Reading
from unit.formats.reading import read, write

TEXT = "candidateLogin;lovCode\né;ß\nx;y\n"
RECORDS = [(2, ("é", "ß")), (3, ("x", "y"))]


@pytest.mark.parametrize(
    ("content", "configured", "found"),
    [
        (TEXT.encode("utf-8"), "utf-8", "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8", "utf-8-sig"),
        (TEXT.encode("utf-8-sig"), "cp1252", "utf-8-sig"),
        (TEXT.encode("latin-1"), "ISO-8859-1", "iso8859-1"),
        (TEXT.encode("cp1252"), "windows-1252", "cp1252"),
        (TEXT.encode("utf-16"), "utf-8", "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-le", "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16", "utf-16"),
        (TEXT.encode("utf-16-be"), "utf-16-be", "utf-16-be"),
        (TEXT.encode("utf-32"), "utf-8", "utf-32"),
        (TEXT.encode("utf-7"), "utf-7", "utf-7"),
        (TEXT.encode("cp037"), "cp037", "cp037"),
    ],
)
def test_encodings(tmp_path: Path, content: bytes, configured: str, found: str) -> None:
    result = read(write(tmp_path, content), Reading(encoding=configured, delimiter=";"))
    assert result.records == RECORDS
    assert result.header == ("candidateLogin", "lovCode")
    assert result.encoding == found


def test_a_mark_that_contradicts_the_configuration_is_noted(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT.encode("utf-16"))
    note = f"{path} is read as utf-16-le, as its byte-order mark says, not as cp1252."
    assert note in read(path, Reading(encoding="cp1252")).notes
    assert read(write(tmp_path, TEXT.encode("utf-8-sig")), Reading(delimiter=";")).notes == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends(tmp_path: Path, end: str, last: bool) -> None:
    text = TEXT.replace("\n", end)
    assert read(write(tmp_path, text if last else text.removesuffix(end))).records == RECORDS


def test_line_ends_may_be_mixed_and_lines_empty(tmp_path: Path) -> None:
    content = 'candidateLogin;lovCode\r\na;b\rc;"d\r\ne\rf\ng"\n\n\r\n ; \u00a0\n\u3000\nh;i'
    result = read(write(tmp_path, content))
    assert result.records == [(2, ("a", "b")), (3, ("c", "d\r\ne\rf\ng")), (11, ("h", "i"))]


def test_nul_and_a_mark_in_the_middle_are_characters(tmp_path: Path) -> None:
    result = read(write(tmp_path, "\ufeffcandidateLogin;lovCode\n\ufeffa;\0b\n\0;\n"))
    assert result.records == [(2, ("\ufeffa", "\0b")), (3, ("\0", ""))]


@pytest.mark.parametrize(
    ("content", "encoding", "said"),
    [
        (b"a;b\nc;\xe9\n", "utf-8", "line 2: the byte 0xE9 at offset 6 is not valid utf-8"),
        (b"\xef\xbb\xbfa;b\r\nc\rd;\xff", "utf-8", "line 3: the byte 0xFF at offset 12 is not valid utf-8"),
        (b"a;b\n\xc3", "utf-8", "line 2: the byte 0xC3 at offset 4 is not valid utf-8"),
        (b"a;b\n\x81", "cp1252", "line 2: the byte 0x81 at offset 4 is not valid cp1252"),
        (
            "a\nb\n".encode("utf-16") + b"\x00\xd8a\x00",
            "utf-8",
            "line 3: the byte 0x00 at offset 10 is not valid utf-16-le",
        ),
        (b"a;b\n" * 300_000 + b"\xe9\n", "utf-8", "line 300001: the byte 0xE9 at offset 1200000 is not valid utf-8"),
    ],
)
def test_an_undecodable_byte_is_said_with_its_place(tmp_path: Path, content: bytes, encoding: str, said: str) -> None:
    reading = Reading(delimiter=";", encoding=encoding, columns=("lovCode", "score"), skip_first_line=False)
    with pytest.raises(FileError, match=said) as caught:
        read(write(tmp_path, content), reading)
    assert 'setting "fileEncoding" = "windows-1252"' in str(caught.value)


def test_an_undecodable_byte_beats_a_delimiter_that_cannot_be_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="line 1: the byte 0xFF at offset 1 is not valid"):
        read(write(tmp_path, b"a\xff,b"))


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.text(st.sampled_from('aあ漢é\n\r";'), max_size=4), min_size=1, max_size=30),
    encoding=st.sampled_from(["utf-8", "utf-16", "shift_jis", "gb18030", "iso2022_jp", "utf-7"]),
    block=st.integers(1, 20),
)
def test_characters_may_be_cut_anywhere(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str], encoding: str, block: int
) -> None:
    text = "".join(cells).encode(encoding, "replace").decode(encoding) or " "
    path = write(tmp_path_factory.mktemp("cut", numbered=True), text.encode(encoding))
    with byte_stream.open_bytes(path) as opened:
        stream = text_stream.TextStream(opened, encoding, block)
        pieces = []
        while piece := stream.read(3):
            pieces.append(piece)
    assert b"".join(pieces).decode("utf-8") == text


@pytest.mark.parametrize("encoding", ["latin-99", "rot13", "base64", "undefined", "x\0y"])
def test_encodings_that_are_none(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(UsageError, match=r"The encoding .* is unknown"):
        read(write(tmp_path, TEXT), Reading(encoding=encoding))


def test_the_digest_is_that_of_the_bytes_on_disk(tmp_path: Path) -> None:
    for name, content in (("a.csv", TEXT.encode()), ("b.CSV.GZ", gzip.compress(TEXT.encode()))):
        result = read(write(tmp_path, content, name))
        assert result.sha256 == hashlib.sha256(content).hexdigest()
        assert result.records == RECORDS
        assert result.name == name


def test_a_packed_file_may_have_several_members(tmp_path: Path) -> None:
    content = gzip.compress(TEXT[:20].encode()) + gzip.compress(TEXT[20:].encode()) + b"\0" * 100
    result = read(write(tmp_path, content, "file.csv.gz"))
    assert result.records == RECORDS
    assert result.sha256 == hashlib.sha256(content).hexdigest()


def test_packed_files_that_are_broken(tmp_path: Path) -> None:
    packed = gzip.compress(TEXT.encode() * 1000)
    with pytest.raises(FileError, match="ends in the middle of its packed data"):
        read(write(tmp_path, packed[:-20], "file.csv.gz"))
    with pytest.raises(FileError, match="cannot be unpacked"):
        read(write(tmp_path, packed[:40] + b"\xff" * 20 + packed[60:], "file.csv.gz"))
    with pytest.raises(FileError, match=r"cannot be unpacked.*drop \.gz"):
        read(write(tmp_path, TEXT, "file.csv.gz"))
    with pytest.raises(FileError, match=r"is empty \(0 bytes\)"):
        read(write(tmp_path, gzip.compress(b""), "file.csv.gz"))
    with pytest.raises(FileError, match="is not text but packed by gzip"):
        read(write(tmp_path, packed, "file.csv"))


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"is empty \(0 bytes\)"):
        read(write(tmp_path, ""))
    with pytest.raises(FileError, match="There is no file"):
        read(tmp_path / "missing.csv")
    with pytest.raises(FileError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(FileError, match="cannot be opened"):
        read(tmp_path / ("x" * 300))


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    result = read(Path("-"))
    assert result.records == RECORDS
    assert result.name == "standard input"


class OneWay(io.RawIOBase):
    """A stream that gives a few bytes at a time and cannot seek, as that of a network."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1, /) -> bytes:
        return self._content.read(min(size, 5))


def stream_of(kind: str, content: bytes, folder: Path) -> BinaryIO:
    """A stream with this content."""
    if kind == "open file":
        return write(folder, content, "open.bin").open("rb")
    return cast("BinaryIO", io.BytesIO(content) if kind == "memory" else OneWay(content))


@pytest.mark.parametrize("kind", ["open file", "memory", "one way"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_streams(tmp_path: Path, kind: str, pack: Callable[[bytes], bytes]) -> None:
    content = pack(TEXT.encode())
    with stream_of(kind, content, tmp_path) as stream:
        result = read(stream)
        assert not stream.closed
    assert result.records == RECORDS
    assert result.sha256 == hashlib.sha256(content).hexdigest()
    assert result.name == ("open.bin" if kind == "open file" else "stream")


def test_a_stream_that_can_seek_is_read_from_its_beginning() -> None:
    stream = io.BytesIO()
    stream.write(TEXT.encode())
    assert read(stream).records == read(stream).records == RECORDS


def test_streams_that_cannot_be_read() -> None:
    with pytest.raises(FileError, match=r"stream is empty \(0 bytes\)"):
        read(io.BytesIO())
    with pytest.raises(FileError, match="stream is not text but a PDF document"):
        read(io.BytesIO(b"%PDF-1.7"))
    closed = io.BytesIO(TEXT.encode())
    closed.close()
    with pytest.raises(FileError, match="stream cannot be read: I/O operation on closed file"):
        read(closed)


@pytest.mark.parametrize("one_way", [lambda: OneWay(TEXT.encode()), lambda: pa.table({"lovCode": ["é"]}).to_reader()])
def test_what_can_be_read_once_can_be_kept(one_way: Callable[[], decode.File]) -> None:
    with ExitStack() as stack:
        kept = decode.repeatable(one_way(), stack)
        assert read(kept).records == read(kept).records == read(one_way()).records


def test_a_path_may_be_text(tmp_path: Path) -> None:
    assert read(str(write(tmp_path, TEXT))).records == RECORDS


def test_a_sheet_is_asked_for_in_vain(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    assert f'{path} has no sheets, so setting "sheet" is ignored.' in read(path, Reading(sheet="A")).notes


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 1000])
def test_batches_hold_at_most_the_rows_asked_for(tmp_path: Path, rows: int) -> None:
    lines = ["candidateLogin;lovCode", *(f"a{n};b" if n % 4 else f"a{n}" for n in range(20)), ";"]
    result = read(write(tmp_path, "\n".join(lines)), batch_rows=rows)
    assert [cells[0] for _, cells in result.records] == [f"a{n}" for n in range(20)]
    full, rest = divmod(20, rows)
    assert [batch.rows for batch in result.batches] == [rows] * full + [rest] * bool(rest)


def test_bytes_are_reported_as_they_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT + "x;y\n" * 600_000)
    seen: list[tuple[int, int | None]] = []
    with decode.open_file(path, Reading(), TRACKING, on_bytes=lambda done, total: seen.append((done, total))) as opened:
        rows = sum(batch.rows for batch in opened.batches())
    size = path.stat().st_size
    assert rows == 600_002
    assert seen == sorted(seen)
    assert len(seen) > 1
    assert seen[-1] == (size, size)


def test_batches_are_read_once_and_the_digest_comes_last(tmp_path: Path) -> None:
    with decode.open_file(write(tmp_path, TEXT), Reading(), TRACKING) as opened:
        with pytest.raises(RuntimeError):
            opened.sha256  # noqa: B018 - reading the property is the test
        list(opened.batches())
        assert opened.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
        with pytest.raises(RuntimeError):
            next(opened.batches())


def test_a_batch_must_hold_something(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least one record"):
        read(write(tmp_path, TEXT), batch_rows=0)
