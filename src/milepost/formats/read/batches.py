"""Batches of the requested size, without empty records and without the columns that a rejects file adds.

The run that rejected a row is at the end of `_messages`: spreadsheets leave a text unchanged, and every row has it,
however the rows are selected, combined or sorted.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from milepost.model.batch import ORIGINS, Batch
from milepost.model.likeness import WHITE_SPACE
from milepost.model.text import fold_all

LARGEST_BATCH = 8 * 1024 * 1024
"""The approximate bytes of text after which a batch is complete, even with few records."""

_STAMP = r"\[run ([0-9]{1,9})\]\s*$"
_CELLS = ("source_line", "codes", "messages")
_LINE = r"^\s*([0-9]{1,18})\s*$"


def stamp(run: int) -> str:
    """The end of the messages of a row that `run` has rejected."""
    return f" [run {run}]"


def without_origins(batch: Batch) -> Batch:
    """A batch of a rejects file without the columns that were added to it; they become its `origins`."""
    names, count = batch.cells.columns, len(_CELLS)
    kept, added = names[:-count], names[-count:]
    last = (pl.col("cells").list.get(place - count, null_on_oob=True).alias(name) for place, name in enumerate(_CELLS))
    ragged = batch.ragged.filter(pl.col("cells").list.len() >= count).select("line", *last)
    regular = batch.cells.select("line", *added).rename(dict(zip(added, _CELLS, strict=True)))
    origins = pl.concat([regular, ragged]).select(
        "line",
        pl.col("source_line").str.extract(_LINE).cast(pl.Int64),
        pl.col("messages").str.extract(_STAMP).cast(pl.Int64).alias("run"),
        pl.col("codes").str.extract_all(r"\S+").list.unique().list.sort().list.join(" "),
    )
    own = (pl.col("cells").list.len().cast(pl.Int64) - count).clip(0)
    return Batch(
        batch.cells.select(kept),
        None if batch.types is None else batch.types.select(kept[1:]),
        batch.ragged.with_columns(pl.col("cells").list.head(own)),
        origins.drop_nulls(["source_line", "run"]).select(*ORIGINS),
    )


def fitted(batch: Batch, width: int, *, pads: bool) -> Batch:
    """A batch with `width` cells in each regular record; `batch` may have more.

    Surplus cells that are empty are left out. Records that are too short get empty cells if it `pads`.
    """
    cells, types, ragged = batch.cells, batch.types, batch.ragged
    if extra := cells.columns[width + 1 :]:
        is_long = cells.select(pl.any_horizontal(_has_value(pl.col(name)) for name in extra)).to_series()
        long = cells.filter(is_long).select("line", pl.concat_list(pl.exclude("line")).alias("cells"))
        cells = cells.drop(extra).filter(~is_long)
        types = None if types is None else types.drop(extra).filter(~is_long)
        ragged = pl.concat([ragged, long]).sort("line")
    if ragged.is_empty():
        return Batch(cells, types, ragged, batch.origins)
    count, surplus = pl.col("cells").list.len(), pl.col("cells").list.slice(width)
    # One text for each record: a record may have hundreds of thousands of cells.
    fits = (count >= width) & ~_has_value(surplus.list.join(""))
    fits = fits | (count < width) if pads else fits
    fitting = ragged.filter(fits)
    if fitting.height:
        places = (pl.col("cells").list.get(place, null_on_oob=True) for place in range(width))
        more = fitting.select("line", *(cell.fill_null("").alias(str(place)) for place, cell in enumerate(places)))
        cells, ragged = pl.concat([cells, more]).sort("line"), ragged.filter(~fits)
    return Batch(cells, types, ragged, batch.origins)


def without_skipped(batch: Batch, skips: Mapping[int, frozenset[str]]) -> Batch:
    """A batch without the records that have, in the cell at a place, one of its folded texts."""

    def is_kept(cells: Iterable[tuple[pl.Series, frozenset[str]]]) -> pl.Series:
        skipped = (fold_all(cell.str.strip_chars()).is_in(list(texts)) for cell, texts in cells)
        return ~functools.reduce(operator.or_, skipped).fill_null(value=False)

    kept = is_kept((batch.cells[str(place)], texts) for place, texts in skips.items())
    at = batch.ragged["cells"].list
    ragged = batch.ragged.filter(is_kept((at.get(place, null_on_oob=True), texts) for place, texts in skips.items()))
    rest = batch.filtered(kept, ragged)
    if batch.origins is None:
        return rest
    lines = pl.concat([rest.cells["line"], rest.ragged["line"]])
    return dataclasses.replace(rest, origins=batch.origins.filter(pl.col("line").is_in(lines.implode())))


def _has_value(cell: pl.Expr) -> pl.Expr:
    return cell.str.strip_chars() != ""


def without_surplus(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    """The first `width` cells if the others are empty, else all."""
    return cells[:width] if all_empty(cells[width:]) else cells


def regroup(batches: Iterable[Batch], rows: int) -> Iterator[Batch]:
    """The records that are not empty, in the same order, at most `rows` in a batch; no batch is empty."""
    waiting: list[Batch] = []
    height = size = 0
    for batch in map(_without_empty_records, batches):
        if not batch.rows:
            continue
        waiting.append(batch)
        height += batch.rows
        size += _size(batch)
        if height >= rows or size >= LARGEST_BATCH:
            rest = joined(waiting)
            while rest.rows >= rows:
                full, rest = _cut(rest, rows)
                yield full
            if rest.rows and size >= LARGEST_BATCH:
                yield rest
                rest = _cut(rest, rest.rows)[1]
            waiting = [rest] if rest.rows else []
            height, size = rest.rows, _size(rest)
    if waiting:
        yield joined(waiting)


def all_empty(cells: tuple[str, ...]) -> bool:
    """Whether the cells of a record contain only white space."""
    return not any(cell.strip(WHITE_SPACE) for cell in cells)


def _without_empty_records(batch: Batch) -> Batch:
    ragged = batch.ragged.filter(_has_value(pl.col("cells").list.join("")))
    candidates = batch.cells
    for name in batch.cells.columns[1:]:
        if candidates.is_empty():
            break
        candidates = candidates.filter(pl.col(name).str.strip_chars() == "")
    if candidates.is_empty():
        return dataclasses.replace(batch, ragged=ragged)
    kept = ~batch.cells["line"].is_in(candidates["line"].implode())
    return batch.filtered(kept, ragged)


def _size(batch: Batch) -> int:
    return int(batch.cells.estimated_size() + batch.ragged.estimated_size())


def joined(batches: list[Batch]) -> Batch:
    """The records of consecutive batches, of which there is one at least."""
    if len(batches) == 1:
        return batches[0]
    types = [batch.types for batch in batches if batch.types is not None]
    origins = [batch.origins for batch in batches if batch.origins is not None]
    return Batch(
        pl.concat([batch.cells for batch in batches]),
        pl.concat(types) if types else None,
        pl.concat([batch.ragged for batch in batches]),
        pl.concat(origins) if origins else None,
    )


def _cut(batch: Batch, rows: int) -> tuple[Batch, Batch]:
    """The first `rows` records, and the others."""
    lines = pl.concat([batch.cells["line"], batch.ragged["line"]]).sort()
    end = lines[rows] if rows < len(lines) else lines[-1] + 1
    height, aside = batch.cells["line"].search_sorted(end), batch.ragged["line"].search_sorted(end)
    is_before = pl.col("line") < end
    return (
        _part(batch, slice(None, height), slice(None, aside), is_before),
        _part(batch, slice(height, None), slice(aside, None), ~is_before),
    )


def _part(batch: Batch, regular: slice, ragged: slice, lines: pl.Expr) -> Batch:
    types = None if batch.types is None else batch.types[regular]
    origins = None if batch.origins is None else batch.origins.filter(lines)
    return Batch(batch.cells[regular], types, batch.ragged[ragged], origins)
