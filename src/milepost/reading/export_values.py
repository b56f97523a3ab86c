"""The columns of one export, and its frames as writers take them, with constants and templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from milepost.formats.write.appearance import text_of
from milepost.model.columns import Kind
from milepost.model.exceptions import UsageError
from milepost.model.export import Appearance, ExportColumn, ExportJob
from milepost.model.export_columns import (
    BY_NAME,
    COLUMNS,
    CONSTANT,
    NO_COUNTERPART,
    PLACES,
    TEMPLATE,
    is_stored,
    parted,
)
from milepost.model.time_zones import local_times
from milepost.model.tracked import SECONDS_A_DAY, TYPES

_TAG = r"</?[A-Za-z][^<>]*>|<!--(?s:.*?)-->|<![A-Za-z][^<>]*>"


def columns_of(job: ExportJob) -> tuple[ExportColumn, ...]:
    """The columns of an export in their order; each has a name of its own, and its text.

    Raises UsageError for a name that the provider does not have, and for a template that names no column.
    """
    if job.columns is None:
        return COLUMNS[job.provider]
    known = BY_NAME[job.provider]
    chosen: list[ExportColumn] = []
    for given, label in job.columns:
        name, text = parted(given)
        if name not in known or (text and not known[name].takes_text):
            raise UsageError(f'There is no column "{given}" to export. There are: {", ".join(known)}.')
        before = [one for one in chosen if one.source == known[name].source and one.takes_text]
        unique = f"{name}{len(before) + 1}" if before and known[name].takes_text else name
        chosen.append(replace(known[name], name=unique, label=label or (name if unique != name else None), text=text))
    for column in chosen:
        for number in numbers_in(column):
            if number >= len(chosen) or chosen[number].source == TEMPLATE:
                raise UsageError(f"The template {column.text} has {{{number}}}, which is no column that it can have.")
    return tuple(chosen)


def numbers_in(column: ExportColumn) -> tuple[int, ...]:
    """The numbers of the columns that a template has; none for another column."""
    return tuple(map(int, PLACES.findall(column.text))) if column.source == TEMPLATE else ()


def schema_of(columns: Sequence[ExportColumn]) -> dict[str, pl.DataType]:
    """What to ask the store for: at least one column, since its rows are what is exported."""
    asked = {one.name: TYPES[Kind.DATETIME if one.is_instant else one.kind] for one in columns if is_stored(one)}
    return asked or {"candidateLogin": pl.String()}


def completed(rows: pl.DataFrame, columns: Sequence[ExportColumn], appearance: Appearance) -> pl.DataFrame:
    """Rows of the store with all columns, in the types that writers take."""
    rows = rows.with_columns(_value(column, appearance).alias(column.name) for column in columns)
    rows = rows.with_columns(_as_asked(column.name, appearance) for column in columns if column.kind is Kind.TEXT)
    composed = [one for one in columns if one.source == TEMPLATE]
    if composed:
        rows = rows.with_columns(_composed(one, columns, appearance).alias(one.name) for one in composed)
        rows = rows.with_columns(_as_asked(one.name, appearance) for one in composed)
    return rows.select(column.name for column in columns)


def _value(column: ExportColumn, appearance: Appearance) -> pl.Expr:
    if column.source in (NO_COUNTERPART, TEMPLATE):
        return pl.lit(None, pl.String())
    if column.source == CONSTANT:
        return pl.lit(column.text or None, pl.String())
    value = pl.col(column.name)
    if column.is_instant:
        value = local_times(value, appearance.time_zone).floordiv(SECONDS_A_DAY)
    if column.kind is Kind.DAY:
        return value.cast(pl.Int32).cast(pl.Date)
    words: Mapping[str, str] = appearance.training_status_format if column.name == "trainingStatus" else {}
    return value.replace(list(words), list(words.values())) if words else value


def _as_asked(name: str, appearance: Appearance) -> pl.Expr:
    """A text without tags, and not longer than asked for."""
    value = pl.col(name)
    if appearance.strip_html:
        value = value.str.replace_all(_TAG, "")
    return value if appearance.max_length is None else value.str.head(appearance.max_length)


def _composed(template: ExportColumn, columns: Sequence[ExportColumn], appearance: Appearance) -> pl.Expr:
    """The text of a template, with the columns as they are written; a missing value is an empty text."""
    parts = PLACES.split(template.text)
    return pl.concat_str(
        pl.lit(part) if place % 2 == 0 else text_of(columns[int(part)], appearance).fill_null("")
        for place, part in enumerate(parts)
    )
