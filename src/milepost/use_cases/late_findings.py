"""Findings that are put in the order of their lines, for rejects whose reasons are known only at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import polars as pl

from milepost.engines.local.sorting import Sorter
from milepost.formats.write.rejects import RejectsWriter
from milepost.model.batch import FINDINGS, Batch, no_findings


class LateFindings:
    """Findings in the order of their lines, for rejects whose reasons are known only at the end."""

    def __init__(self, stack: ExitStack, again: Callable[[], Iterator[Batch]]) -> None:
        """`again` reads the file once more."""
        self._again = again
        # What exceeds memory is in temporary files.
        self._sorter = Sorter("line")
        stack.callback(self._sorter.close)

    def add(self, findings: pl.DataFrame) -> None:
        self._sorter.add(findings.select(*FINDINGS))

    def write(self, writer: RejectsWriter) -> None:
        """Writes the rejected records of the file."""
        parts = self._sorter.rows()
        held = no_findings()
        for batch in self._again():
            last = max([*batch.cells["line"].tail(1), *batch.ragged["line"].tail(1)], default=0)
            while held.is_empty() or held["line"][-1] <= last:
                part = next(parts, None)
                if part is None:
                    break
                held = pl.concat([held, part])
            is_here = held["line"] <= last
            writer.write(batch, held.filter(is_here))
            held = held.filter(~is_here)
