"""What all readers agree on: when a record is empty, how one record's text becomes cells."""

from __future__ import annotations

import csv
import dataclasses

import polars as pl

from milepost.model.batch import Batch
from milepost.model.text import WHITE_SPACE

LARGEST_RECORD = 64 * 1024 * 1024
"""The most bytes, as UTF-8, that one record of a delimited file may hold."""


def all_empty(cells: tuple[str, ...]) -> bool:
    """Whether the cells of a record hold white space alone."""
    return not any(cell.strip(WHITE_SPACE) for cell in cells)


def split_record(text: str, delimiter: str) -> tuple[str, ...]:
    """The cells of one record's text, quotes resolved; `text` has no line break outside quotes."""
    # The module's own limit of 131,072 characters per cell is one for the whole process.
    if csv.field_size_limit() < LARGEST_RECORD:
        csv.field_size_limit(LARGEST_RECORD)
    return tuple(next(csv.reader([text], delimiter=delimiter), ())) or ("",)


def without_empty_records(batch: Batch) -> Batch:
    """The batch without the records that hold nothing but white space: they are no rows."""
    ragged = tuple(record for record in batch.ragged if not all_empty(record.cells))
    candidates = batch.cells
    for name in batch.cells.columns[1:]:
        if candidates.is_empty():
            break
        candidates = candidates.filter(pl.col(name).str.strip_chars() == "")
    if candidates.is_empty():
        return dataclasses.replace(batch, ragged=ragged)
    kept = ~batch.cells["line"].is_in(candidates["line"].implode())
    types = None if batch.types is None else batch.types.filter(kept)
    return dataclasses.replace(batch, cells=batch.cells.filter(kept), types=types, ragged=ragged)
