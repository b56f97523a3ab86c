"""The files that a use case writes besides the store: rejected rows, and changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import polars as pl

from milepost.engines.local.sorting import Sorter
from milepost.formats.read import decode
from milepost.formats.write.export_writer import ExportWriter, changes_writer
from milepost.formats.write.rejects import RejectsWriter
from milepost.model.batch import FINDINGS, Batch, no_findings
from milepost.model.job import Parameters


def open_rejects(
    stack: ExitStack,
    target: str | Path | BinaryIO | None,
    source: decode.File,
    decoded: decode.Decoded,
    parameters: Parameters,
) -> RejectsWriter | None:
    """The writer of rejected rows, if there is a target."""
    if target is None:
        return None
    return stack.enter_context(RejectsWriter(target, decoded, parameters, source=decode.path_of(source)))


def open_changes(stack: ExitStack, target: str | Path | BinaryIO | None, *, raw: bool) -> ExportWriter | None:
    """The writer of changes, if there is a target; `raw` is as in `Reading.raw`."""
    return None if target is None else stack.enter_context(changes_writer(target, raw=raw))


class LateFindings:
    """Findings in the order of their lines, for rejects whose reasons are known only at the end."""

    def __init__(self, stack: ExitStack) -> None:
        """What exceeds memory is in temporary files, which the end of `stack` removes."""
        self._sorter = Sorter("line")
        stack.callback(self._sorter.close)

    def add(self, findings: pl.DataFrame) -> None:
        """Adds findings, schema FINDINGS."""
        self._sorter.add(findings.select(*FINDINGS))

    def write(self, writer: RejectsWriter, batches: Iterator[Batch]) -> None:
        """Writes the rejected records of `batches`, which hold the whole file again."""
        parts = self._sorter.rows()
        held = no_findings()
        for batch in batches:
            last = max([*batch.cells["line"].tail(1), *(one.line for one in batch.ragged)], default=0)
            while held.is_empty() or held["line"][-1] <= last:
                part = next(parts, None)
                if part is None:
                    break
                held = pl.concat([held, part])
            is_here = held["line"] <= last
            writer.write(batch, held.filter(is_here))
            held = held.filter(~is_here)
