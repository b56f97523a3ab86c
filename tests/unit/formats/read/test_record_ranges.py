"""Ranges hold the records and line numbers that the ordinary reader finds, wherever a file is cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.formats.read import batches, byte_stream, delimited_reader, record_ranges
from milepost.formats.read.record_ranges import Divisible, Range, joined, measure, nominal
from milepost.formats.read.text_stream import Position, RecordError
from milepost.model.exceptions import FileError
from milepost.model.job import Reading
from unit.formats.reading import Record, records_of

SIGNS = st.lists(
    st.sampled_from(["a", "é", "😀", '"', '"', ",", ";", "\n", "\n", "\r", "\r\n", "\ufeff"]), min_size=1, max_size=60
).map("".join)
WIDTH = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ranges")


def divided(path: Path, step: int, *, after_first: bool = False) -> tuple[Divisible, list[Range]] | None:
    with byte_stream.open_bytes(path) as content:
        source = delimited_reader.DelimitedSource(content, Reading())
        source.read_by = ","
        file = source.divisible(after_first=after_first)
    if file is None:
        return None
    parts = nominal(file.begin.offset, path.stat().st_size, step)
    return file, joined([measure(file, *ends) for ends in parts], file.begin)


def ranges_of(path: Path, step: int, *, after_first: bool = False) -> list[Range]:
    found = divided(path, step, after_first=after_first)
    assert found is not None
    return found[1]


def read(source: delimited_reader.DelimitedSource, *, after_first: bool = False) -> list[Record]:
    fitted = (batches.fitted(one, WIDTH, pads=False) for one in source.batches(WIDTH, after_first=after_first))
    return [record for batch in batches.regroup(fitted, 1000) for record in records_of(batch)]


def in_one_go(path: Path, *, after_first: bool = False) -> list[Record] | str:
    try:
        with byte_stream.open_bytes(path) as content:
            source = delimited_reader.DelimitedSource(content, Reading())
            source.read_by = ","
            return read(source, after_first=after_first)
    except RecordError as error:
        return str(error)


def in_ranges(path: Path, step: int, *, after_first: bool = False) -> list[Record] | str:
    found: list[Record] = []
    try:
        both = divided(path, step, after_first=after_first)
        assert both is not None
        file, parts = both
        for one in parts:
            with delimited_reader.open_range(file, one, Reading()) as source:
                found += read(source)
    except RecordError as error:
        return str(error)
    return found


@given(SIGNS, st.integers(1, 30), st.sampled_from([1, 2, 3, 7, 1 << 20]), st.booleans())
def test_any_text_cut_anywhere(folder: Path, text: str, step: int, block: int, after_first: bool) -> None:
    path = folder / "file.csv"
    path.write_text(text, "utf-8", newline="")
    expected = in_one_go(path, after_first=after_first)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_ranges, "BLOCK", block)
        assert in_ranges(path, step, after_first=after_first) == expected


def test_each_record_in_a_range_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b'\xef\xbb\xbfx,y\r\n1,"a\r\nb"\r\n2,"c""\n""d"\r\n3,e"f\r\n')
    assert ranges_of(path, 7, after_first=True) == [
        Range(Position(8, 2, 5), 18),
        Range(Position(18, 4, 15), 31),
        Range(Position(31, 6, 28), 38),
    ]


def test_a_quote_that_is_never_closed_takes_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b'1,a\n2,"b\n3,c\n')
    assert ranges_of(path, 4) == [Range(Position(0, 1, 0), 4), Range(Position(4, 2, 4), 13)]


def test_an_undecodable_byte_is_named_by_its_place_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"1,a,x\n2,\xe9,x\n")
    said = []
    for one in (Range(Position(0, 1, 0), 13), Range(Position(6, 2, 6), 13)):
        with (
            delimited_reader.open_range(Divisible(path, "it", ",", Position(0, 1, 0)), one, Reading()) as source,
            pytest.raises(FileError, match="line 2: the byte 0xE9 at offset 8 is not valid utf-8") as error,
        ):
            read(source)
        said.append(str(error.value))
    assert said[0] == said[1]


@pytest.mark.parametrize(("name", "content"), [("a.csv", "1,2\n".encode("utf-16")), ("a.csv.gz", b"")])
def test_what_is_not_utf_8_has_no_ranges(tmp_path: Path, name: str, content: bytes) -> None:
    import gzip

    path = tmp_path / name
    path.write_bytes(content or gzip.compress(b"1,2\n"))
    assert divided(path, 4) is None
