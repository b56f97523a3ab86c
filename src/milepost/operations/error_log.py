"""The log of the errors and warnings of one file, as the vendor's timeStampedFileErrorLogger writes it.

Each finding is one line: `Line number:2,WARNING,` then the cells of the line, then the message.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import polars as pl

from milepost.formats.read import decode
from milepost.formats.spreadsheet_safety import defused, quoted
from milepost.formats.write.output import Content, Output
from milepost.formats.write.rejects import as_text
from milepost.model.batch import Batch
from milepost.model.job import Layout
from milepost.operations.night_plan import NightAction
from milepost.stores.opening import read_store
from milepost.stores.port import Between, Tables, Where
from milepost.use_cases import template

_FINDINGS = {
    "line": pl.Int64(),
    "place": pl.Int64(),
    "level": pl.String(),
    "message": pl.String(),
    "hint": pl.String(),
}


def write_error_log(target: Path, file: Path, action: NightAction, database: str, run: int) -> int:
    """Writes the findings of `run`, which has imported `file`, to `target`; returns how many there are.

    The file takes its place whole; there is none if there are no findings. Raises FileError, StoreError.
    """
    with read_store(database) as tables:
        if not tables.count("import_finding", {"run_id": run}, most=1):
            return 0
    count = 0
    with _opened(file, action) as decoded, read_store(database) as tables, Output(target) as output:
        content = _Lines(output)
        output.form = content
        for batch in decoded.batches():
            lines = _logged(batch, decoded.layout, action, _findings(tables, run, batch))
            count += lines.height
            with output.errors():
                content.write(lines)
        if count:
            output.commit()
    return count


def _opened(file: Path, action: NightAction) -> AbstractContextManager[decode.Decoded]:
    """Opens a file as the action reads it."""
    job, rows = action.job, template.BATCH_ROWS
    if action.kind is None:
        return template.open_tracking(file, job, rows)
    defaults = job.parameters.defaults
    vocabulary = action.kind.vocabulary
    return decode.open_file(file, job.reading, vocabulary, fields=job.fields, defaults=defaults, batch_rows=rows)


def _findings(tables: Tables, run: int, batch: Batch) -> pl.DataFrame:
    """The findings of the run on the lines of the batch."""
    lines = pl.concat([batch.cells["line"], batch.ragged["line"]])
    if lines.is_empty():
        return pl.DataFrame(schema=_FINDINGS)
    first, last = lines.to_numpy().min(), lines.to_numpy().max()
    where: Where = {"run_id": run, "line": Between(int(first), int(last))}
    return tables.rows("import_finding", _FINDINGS, where, ("line", "place"))


def _logged(batch: Batch, layout: Layout, action: NightAction, findings: pl.DataFrame) -> pl.DataFrame:
    """The lines of the log about a batch: one column, `cells`, in the order of the findings."""
    if findings.is_empty():
        return pl.DataFrame(schema={"cells": pl.List(pl.String())})
    wanted = findings["line"].implode()
    found = batch.filtered(batch.cells["line"].is_in(wanted), batch.ragged.filter(pl.col("line").is_in(wanted)))
    regular = as_text(found, layout, action.job.parameters)
    records = pl.concat([regular.select("line", cells=pl.concat_list(pl.exclude("line"))), found.ragged])
    said = pl.concat_str("message", "hint", separator=" ", ignore_nulls=True)
    told = findings.select(
        "line",
        "place",
        head=pl.concat_str(pl.lit("Line number:"), "line"),
        level=pl.col("level").str.to_uppercase(),
        said=said,
    )
    joined = told.join(records, on="line", how="inner", maintain_order="left").sort("line", "place")
    return joined.select(cells=pl.concat_list(pl.concat_list("head", "level"), "cells", pl.concat_list("said")))


class _Lines(Content):
    def __init__(self, output: Output) -> None:
        self._stream = output.stream

    def write(self, lines: pl.DataFrame) -> None:
        written = quoted(defused(lines), ",")["cells"].list.join(",")
        self._stream.write("".join(f"{line}\n" for line in written.to_list()).encode())

    def finish(self) -> None:
        pass
