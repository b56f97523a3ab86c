"""Apostrophes before what a spreadsheet would take for a formula: put there, taken off, nothing lost."""

from __future__ import annotations

import csv
import io
import itertools
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from milepost.formats.read import byte_stream, delimited_reader
from milepost.formats.spreadsheet_safety import NUMBER, defused, defused_cells, quoted, restored, restored_cells
from milepost.model.job import Reading
from unit.formats.read.test_delimited_reader import is_closed
from unit.formats.reading import Record, read, records_of, write

MESSY = st.text(st.sampled_from("'''\"\"=+-@,,\na"), max_size=20)
TEXTS = st.text(st.sampled_from("''==+-@1.,;|\t\r\na\0\x01\xa0\ufeff\uff1d é"), max_size=8)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("'=x", "''=x"),
        ("''@x", "'''@x"),
        ("-5", "-5"),
        ("+1,5", "+1,5"),
        ("-0.25", "-0.25"),
        ("'-5", "''-5"),
        ("-5\n", "'-5\n"),
        ("-5.", "'-5."),
        ("-", "'-"),
        ("-a", "'-a"),
        ("a=b", "a=b"),
        (" =x", "' =x"),
        ("\0=x", "'\0=x"),
        ("\x01'=x", "\x01'=x"),
        ("\t=x", "\t'=x"),
        ("\u200b\uff1dx", "'\u200b\uff1dx"),
        ("x;=1+1", "x;'=1+1"),
        ("=x\t'@y|\r-z", "'=x\t''@y|\r'-z"),
        (" -5", " -5"),
        ("a, b", "a, b"),
        ("1,-5", "1,'-5"),
        ('x;"=1+1;y', """x;'"=1+1;y"""),
        ('"=1+1"', """'"=1+1\""""),
        ("'a", "'a"),
        ("'", "'"),
        ("", ""),
    ],
)
def test_what_is_written_and_read_back(text: str, written: str) -> None:
    assert defused(pl.DataFrame({"": [text, None]})).to_series().to_list() == [written, None]
    assert restored(pl.DataFrame({"": [written, None]})).to_series().to_list() == [text, None]
    assert defused_cells([text]) == (written,)
    assert restored_cells([written]) == (text,)


@settings(max_examples=120, deadline=None)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
def test_nothing_is_lost_and_records_are_as_frames(rows: list[tuple[str, str]]) -> None:
    frame = pl.DataFrame(rows, schema={"0": pl.String(), "1": pl.String()}, orient="row")
    assert restored(defused(frame)).rows() == rows
    assert [restored_cells(defused_cells(row)) for row in rows] == rows
    assert defused(frame).rows() == [defused_cells(row) for row in rows]
    assert restored(frame).rows() == [restored_cells(row) for row in rows]


@settings(max_examples=120, deadline=None)
@given(rows=st.lists(st.tuples(TEXTS, MESSY), min_size=1, max_size=4), delimiter=st.sampled_from(",;|\t"))
def test_no_program_finds_a_formula_whatever_ends_its_cells(rows: list[tuple[str, str]], delimiter: str) -> None:
    frame = pl.DataFrame(rows, schema={"0": pl.String(), "1": pl.String()}, orient="row")
    safe = defused(frame)
    text = "".join(delimiter.join(row) + "\n" for row in quoted(safe, delimiter).rows())
    assert text == "".join(
        delimiter.join(cells) + "\n" for (cells,) in quoted(safe.select(pl.concat_list(pl.all())), delimiter).rows()
    )
    if "\0" not in text:
        assert [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)] == safe.rows()
        for other in ",;|\t":
            for cell in itertools.chain(*csv.reader(io.StringIO(text, newline=""), delimiter=other)):
                assert is_harmless(cell)
    for cell in re.split(r"[,;|\t\r\n]", text):
        assert is_harmless(cell.strip('"'))


def is_harmless(cell: str) -> bool:
    return cell.lstrip(' "\0\x01\xa0\ufeff')[:1] not in (*"=+-@", "\uff1d") or bool(re.fullmatch(NUMBER, cell))


def test_a_formula_behind_another_delimiter_is_in_quotes() -> None:
    cells = pl.DataFrame({"": ["x;=1+1", "a\t'-b", "x;y", "1,5", "a:=b", None]})
    assert quoted(cells, ",").to_series().to_list() == ['"x;=1+1"', '"a\t\'-b"', "x;y", '"1,5"', "a:=b", None]
    assert quoted(cells, ";").to_series().to_list() == ['"x;=1+1"', '"a\t\'-b"', '"x;y"', "1,5", "a:=b", None]


def test_what_is_no_text_stays() -> None:
    frame = pl.DataFrame({"line": [-5], "text": ["=x"]})
    assert defused(frame).rows() == [(-5, "'=x")]


@settings(max_examples=150, deadline=None)
@given(text=MESSY, piece=st.sampled_from([1, 3, 8, 1000]))
def test_a_file_is_read_as_without_apostrophes_taken_off_but_for_those(
    tmp_path_factory: pytest.TempPathFactory, text: str, piece: int
) -> None:
    assume(is_closed(text))
    path = write(tmp_path_factory.mktemp("messy", numbered=True), f"a,a\n{text}")
    wanted = [(line, tuple(naively_restored(cell) for cell in cells)) for line, cells in records(path, piece, raw=True)]
    assert records(path, piece, raw=False) == wanted


def naively_restored(cell: str) -> str:
    """The cell without the apostrophes that `defused` would have put there."""
    kept = ""
    for place, character in enumerate(cell):
        begins = character == "'" and cell[:place][-1:] in (*",;|\t\r\n", "")
        if not (begins and cell[place:].lstrip("'").lstrip(' \0"')[:1] in tuple("=+-@")):
            kept += character
    return kept


def records(path: Path, piece: int, *, raw: bool) -> list[Record]:
    """What the reader makes of a file of two columns."""
    with byte_stream.open_bytes(path) as opened:
        source = delimited_reader.DelimitedSource(opened, Reading(raw=raw), piece)
        return [record for batch in source.batches(2, after_first=False) for record in records_of(batch)]


HEADED = "'-candidateLogin;lovCode;'=Remark\n'=x;'+1;''=x\n"


def test_a_header_is_read_without_them_too(tmp_path: Path) -> None:
    reading = Reading(header_ignore=frozenset(["=Remark"]))
    result = read(write(tmp_path, HEADED), reading)
    assert result.header == ("-candidateLogin", "lovCode", "=Remark")
    assert result.positions == {"candidateLogin": 0, "lovCode": 1}
    assert result.records == [(2, ("=x", "+1", "'=x"))]


def test_raw_texts_stay_as_they_are(tmp_path: Path) -> None:
    reading = Reading(
        delimiter=";",
        header_map={"'-candidateLogin": "candidateLogin"},
        header_ignore=frozenset(["'=Remark"]),
        raw=True,
    )
    result = read(write(tmp_path, HEADED), reading)
    assert result.header == ("'-candidateLogin", "lovCode", "'=Remark")
    assert result.records == [(2, ("'=x", "'+1", "''=x"))]


def test_a_table_is_no_delimited_file() -> None:
    table = pl.DataFrame({"candidateLogin": ["'=x"], "lovCode": ["=x"]})
    assert read(table).records == [(2, ("'=x", "=x"))]
