"""Summarize: counts of a plan and of its findings, and what else a reader should know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import polars as pl

from milepost.model.batch import FINDINGS
from milepost.model.findings import RANK, Finding
from milepost.model.job import Mode


class Tally:
    """Counts what becomes of the rows of one run, frame by frame."""

    def __init__(self, lacking: Mapping[str, str]) -> None:
        """`lacking` has the value columns that the file lacks, each with the stored column it would fill."""
        self.outcomes: Counter[str] = Counter()
        """How many targets have each outcome of a plan."""
        self._lacking = lacking
        self._reset: Counter[str] = Counter()
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

    def add_plan(self, planned: pl.DataFrame) -> None:
        """Counts the rows of a plan, as `plan.plan` gives it."""
        outcomes = planned["outcome"].value_counts()
        self.outcomes.update(dict(outcomes.iter_rows()))
        if self._lacking:
            updated = planned.filter(pl.col("outcome") == "updated")
            stored = ((name, column, f"stored.{column}") for name, column in self._lacking.items())
            resets = updated.select(
                (pl.col(before).is_not_null() & pl.col(before).ne_missing(pl.col(column))).sum().alias(name)
                for name, column, before in stored
            )
            self._reset.update(resets.row(0, named=True))

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
        reset = [f"{self._reset[name]} of {name}" for name in self._lacking if self._reset[name]]
        if not reset:
            return [f"The file lacks {names}; that resets no stored value."]
        return [f"The file lacks {names}; that resets {', '.join(reset)} stored. To keep what is stored: --mode patch."]
