"""Delimited text (CSV), in pieces of bounded size, with exact line numbers."""

from __future__ import annotations

import csv
import itertools
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

import polars as pl

from milepost.formats import header_names
from milepost.formats.headers import MOST_ABOVE, is_rejects_header, refuse_if_below
from milepost.formats.read import batches, byte_stream, text_stream
from milepost.formats.read.record_ranges import Divisible, Range
from milepost.formats.read.text_stream import LARGEST_RECORD, Piece, Position, RecordError, RecordStream
from milepost.formats.read.tokenise import tokenise
from milepost.formats.registry import Expected
from milepost.formats.spreadsheet_safety import may_hold_defused, restored, restored_cells
from milepost.model.batch import RAGGED, Batch, Record
from milepost.model.exceptions import FileError, UsageError
from milepost.model.job import Reading
from milepost.model.wording import Note, in_quotes, listed, setting

DELIMITERS: Mapping[str, str] = {",": "commas", "|": "pipes", ";": "semicolons", "\t": "tabs"}
"""The delimiters that files may use, and their names in messages."""

_OPTION = f"Set {setting('delimiter')} to comma, pipe, semicolon or tabulation."

_AT_HAND = 200
"""The most records that are looked at to find a header."""


def open_delimited(content: byte_stream.ByteStream, expected: Expected, _stack: ExitStack) -> DelimitedSource:
    """A delimited text with its delimiter detected. Raises FileError and UsageError."""
    source = DelimitedSource(content, expected.reading)
    given = expected.reading.delimiter
    if given is not None and given not in DELIMITERS:
        raise UsageError(f'"{given}" is not a delimiter. {_OPTION}')
    named = source.named_delimiter()
    if named is None:
        source.read_by = source.delimiter = given or _detected(source, expected)
    else:
        # The rejects file has no such line, and the same settings must read it.
        source.read_by, source.delimiter = named, given or named
    return source


def _detected(source: DelimitedSource, expected: Expected) -> str:
    """The delimiter, by what the first record means under each; the source gets a note."""
    line = expected.reading.header_row
    if line > 1 and not any(is_rejects_header(_first_cells(source, one)) for one in DELIMITERS):
        source.skip_to(line)
    firsts = {delimiter: _first_cells(source, delimiter) for delimiter in DELIMITERS}
    scores = {delimiter: _score(cells, expected) for delimiter, cells in firsts.items()}
    if expected.columns is None and not any(scores.values()):
        _look_below(source, expected)
        scores = {delimiter: len(header_names.likely(cells, expected)) for delimiter, cells in firsts.items()}
    best = max(scores.values())
    likely = [delimiter for delimiter, score in scores.items() if score == best]
    if not any(firsts.values()) or (best and len(likely) == len(DELIMITERS)):
        # No record, or a single name: nothing to separate.
        return ","
    if len(likely) > 1:
        found = listed([DELIMITERS[delimiter] for delimiter in likely]) if best else "no delimiter"
        raise FileError(
            f"{source.name}: the delimiter cannot be detected from the first line: {found} give{'' if best else 's'} "
            f"{'equally many ' if best else ''}column names that are known. {_OPTION}"
        )
    by = "names in the first line show" if expected.columns is None else "number of cells in the first line shows"
    source.notes += (Note(f"The cells are separated by {DELIMITERS[likely[0]]}, as the {by}.", "delimiter"),)
    return likely[0]


def _look_below(source: DelimitedSource, expected: Expected) -> None:
    """Raises FileError if the header is below the first record."""
    for source.read_by in DELIMITERS:
        with suppress(RecordError):
            first = source.first() or Record(1, ())
            refuse_if_below(source.name, first, source.ahead(MOST_ABOVE), expected)


def _first_cells(source: DelimitedSource, delimiter: str) -> tuple[str, ...]:
    source.read_by = delimiter
    try:
        first = source.first()
    except RecordError:
        # A quote that is open under this delimiter may be an ordinary character under another.
        return ()
    return () if first is None else first.cells


def _score(cells: tuple[str, ...], expected: Expected) -> int:
    """The number of known names; with mapped names, whether there are as many cells."""
    if expected.columns is not None:
        own = cells[:-3] if is_rejects_header(cells) else cells
        width = len(expected.columns)
        return int(len(batches.without_surplus(own, width)) == width)
    return len(header_names.known(cells, expected))


