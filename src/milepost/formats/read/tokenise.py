"""Cuts a piece of delimited text into cells: by Arrow, or by the standard library where that is done sooner."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TypeAlias

import polars as pl

from milepost.formats.read.text_stream import Piece

_FEW_BYTES = 65_536
"""The size of a piece up to which Arrow takes longer to import than the standard library to read it."""
_MARK = "\ufeff".encode()

Tokenised: TypeAlias = tuple[pl.DataFrame, list[tuple[int, str]]]
"""The records of the usual number of cells, as columns `0`, `1` and so on; number (from 1) and text of the others."""


def tokenise(piece: Piece, delimiter: str, width: int) -> Tokenised:
    """The records of `width` cells, and the number (from 1) and text of every other record."""
    return (by_csv if len(piece.text) <= _FEW_BYTES else by_arrow)(piece, delimiter, width)


def by_csv(piece: Piece, delimiter: str, width: int) -> Tokenised:
    """See `tokenise`."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(piece.text.decode("utf-8"), newline=""):
            taken.append(line)
            yield line

    records: list[list[str]] = []
    others: list[tuple[int, str]] = []
    for number, cells in enumerate(csv.reader(lines(), delimiter=delimiter), 1):
        record = cells or [""]
        if len(record) == width:
            records.append(record)
        else:
            others.append((number, "".join(taken).removesuffix("\n").removesuffix("\r")))
        taken.clear()
    schema = {str(place): pl.String() for place in range(width)}
    return pl.DataFrame(records, schema=schema, orient="row"), others


def by_arrow(piece: Piece, delimiter: str, width: int) -> Tokenised:
    """See `tokenise`."""
    # It takes a tenth of a second to import.
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

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
