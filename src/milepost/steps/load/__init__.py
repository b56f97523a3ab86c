"""Load: lines of reference data to rows of a kind's table, each with its outcome. (Specification, section 9.)

Batches come in the order of the file. After its batch, everything about a line is known, except whether a later line
supersedes it. So the caller keeps the rows to write until all lines are settled.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from milepost.model.batch import Interpreted
from milepost.model.identifiers import References
from milepost.model.job import Layout
from milepost.reference import ReferenceKind
from milepost.steps.finding_frames import rejected_lines
from milepost.steps.load import claims, lines, rows
from milepost.steps.load.references import Linker
from milepost.steps.load.rows import WAITING, Settled


@dataclass(frozen=True, slots=True)
class Taken:
    """The results of one batch."""

    findings: pl.DataFrame
    """All findings on its lines but `superseded`; schema `model.batch.FINDINGS`."""
    rows: pl.DataFrame
    """The rows that accepted lines create or change, ascending by `line`: see `Settled.written`."""


class Loading:
    """One load: its batches, and the outcome of its lines."""

    def __init__(self, kind: ReferenceKind, layout: Layout, references: References) -> None:
        """Reads nothing yet; raises UsageError if the file lacks a column that the kind needs."""
        self._used = lines.Used(kind, frozenset(column.name for column in layout.positions))
        lines.require_columns(self._used)
        self._references = references
        self._linker = Linker(self._used, references)
        self._claims = claims.Claims(self._used)
        self._accepted: list[pl.DataFrame] = []

    def take(self, interpreted: Interpreted) -> Taken:
        """Looks up and checks the lines of the next batch."""
        used, values = self._used, interpreted.values
        linked, not_found = self._linker.link(lines.named(used, values))
        found = [
            interpreted.findings,
            lines.findings(used, values),
            not_found,
            claims.find_changed(used, linked),
            claims.find_taken(used, linked, self._references),
        ]
        accepted = _without_errors(linked, pl.concat(found))
        accepted = accepted.with_columns(claims.fingerprints(accepted.select(used.kind.key)).alias("row"))
        contested = self._claims.refuse(accepted)
        planned = rows.planned(used, _without_errors(accepted, contested))
        self._accepted.append(planned.select(*WAITING, *(one.name for one in used.identities if one.name == "id")))
        findings = pl.concat([*found, contested])
        return Taken(findings, planned.filter(pl.col("outcome") != rows.UNCHANGED).drop("row"))

    def settle(self, highest_id: int) -> Settled:
        """Decides which lines win, after all batches; `highest_id` is the highest that the table has ever had.

        Raises StoreError if ids run out.
        """
        accepted, self._accepted = self._accepted, []
        self._claims = claims.Claims(self._used)
        return Settled(self._used.kind, accepted, highest_id)


def _without_errors(lines: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    return lines.filter(~pl.col("line").is_in(rejected_lines(findings).implode()))


__all__ = ["Loading", "Settled", "Taken"]
