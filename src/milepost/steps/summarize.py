"""Summarize: counts of a plan and of its findings, and what else a reader should know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import polars as pl

from milepost.model.batch import FINDINGS
from milepost.model.changes import ChangeKind, Changes
from milepost.model.columns import VALUE_COLUMNS
from milepost.model.findings import RANK, Finding
from milepost.model.job import Mode
from milepost.model.outcomes import COUNTS
from milepost.model.wording import setting
from milepost.steps.compare import counted_fields, counted_rows
from milepost.steps.order import Partition


class Tally:
    """Counts what becomes of the rows of one run, frame by frame."""

    def __init__(self, lacking: Collection[str]) -> None:
        """`lacking` has the value columns that the file lacks, in their order."""
        self._counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
        self._lacking = lacking
        self._changed_rows: Counter[ChangeKind] = Counter(dict.fromkeys(ChangeKind, 0))
        self._changed_fields: Counter[tuple[ChangeKind, str]] = Counter()
        self._codes: Counter[str] = Counter()
        self._examples: dict[str, tuple[int, int, Finding]] = {}

    def add_findings(self, findings: pl.DataFrame) -> None:
        """Counts findings as `keep.placed` gives them. All findings of one line with one code come at once."""
        if findings.is_empty():
            return
        first = findings.unique("code", keep="first", maintain_order=True).select("place", *FINDINGS)
        rows = findings.group_by("code").agg(pl.col("line").n_unique())
        self._codes.update(dict(rows.iter_rows()))
        for place, *fields in first.iter_rows():
            finding = Finding(*fields)
            example = (finding.line, place, finding)
            self._examples[finding.code] = min(
                self._examples.get(finding.code, example), example, key=lambda one: one[:2]
            )

    def add_lines(self, rows: int, rejected: int) -> None:
        """Counts the lines of a batch, and those of them that have an error."""
        self._counts.update(rows=rows, rejected=rejected)

    def add_outcomes(self, outcomes: Mapping[str, int]) -> None:
        """Counts lines by what becomes of them."""
        self._counts.update(outcomes)

    def add_partition(self, partition: Partition) -> None:
        """Counts what becomes of the lines and rows of a partition, and the changes of what is stored."""
        self._counts.update(dict(partition.planned["outcome"].value_counts().iter_rows()))
        self._counts.update(rejected=partition.rejected, superseded=partition.superseded)
        self._changed_rows.update(counted_rows(partition.compared))
        self._changed_fields.update(counted_fields(partition.compared))

    def counts(self) -> dict[str, int]:
        """How many rows there were, and what became of them."""
        return {name: self._counts[name] for name in COUNTS}

    def changes(self) -> Changes:
        """All changes of what is stored."""
        fields: dict[ChangeKind, dict[str, int]] = {}
        for kind in ChangeKind:
            for column in VALUE_COLUMNS:
                if number := self._changed_fields[kind, column]:
                    fields.setdefault(kind, {})[column] = number
        return Changes(dict(self._changed_rows), fields)

    def codes(self) -> dict[str, int]:
        """How many lines have each code, the most frequent first."""
        return {
            code: self._codes[code] for code in sorted(self._codes, key=lambda code: (-self._codes[code], RANK[code]))
        }

    def examples(self) -> dict[str, Finding]:
        """The first finding of each code, in the same order."""
        return {code: self._examples[code][2] for code in self.codes()}

    def resets(self, mode: Mode) -> list[str]:
        """What the absence of columns does to stored values, in one sentence, or none."""
        if mode is Mode.PATCH or not self._lacking:
            return []
        names = ", ".join(self._lacking)
        numbers = {name: self._changed_fields[ChangeKind.RESET, name] for name in self._lacking}
        reset = [f"{number} of {name}" for name, number in numbers.items() if number]
        if not reset:
            return [f"The file lacks {names}; that resets no stored value."]
        remedy = f"To keep what is stored: {setting('updateMode', Mode.PATCH)}."
        return [f"The file lacks {names}; that resets {', '.join(reset)} stored. {remedy}"]
