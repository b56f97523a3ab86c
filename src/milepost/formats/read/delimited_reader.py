"""Delimited text (CSV): tokenised by pyarrow, in pieces of bounded size, with exact line numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import ExitStack

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from milepost.formats.headers import delimiters
from milepost.formats.read import batches, byte_stream, text_stream
from milepost.formats.read.records import LARGEST_RECORD, Piece, RecordError, RecordStream
from milepost.formats.source import Expected, First
from milepost.formats.spreadsheet_safety import may_hold_defused, restored, restored_cells
from milepost.model.batch import Batch, Ragged
from milepost.model.job import Reading
from milepost.model.wording import setting

_MARK = "\ufeff".encode()


def open_delimited(content: byte_stream.ByteStream, expected: Expected, _stack: ExitStack) -> DelimitedSource:
    """A delimited text with its delimiter detected. Raises FileError and UsageError."""
    source = DelimitedSource(content, expected.reading)

    def first_cells(delimiter: str) -> tuple[str, ...]:
        source.delimiter = delimiter
        try:
            first = source.first(past_empty=expected.columns is None)
        except RecordError:
            # A quote that is open under this delimiter may be an ordinary character under another.
            return ()
        return () if first is None else first.cells

    source.delimiter, note = delimiters.find(source.name, first_cells, expected)
    if note:
        source.notes += (note,)
    return source


class DelimitedSource:
    """A delimited text file, a `Source`; set `delimiter` before calling `skip_first` and `batches`."""

    padded = False

    def __init__(self, content: byte_stream.ByteStream, reading: Reading, piece_bytes: int = byte_stream.BLOCK) -> None:
        """Raises UsageError for an unknown encoding, FileError for an empty file and one that is not text."""
        text = text_stream.TextStream(content, reading.encoding)
        self.name = content.name
        self.delimiter = ","
        self.encoding = text.encoding
        self.notes: tuple[str, ...] = text.notes
        if reading.sheet is not None:
            self.notes += (f"{self.name} has no sheets, so {setting('sheet')} is ignored.",)
        self.sha256 = content.sha256
        self._raw = reading.raw
        self._records = RecordStream(text, piece_bytes)

    def first(self, *, past_empty: bool) -> First | None:
        while (piece := self._records.first(self.delimiter)) is not None:
            record = piece.text.decode("utf-8").removesuffix("\n").removesuffix("\r")
            cells = _cells(record, self.delimiter, raw=self._raw)
            if not (past_empty and batches.all_empty(cells)):
                return First(piece.line, cells)
            self._records.skip(piece)
        return None

    def skip_first(self) -> None:
        if (piece := self._records.first(self.delimiter)) is not None:
            self._records.skip(piece)

    def batches(self, width: int) -> Iterator[Batch]:
        for piece in self._records.pieces(self.delimiter):
            yield _batch(piece, self.delimiter, width, raw=self._raw)


def _batch(piece: Piece, delimiter: str, width: int, *, raw: bool) -> Batch:
    frame, others = _tokenise(piece, delimiter, width)
    if not raw and may_hold_defused(piece.text):
        frame = restored(frame)
    lines = _lines(piece, frame, others)
    places = [number - 1 for number, _ in others]
    ragged = tuple(
        Ragged(line, _cells(text, delimiter, raw=raw))
        for line, (_, text) in zip(lines.gather(places).to_list(), others, strict=True)
    )
    if others:
        keep = pl.Series([True]).new_from_index(0, len(lines)).scatter(places, False)
        lines = lines.filter(keep)
    return Batch(frame.select(lines.alias("line"), *frame.columns), ragged=ragged)


def _cells(record: str, delimiter: str, *, raw: bool) -> tuple[str, ...]:
    """The cells of one record, quotes resolved; `record` has no line break outside quotes."""
    # The default limit of 131,072 characters per cell is global to the process.
    if csv.field_size_limit() < LARGEST_RECORD:
        csv.field_size_limit(LARGEST_RECORD)
    found = tuple(next(csv.reader([record], delimiter=delimiter), ())) or ("",)
    return found if raw else restored_cells(found)


def _tokenise(piece: Piece, delimiter: str, width: int) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """The records of `width` cells, and the number (from 1) and text of every other record."""
    others: list[tuple[int, str]] = []

    def set_aside(row: arrow_csv.InvalidRow) -> str:
        others.append((row.number, row.text))
        return "skip"

    # pyarrow drops a byte-order mark at the start of any piece.
    text = _MARK + piece.text if piece.text.startswith(_MARK) else piece.text
    names = [str(place) for place in range(width)]
    table = arrow_csv.read_csv(
        pa.py_buffer(text),
        # One block: row numbers are exact only within a block.
        read_options=arrow_csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=b'"' in text,
            ignore_empty_lines=False,
            invalid_row_handler=set_aside,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
        ),
    )
    return pl.DataFrame(table), others


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
