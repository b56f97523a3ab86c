"""The rejects file: every rejected record as it stood, and what was wrong with it."""

from __future__ import annotations

import codecs
import csv
import heapq
import os
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

import polars as pl

from milepost.formats import origins, registry
from milepost.formats.headers.layout import REJECTS_COLUMNS
from milepost.formats.spreadsheet_safety import defused, defused_cells
from milepost.formats.write.output import Output, Target
from milepost.formats.write.rendering import as_text
from milepost.model import findings as said
from milepost.model.batch import Batch
from milepost.model.exceptions import FileError
from milepost.model.job import Layout, Parameters

_ERRORS = [code.name for code in said.CODES.values() if code.level is said.Level.ERROR]

_Row = tuple[int, tuple[str, ...]]


class RejectsWriter(Output):
    """Writes a rejects file."""

    def __init__(
        self,
        target: Target,
        layout: Layout,
        delimiter: str,
        encoding: str,
        parameters: Parameters,
        *,
        source: Path | None = None,
        raw: bool = False,
    ) -> None:
        """Open the target and write the header.

        `delimiter` and `encoding` are those of the source (`Decoded.delimiter`, `Decoded.encoding`); `source` is the
        file that is imported, which is never overwritten; `raw` leaves texts as they are that a spreadsheet would take
        for formulas. Raises FileError when the target is that file or cannot be opened.
        """
        self._layout = layout
        self._parameters = parameters
        self._raw = raw
        self._stamp = ""
        self._ranks = {column.name: rank for rank, column in enumerate(layout.positions)}
        self._encoder = codecs.getincrementalencoder(encoding)("replace")
        self._lines = _Lines()
        self._rows = csv.writer(self._lines, delimiter=delimiter, lineterminator=_LINE_END)
        if isinstance(target, str | Path):
            _refuse(Path(target), source)
        super().__init__(target)
        with self.beginning():
            self._rows.writerow((*self._safe(layout.header), *REJECTS_COLUMNS))
            self._put()

    def name_run(self, run: int) -> None:
        """The rows that are written from now on say that `run` has rejected them."""
        self._stamp = origins.stamp(run)

    def write(self, batch: Batch, findings: pl.DataFrame) -> None:
        """Write the batch's records that have an error among `findings`, in the order of their lines.

        `findings` has schema FINDINGS and is about lines of this batch. Raises FileError.
        """
        remarks = self._remarks(findings)
        if remarks.is_empty():
            return
        rejected = batch.cells["line"].is_in(remarks["line"].implode())
        cells = as_text(batch, rejected, self._layout.positions, self._parameters)
        whole = cells.join(remarks, on="line", how="left", maintain_order="left")
        regular = ((row[0], row[1:]) for row in (whole if self._raw else defused(whole)).iter_rows())
        for _, row in heapq.merge(regular, self._ragged(batch, remarks), key=itemgetter(0)):
            self._rows.writerow(row)
        self._put()

    def commit(self) -> None:
        """The work succeeded: the file takes its target's place. Raises FileError."""
        self._put(final=True)
        super().commit()

    def _put(self, *, final: bool = False) -> None:
        encoded = self._encoder.encode("".join(self._lines), final=final)
        self._lines.clear()
        with self.errors():
            self.stream.write(encoded)

    def _remarks(self, findings: pl.DataFrame) -> pl.DataFrame:
        """For each rejected line its codes and its messages, each in the order of findings and set off by blanks."""
        errors = findings.filter(pl.col("code").is_in(_ERRORS))["line"].unique()
        rank = pl.col("code").replace_strict(dict(said.RANK), return_dtype=pl.Int64)
        place = pl.col("column").replace_strict(self._ranks, default=None, return_dtype=pl.Int64)
        return (
            findings.filter(pl.col("line").is_in(errors.implode()))
            .sort(pl.col("line"), rank, place, nulls_last=False, maintain_order=True)
            .group_by("line", maintain_order=True)
            .agg(
                pl.col("code").str.join(" ").alias("_codes"),
                pl.concat_str("message", "hint", separator=" ", ignore_nulls=True).str.join(" ").alias("_messages"),
            )
            .select("line", pl.col("line").cast(pl.String).alias("_line"), "_codes", pl.col("_messages") + self._stamp)
        )

    def _ragged(self, batch: Batch, remarks: pl.DataFrame) -> Iterator[_Row]:
        if not batch.ragged:
            return
        by_line = {row[0]: row[1:] for row in remarks.iter_rows()}
        for record in batch.ragged:
            if record.line in by_line:
                padding = ("",) * (self._layout.width - len(record.cells))
                yield record.line, self._safe((*record.cells, *padding, *by_line[record.line]))

    def _safe(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        return cells if self._raw else defused_cells(cells)


_LINE_END = "\r\n"
"""What the csv module ends lines with: it puts a cell in quotes for the characters in it. The file has LF alone."""


class _Lines(list[str]):
    """What the csv module writes."""

    def write(self, line: str) -> None:
        self.append(line.removesuffix(_LINE_END) + "\n")


def _refuse(target: Path, source: Path | None) -> None:
    """Raises FileError where a rejects file must not be."""
    if target.suffix.lower() == ".gz" or not registry.is_delimited(registry.by_ending(target)):
        raise FileError(f"{target} would be CSV, whatever its ending says. Give it the ending .csv.")
    try:
        if not target.exists():
            return
        is_source = source is not None and source.exists() and target.samefile(source)
    except OSError as error:
        raise FileError(f"{target} cannot be written: {error.strerror or error}. Name another file.") from error
    if is_source:
        raise FileError(f"{target} is the file that is imported. Write the rejected rows to another file.")
    if target.is_file() and not os.access(target, os.W_OK):
        raise FileError(f"{target} must not be written to. Write the rejected rows to another file.")
