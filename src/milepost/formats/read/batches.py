"""Batches of the size that is asked for, out of batches of any size."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator

import polars as pl

from milepost.formats.read.cells import without_empty_records
from milepost.model.batch import Batch

LARGEST_BATCH = 8 * 1024 * 1024
"""About how many bytes of text are gathered before a batch is given, however few records it holds."""


def regroup(batches: Iterable[Batch], rows: int) -> Iterator[Batch]:
    """The records that are not empty, in the same order, at most `rows` in a batch; no batch is empty."""
    waiting: list[Batch] = []
    height = size = 0
    for batch in map(without_empty_records, batches):
        if not batch.rows:
            continue
        waiting.append(batch)
        height += batch.rows
        size += _size(batch)
        if height >= rows or size >= LARGEST_BATCH:
            rest = _joined(waiting)
            while rest.rows >= rows:
                full, rest = _cut(rest, rows)
                yield full
            if rest.rows and size >= LARGEST_BATCH:
                yield rest
                rest = _cut(rest, rest.rows)[1]
            waiting = [rest] if rest.rows else []
            height, size = rest.rows, _size(rest)
    if waiting:
        yield _joined(waiting)


def _size(batch: Batch) -> int:
    return int(batch.cells.estimated_size()) + sum(len(cell) for record in batch.ragged for cell in record.cells)


def _joined(batches: list[Batch]) -> Batch:
    if len(batches) == 1:
        return batches[0]
    types = [batch.types for batch in batches if batch.types is not None]
    origins = [batch.origins for batch in batches if batch.origins is not None]
    return Batch(
        pl.concat([batch.cells for batch in batches]),
        pl.concat(types) if types else None,
        tuple(record for batch in batches for record in batch.ragged),
        pl.concat(origins) if origins else None,
    )


def _cut(batch: Batch, rows: int) -> tuple[Batch, Batch]:
    """The first `rows` records, and the others."""
    ragged = [record.line for record in batch.ragged]
    lines = batch.cells["line"]
    if ragged:
        lines = pl.concat([lines, pl.Series(ragged, dtype=pl.Int64)]).sort()
    end = lines[rows] if rows < len(lines) else lines[-1] + 1
    height, aside = batch.cells["line"].search_sorted(end), bisect.bisect_left(ragged, end)
    types, origins = batch.types, batch.origins
    return (
        Batch(
            batch.cells[:height],
            None if types is None else types[:height],
            batch.ragged[:aside],
            None if origins is None else origins.filter(pl.col("line") < end),
        ),
        Batch(
            batch.cells[height:],
            None if types is None else types[height:],
            batch.ragged[aside:],
            None if origins is None else origins.filter(pl.col("line") >= end),
        ),
    )
