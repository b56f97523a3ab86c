"""Batches of the requested size, without empty records and without the columns that a rejects file adds.

The run that rejected a row is at the end of `_messages`: spreadsheets leave a text unchanged, and every row has it,
however the rows are selected, combined or sorted.
"""

from __future__ import annotations

import bisect
import dataclasses
import functools
import operator
from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from milepost.model.batch import ORIGINS, Batch, Record
from milepost.model.likeness import WHITE_SPACE, key
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
    ragged = [(one.line, *one.cells[-count:]) for one in batch.ragged if len(one.cells) >= count]
    schema = {"line": pl.Int64()} | dict.fromkeys(_CELLS, pl.String())
    regular = batch.cells.select("line", *added).rename(dict(zip(added, _CELLS, strict=True)))
    cells = pl.concat([regular, pl.DataFrame(ragged, schema=schema, orient="row")])
    origins = cells.select(
        "line",
        pl.col("source_line").str.extract(_LINE).cast(pl.Int64),
        pl.col("messages").str.extract(_STAMP).cast(pl.Int64).alias("run"),
        pl.col("codes").str.extract_all(r"\S+").list.unique().list.sort().list.join(" "),
    )
    return Batch(
        batch.cells.select(kept),
        None if batch.types is None else batch.types.select(kept[1:]),
        tuple(Record(one.line, one.cells[:-count]) for one in batch.ragged),
        origins.drop_nulls(["source_line", "run"]).select(*ORIGINS),
    )


def fitted(batch: Batch, width: int, *, pads: bool) -> Batch:
    """A batch with `width` cells in each regular record; `batch` may have more.

    Surplus cells that are empty are left out. Records that are too short get empty cells if it `pads`.
    """
    extra = batch.cells.columns[width + 1 :]
    if not extra and not batch.ragged:
        return batch
    is_long = batch.cells.select(pl.any_horizontal(False, *(pl.col(name).str.strip_chars() != "" for name in extra)))
    long = batch.cells.filter(is_long.to_series())
    ragged = [Record(line, tuple(texts)) for line, *texts in long.iter_rows()]
    cells, types = batch.cells.drop(extra), batch.types
    if extra:
        cells = cells.filter(~is_long.to_series())
        types = None if types is None else types.drop(extra).filter(~is_long.to_series())
    others = [Record(one.line, without_surplus(one.cells, width)) for one in batch.ragged]
    fitting = [one for one in others if len(one.cells) == width or (pads and len(one.cells) < width)]
    if fitting:
        rows = [(one.line, *one.cells, *[""] * (width - len(one.cells))) for one in fitting]
        more = pl.DataFrame(rows, schema=cells.schema, orient="row")
        cells = pl.concat([cells, more]).sort("line")
    kept = {one.line for one in fitting}
    ragged = sorted((*ragged, *(one for one in batch.ragged if one.line not in kept)), key=operator.attrgetter("line"))
    return Batch(cells, types, tuple(ragged), batch.origins)


def without_skipped(batch: Batch, skips: Mapping[int, frozenset[str]]) -> Batch:
    """A batch without the records that have, in the cell at a place, one of its folded texts."""
    cells = batch.cells.select(str(place) for place in skips)
    skipped = (fold_all(one.str.strip_chars()).is_in(list(skips[int(one.name)])) for one in cells)
    kept = ~functools.reduce(operator.or_, skipped)
    ragged = [
        one for one in batch.ragged if not any(key(one.cells[at]) in skips[at] for at in skips if at < len(one.cells))
    ]
    rest = batch.filtered(kept, tuple(ragged))
    if batch.origins is None:
        return rest
    lines = pl.concat([rest.cells["line"], pl.Series([one.line for one in ragged], dtype=pl.Int64)])
    return dataclasses.replace(rest, origins=batch.origins.filter(pl.col("line").is_in(lines.implode())))


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


def all_empty(cells: tuple[str, ...]) -> bool:
    """Whether the cells of a record contain only white space."""
    return not any(cell.strip(WHITE_SPACE) for cell in cells)


def _without_empty_records(batch: Batch) -> Batch:
    ragged = tuple(record for record in batch.ragged if not all_empty(record.cells))
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
    is_before = pl.col("line") < end
    return (
        _part(batch, slice(None, height), slice(None, aside), is_before),
        _part(batch, slice(height, None), slice(aside, None), ~is_before),
    )


def _part(batch: Batch, regular: slice, ragged: slice, lines: pl.Expr) -> Batch:
    types = None if batch.types is None else batch.types[regular]
    origins = None if batch.origins is None else batch.origins.filter(lines)
    return Batch(batch.cells[regular], types, batch.ragged[ragged], origins)