class DelimitedSource:
    """A delimited text file, a `Source`; set `read_by`, its own delimiter, before anything is read."""

    padded = False
    sheets: tuple[str, ...] = ()

    def __init__(
        self,
        content: byte_stream.ByteStream,
        reading: Reading,
        piece_bytes: int = byte_stream.BLOCK,
        *,
        at: Position | None = None,
    ) -> None:
        """`at` is where `content` begins, if it is a part of a file.

        Raises UsageError for an unknown encoding, FileError for an empty file and one that is not text.
        """
        text = text_stream.TextStream(content, reading.encoding, at=at)
        self.name = content.name
        self.delimiter = self.read_by = ","
        self.encoding = text.encoding
        self.notes: tuple[str, ...] = text.notes
        if reading.sheet is not None:
            self.notes += (Note(f"{self.name} has no sheets, so {setting('sheet')} is ignored.", "sheet"),)
        self.sha256 = content.sha256
        self._raw = reading.raw
        self._content, self._text = content, text
        self._records = RecordStream(text, piece_bytes, 1 if at is None else at.line)

    def named_delimiter(self) -> str | None:
        """The delimiter that a first line `sep=X` names, with a note. Raises FileError if it is none."""
        named = self._records.take_delimiter()
        if named is None:
            return None
        if named not in DELIMITERS:
            wrong = f"{in_quotes(f'sep={named}')} names no delimiter that is read"
            raise FileError(f"{self.name}, line 1: {wrong}. Save the file with semicolons.")
        said = f"The cells are separated by {DELIMITERS[named]}, as the first line says."
        self.notes += (Note(said, "delimiter"),)
        return named

    def first(self) -> Record | None:
        while self._records.first(self.read_by) is not None:
            # Consumed together: each time, what is in memory is copied.
            for piece in self._records.ahead(self.read_by, sys.maxsize):
                record = self._record(piece)
                if not batches.all_empty(record.cells):
                    self._records.skip_lines(record.line - self._records.line)
                    return record
            self._records.skip_lines(piece.line + piece.breaks - self._records.line)
        return None

    def ahead(self, count: int) -> list[Record]:
        found = map(self._record, itertools.islice(self._records.ahead(self.read_by, _AT_HAND), 1, None))
        return list(itertools.islice((one for one in found if not batches.all_empty(one.cells)), count))

    def skip_to(self, line: int) -> None:
        if line > self._records.line:
            self._records.skip_lines(line - self._records.line)

    def divisible(self, *, after_first: bool) -> Divisible | None:
        """The file, if its ranges can be read on their own: only `read_rest` is used then. None if they cannot."""
        path = self._content.path
        if path is None or not path.is_file() or path.suffix.lower() == ".gz" or not self._text.is_utf8:
            return None
        if after_first and (piece := self._records.first(self.read_by)) is not None:
            self._records.skip(piece)
        offset = min(self._text.mark + self._records.consumed, path.stat().st_size)
        with path.open("rb") as file:
            before = text_stream.count_characters(file.read(offset)[self._text.mark :])
        return Divisible(path.absolute(), self.name, self.read_by, Position(offset, self._records.line, before))

    def read_rest(self) -> None:
        """Reads the bytes that are left, so that their digest is known. Raises FileError."""
        while self._content.read(byte_stream.BLOCK):
            pass

    def _record(self, piece: Piece) -> Record:
        text = piece.text.decode("utf-8").removesuffix("\n").removesuffix("\r")
        cells = _cells(text, self.read_by)
        return Record(piece.line, cells if self._raw else restored_cells(cells))

    def batches(self, width: int, *, after_first: bool) -> Iterator[Batch]:
        if after_first and (piece := self._records.first(self.read_by)) is not None:
            self._records.skip(piece)
        for one in map(self._record, self._records.ahead(self.read_by, 1)):
            # Other records are likely to have as many cells, and whole columns are faster to cut.
            if len(one.cells) <= header_names.MOST_COLUMNS and len(batches.without_surplus(one.cells, width)) == width:
                width = len(one.cells)
        for piece in self._records.pieces(self.read_by):
            yield _batch(piece, self.read_by, width, raw=self._raw)


@contextmanager
def open_range(file: Divisible, part: Range, reading: Reading) -> Iterator[DelimitedSource]:
    """The records of a range of a file. Raises FileError."""
    with byte_stream.open_section(file.path, file.name, part.begin.offset, part.end) as content:
        source = DelimitedSource(content, reading, at=part.begin)
        source.read_by = source.delimiter = file.delimiter
        yield source


def _batch(piece: Piece, delimiter: str, width: int, *, raw: bool) -> Batch:
    frame, others = tokenise(piece, delimiter, width)
    lines = _lines(piece, frame, others)
    ragged = pl.DataFrame(schema=dict(RAGGED))
    if others:
        places = [number - 1 for number, _ in others]
        ragged = pl.DataFrame({"line": lines.gather(places), "cells": _split([text for _, text in others], delimiter)})
        lines = lines.filter(~pl.int_range(len(lines), eager=True).is_in(places))
    if not raw and may_hold_defused(piece.text):
        frame, ragged = restored(frame), restored(ragged)
    return Batch(frame.select(lines.alias("line"), *frame.columns), ragged=ragged)


def _split(records: list[str], delimiter: str) -> pl.Series:
    """The cells of each record, quotes resolved; none has a line break outside quotes."""
    texts = pl.Series(records)
    if not texts.str.contains('"', literal=True).any():
        return texts.str.split(delimiter)
    return pl.Series([_cells(record, delimiter) for record in records], dtype=RAGGED["cells"])


def _cells(record: str, delimiter: str) -> tuple[str, ...]:
    """The cells of one record, quotes resolved; it has no line break outside quotes."""
    # The default limit of 131,072 characters per cell is global to the process.
    if csv.field_size_limit() < LARGEST_RECORD:
        csv.field_size_limit(LARGEST_RECORD)
    return tuple(next(csv.reader([record], delimiter=delimiter), ())) or ("",)


def _lines(piece: Piece, frame: pl.DataFrame, others: list[tuple[int, str]]) -> pl.Series:
    """The line on which each record of the piece begins."""
    count = frame.height + len(others)
    numbers = pl.int_range(count, eager=True, dtype=pl.Int64) + piece.line
    if piece.breaks == count:
        return numbers
    # Line breaks within cells shift all later records.
    places = [number - 1 for number, _ in others]
    inner = pl.Series([0], dtype=pl.Int64).new_from_index(0, count)
    if others:
        inner = inner.scatter(places, [text_stream.line_breaks(text.encode("utf-8")) for _, text in others])
    regular = pl.int_range(count, eager=True).filter(~pl.int_range(count, eager=True).is_in(places))
    breaks = pl.all().str.count_matches(r"\r\n|\n|\r").cast(pl.Int64)
    inner = inner.scatter(regular, frame.select(pl.sum_horizontal(breaks)).to_series())
    return numbers + inner.cum_sum().shift(1, fill_value=0)
