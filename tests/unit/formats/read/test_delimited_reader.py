"""Cells and line numbers agree with Python's own csv module and with a naive count, wherever pieces are cut."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.formats.read import batches, byte_stream, delimited_reader, tokenise
from milepost.formats.read.text_stream import Piece
from milepost.model.exceptions import FileError
from milepost.model.job import Reading
from milepost.model.likeness import WHITE_SPACE
from unit.formats.reading import Record, ragged_of, records_of

Tool = Callable[[Piece, str, int], tokenise.Tokenised]
PIECES = st.sampled_from([1, 2, 3, 5, 8, 13, 50, 1000])
BATCHES = st.sampled_from([1, 2, 3, 1000])
MESSY = st.text(st.sampled_from(["a", "é", "😀", '"', '"', ",", ",", "\n", "\n", "\r", " ", "\0", "\ufeff", "\u00a0"]))
FIELD = st.text(st.sampled_from(["a", "é", '"', ",", "\n", "\r", " ", "\0", "\ufeff", "\u2028"]), max_size=6)


def records(
    folder: Path, content: bytes, *, width: int, delimiter: str = ",", piece: int = 1 << 20, rows: int = 1000
) -> list[Record]:
    """What the reader makes of a file without a header."""
    path = folder / "file.csv"
    path.write_bytes(content)
    by_csv, by_arrow = (
        _records(path, tool, width, delimiter, piece, rows) for tool in (tokenise.by_csv, tokenise.by_arrow)
    )
    assert by_csv == by_arrow
    return by_arrow


def _records(path: Path, tool: Tool, width: int, delimiter: str, piece: int, rows: int) -> list[Record]:
    with pytest.MonkeyPatch.context() as patch, byte_stream.open_bytes(path) as opened:
        patch.setattr(delimited_reader, "tokenise", tool)
        source = delimited_reader.DelimitedSource(opened, Reading(), piece)
        source.read_by = delimiter
        fitted = (batches.fitted(one, width, pads=False) for one in source.batches(width, after_first=False))
        found = list(batches.regroup(fitted, rows))
    assert all(0 < batch.rows <= rows for batch in found)
    for batch in found:
        assert all(len(cells) != width for _, cells in ragged_of(batch))
        assert batch.cells["line"].is_sorted()
    return [record for batch in found for record in records_of(batch)]


def fitting(found: list[Record], width: int) -> list[Record]:
    """The records without surplus empty cells."""
    is_long = [any(cell.strip(WHITE_SPACE) for cell in cells[width:]) for _, cells in found]
    return [(one[0], one[1] if long else one[1][:width]) for one, long in zip(found, is_long, strict=True)]


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends, at CRLF, LF and CR alone."""
    return [line for line in re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z", text) if line]


def expected(text: str, delimiter: str = ",") -> list[Record]:
    """What the csv module makes of a text, and on which line each record begins."""
    text = text.removeprefix("\ufeff")
    fed = 0
    found: list[Record] = []
    source = _Counted(lines_of(text))
    for cells in csv.reader(source, delimiter=delimiter):
        if any(cell.strip(WHITE_SPACE) for cell in cells):
            found.append((fed + 1, tuple(cells)))
        fed = source.count
    return found


class _Counted:
    """An iterator that knows how many lines it gave."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = iter(lines)
        self.count = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        return line


def is_closed(text: str) -> bool:
    """Whether every quote that opens a field is closed: then the strict reader takes one more quoted cell."""
    state = "start"
    for sign in text:
        if state == "quoted":
            state = "after" if sign == '"' else "quoted"
        elif sign == '"' and state in ("start", "after"):
            state = "quoted"
        else:
            state = "start" if sign in ",\r\n" else "plain"
    return state != "quoted"


@settings(max_examples=150, deadline=None)
@given(text=MESSY, width=st.integers(1, 3), piece=PIECES, rows=BATCHES)
def test_messy_text_is_read_as_the_csv_module_reads_it(
    tmp_path_factory: pytest.TempPathFactory, text: str, width: int, piece: int, rows: int
) -> None:
    folder = tmp_path_factory.mktemp("messy", numbered=True)
    content = text.encode()
    if not content:
        return
    if is_closed(text.removeprefix("\ufeff")):
        assert records(folder, content, width=width, piece=piece, rows=rows) == fitting(expected(text), width)
    else:
        with pytest.raises(FileError, match=r"line \d+: the quote that opens here, at character offset \d+"):
            records(folder, content, width=width, piece=piece, rows=rows)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.lists(FIELD, min_size=1, max_size=4), min_size=1, max_size=12),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    delimiter=st.sampled_from([",", ";", "|", "\t"]),
    piece=PIECES,
    size=BATCHES,
)
def test_what_a_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    quoting: Literal[0, 1],
    end: str,
    delimiter: str,
    piece: int,
    size: int,
) -> None:
    text = io.StringIO(newline="")
    # Both line ends make the writer put cells with either in quotes.
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")
    content, line, wanted = "", 1, []
    for row in rows:
        text.seek(0)
        text.truncate()
        writer.writerow(row)
        record = text.getvalue().removesuffix("\r\n")
        content += record + end
        if any(cell.strip(WHITE_SPACE) for cell in row):
            wanted.append((line, tuple(row)))
        line += len(lines_of(record + end))
    if content.startswith("\ufeff"):
        return
    folder = tmp_path_factory.mktemp("written", numbered=True)
    found = records(folder, content.encode(), width=2, delimiter=delimiter, piece=piece, rows=size)
    assert found == fitting(wanted, 2)


def test_ragged_records_among_many_keep_their_lines(tmp_path: Path) -> None:
    lines = [f"a{number}" if number % 7 == 0 else f"a{number},b" for number in range(1, 200_001)]
    found = records(tmp_path, "\n".join(lines).encode(), width=2, rows=1000)
    assert found == [(number, tuple(line.split(","))) for number, line in enumerate(lines, start=1)]


def test_a_file_of_ragged_records_alone(tmp_path: Path) -> None:
    found = records(tmp_path, b"a\n" * 5000, width=2, piece=512, rows=100)
    assert found == [(number, ("a",)) for number in range(1, 5001)]


def test_a_million_characters_in_a_cell(tmp_path: Path) -> None:
    long = "x" * 1_000_000
    content = f'a,b\n{long},c\n"{long}\n",d\n{long}\ne,f\n'.encode()
    found = records(tmp_path, content, width=2, piece=1000)
    assert found == [(1, ("a", "b")), (2, (long, "c")), (3, (long + "\n", "d")), (5, (long,)), (6, ("e", "f"))]


def test_a_million_cells_in_a_record(tmp_path: Path) -> None:
    found = records(tmp_path, b"a,b\n" + b"x," * 999_999 + b"x\nc,d\n", width=2)
    assert [(line, len(cells)) for line, cells in found] == [(1, 2), (2, 1_000_000), (3, 2)]


def test_a_record_longer_than_any_should_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("milepost.formats.read.text_stream.LARGEST_RECORD", 3 * 1024 * 1024)
    content = b'a,b\nc,"' + b"x" * (4 * 1024 * 1024)
    with pytest.raises(FileError, match=r"file\.csv, line 2: the record that begins here is longer than 3 MB"):
        records(tmp_path, content, width=2)


@pytest.mark.parametrize(
    ("content", "line", "offset"),
    [
        ('a,b\n"c', 2, 4),
        ('a,b\r\n"x\r\ny","é', 3, 12),
        ('é,"b\n\n\n', 1, 2),
        ('a,b\n"c""d,e\n', 2, 4),
        ('"a"\n"b""', 2, 4),
    ],
)
def test_an_unclosed_quote_is_said_with_its_place(tmp_path: Path, content: str, line: int, offset: int) -> None:
    with pytest.raises(FileError, match=rf"line {line}: the quote that opens here, at character offset {offset}, is"):
        records(tmp_path, content.encode(), width=2)


def test_the_records_before_an_unclosed_quote_are_given_first(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b'a,b\nc,"d')
    with byte_stream.open_bytes(path) as opened:
        source = delimited_reader.DelimitedSource(opened, Reading())
        found = source.batches(2, after_first=False)
        assert records_of(next(found)) == [(1, ("a", "b"))]
        with pytest.raises(FileError):
            next(found)


def test_quotes_within_a_cell_are_characters(tmp_path: Path) -> None:
    found = records(tmp_path, b'5" disk,a "b" c\n "x","y"z\n', width=2)
    assert found == [(1, ('5" disk', 'a "b" c')), (2, (' "x"', "yz"))]
