"""Suggestions of names for hints that are made in several processes.

Only a number of names of a whole file get a suggestion, in the order of the file, which no single process knows. So
each of them leaves marks in hints, and whoever has the hints in their order puts suggestions in the place of the marks.
"""

from __future__ import annotations

import polars as pl

from milepost.model.identifiers import References
from milepost.model.wording import spelt
from milepost.steps.identify.named import NEAREST, Names

# No text of a cell with a NUL is ever looked up, and hexadecimal digits stay as they are when hints are spelt out.
_MARK = "\0{}\0{}\0"
_MARKS = NEAREST.format("\0([A-Za-z]+)\0([0-9a-f]*)\0")


class LaterNames(Names):
    """Leaves a mark for every name that might get a suggestion."""

    def nearest(self, column: str, values: pl.Series) -> pl.Series:
        """A mark for each value; null if the column gets no suggestions."""
        if not self.suggests(column):
            return pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
        before, between, after = _MARK.split("{}")
        mark = pl.concat_str(pl.lit(before + column + between), values.cast(pl.Binary).bin.encode("hex"), pl.lit(after))
        return pl.select(mark.alias(values.name)).to_series()


class Suggestions:
    """Puts suggestions in the place of marks, frame by frame in the order of the file."""

    def __init__(self, references: References) -> None:
        """Reads nothing yet."""
        self._names = Names(references)

    def placed(self, findings: pl.DataFrame) -> pl.DataFrame:
        """Findings whose hints have no marks any more; `findings` is in the order of lines."""
        marked = findings.filter(pl.col("hint").str.contains("\0", literal=True))["hint"]
        if marked.is_empty():
            return findings
        groups = marked.str.extract_all(_MARKS).explode().drop_nulls().unique(maintain_order=True).alias("mark")
        parts = groups.str.extract_groups(_MARKS).struct.rename_fields(["column", "value"]).struct.unnest()
        marks = parts.with_columns(groups, pl.col("value").str.decode("hex").cast(pl.String))
        told = {mark: self._told(column, value) for column, value, mark in marks.rows()}
        return findings.with_columns(pl.col("hint").str.replace_many(told))

    def _told(self, column: str, value: str) -> str:
        nearest = self._names.nearest(column, pl.Series([value]))[0]
        return "" if nearest is None else NEAREST.format(spelt(nearest))
