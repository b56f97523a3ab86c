"""Cells that are read as other texts: mapped values, null markers and defaults. (Specification, section 3.)"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from milepost.model.batch import Batch, clock_beside_text, dated, with_blanks, with_dates_alone
from milepost.model.columns import CellType, Column
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.job import Layout, Parameters
from milepost.model.likeness import key
from milepost.model.text import fold_all


def substituted(batch: Batch, layout: Layout, parameters: Parameters) -> tuple[Batch, Mapping[Column, int]]:
    """A batch with the texts to read, and the places of its columns, also of those that have only a default.

    A mapped text is read as the text given. What is then a null marker is empty, and what is empty is the default. In a
    typed cell the new text is text.
    """
    if not (parameters.values or parameters.null_markers or parameters.defaults or layout.joined):
        return batch, layout.positions
    cells, types, places = batch.cells, batch.types, dict(layout.positions)
    for place, (column, parts) in enumerate(layout.joined.items(), start=len(cells.columns)):
        places[column] = place
        cells, types = _joined(cells, types, parts, str(place), parameters.date_time_format)
    for place, column in enumerate(layout.defaulted, start=len(cells.columns)):
        places[column] = place
        cells = cells.with_columns(pl.lit("").alias(str(place)))
        types = None if types is None else types.with_columns(pl.lit(CellType.EMPTY.value).alias(str(place)))
    for column, place in places.items():
        name, readings = str(place), _readings(column, parameters)
        new = _new(cells[name], readings, parameters.defaults.get(column.name))
        if new is None or new.null_count() == len(new):
            continue
        cells = cells.with_columns(pl.coalesce(new, pl.col(name)).alias(name))
        if types is not None:
            kind = pl.when(new == "").then(pl.lit(CellType.EMPTY.value)).otherwise(pl.lit(CellType.TEXT.value))
            types = types.with_columns(pl.when(new.is_null()).then(pl.col(name)).otherwise(kind).alias(name))
    return Batch(cells, types, batch.ragged, batch.origins), places


def _joined(
    cells: pl.DataFrame, types: pl.DataFrame | None, places: tuple[int, ...], name: str, form: DateTimeFormat
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Cells and their types with a column more: the cells of a date, joined with blanks."""
    texts = [pl.lit(cells[str(place)].str.strip_chars().replace("", None)) for place in places]
    if types is None:
        return cells.with_columns(with_blanks(texts).alias(name)), None
    parts = [with_dates_alone(text, pl.lit(types[str(place)])) for text, place in zip(texts, places, strict=True)]
    is_dated = pl.any_horizontal(kind == CellType.DATE for _, kind in parts)
    filled = pl.sum_horizontal(text.is_not_null() for text in texts)
    only = pl.coalesce(pl.when(text.is_not_null()).then(kind) for text, kind in parts)
    together = pl.when(is_dated).then(pl.lit(CellType.DATETIME.value)).otherwise(pl.lit(CellType.TEXT.value))
    kind = pl.when(filled > 1).then(together).otherwise(only).fill_null(CellType.EMPTY.value)
    several = pl.when(is_dated).then(dated(parts)).otherwise(with_blanks([_beside(*part, form) for part in parts]))
    text = pl.when(filled > 1).then(several).otherwise(pl.coalesce(text for text, _ in parts))
    return cells.with_columns(text.alias(name)), types.with_columns(kind.alias(name))


def _beside(text: pl.Expr, kind: pl.Expr, form: DateTimeFormat) -> pl.Expr:
    return pl.when(kind == CellType.DURATION).then(clock_beside_text(text, form)).otherwise(text)


def _readings(column: Column, parameters: Parameters) -> dict[str, str]:
    """Folded texts, and the texts that they are read as."""
    nothing = dict.fromkeys(map(key, parameters.null_markers), "")
    values = parameters.values.get(column.name, {})
    return nothing | {key(text): nothing.get(key(meant), meant) for text, meant in values.items()}


def _new(text: pl.Series, readings: Mapping[str, str], default: str | None) -> pl.Series | None:
    """The texts that replace others, null where a cell stays as it is; None if all do."""
    if not readings and default is None:
        return None
    bare = text.str.strip_chars()
    new = pl.Series(text.name, [None], dtype=pl.String).new_from_index(0, len(text))
    if readings:
        new = fold_all(bare).replace_strict(
            list(readings), list(readings.values()), default=None, return_dtype=pl.String
        )
    if default is not None:
        filled = readings.get(key(default), default)
        read = pl.DataFrame({"new": new, "bare": bare})
        new = read.select(pl.when(pl.coalesce("new", "bare") == "").then(pl.lit(filled)).otherwise("new")).to_series()
    return new
