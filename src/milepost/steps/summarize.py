"""Summarize: the counts of a plan and of its findings, the limits that it passes, and notes for the reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from milepost.model.batch import FINDINGS
from milepost.model.columns import VALUE_COLUMNS
from milepost.model.findings import RANK, Finding
from milepost.model.job import Limit, Limited, Mode
from milepost.model.phases import COUNTS
from milepost.model.reports import ChangeKind, Changes, Report
from milepost.model.wording import setting
from milepost.steps.compare import counted_fields, counted_rows
from milepost.steps.order import Partition

_LIMITED = {
    Limited.REJECTED: (None, "would be rejected"),
    Limited.DELETED: (ChangeKind.DELETION, "would be deleted"),
    Limited.REGRESSED: (ChangeKind.REGRESSION, "would lose progress"),
    Limited.RESET: (ChangeKind.RESET, "would have values reset"),
    Limited.CHANGED: (ChangeKind.CHANGE, "would be changed"),
}


def passed_limits(report: Report, limits: Mapping[Limited, Limit]) -> tuple[str, ...]:
    """A sentence for each limit that the plan of `report` passes."""
    passed = []
    for limited, (kind, words) in _LIMITED.items():
        number = report.rejected if kind is None else report.changes.rows.get(kind, 0)
        if limited in limits and not limits[limited].allows(number, report.rows):
            most = f"at most {limits[limited]} may be (max{limited.title()})"
            passed.append(f"{number:,} of {report.rows:,} rows {words}; {most}.")
    return tuple(passed)


class Tally:
    """Counts what becomes of the rows of one run, frame by frame."""

    def __init__(self, lacking: Collection[str]) -> None:
        """`lacking` are the value columns that the file lacks, in their order."""
        self._counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
        self._lacking = lacking
        self._changed_rows: Counter[ChangeKind] = Counter(dict.fromkeys(ChangeKind, 0))
        self._changed_fields: Counter[tuple[ChangeKind, str]] = Counter()
        self._codes: Counter[str] = Counter()
        self._examples: dict[str, tuple[int, int, Finding]] = {}

    def add_findings(self, findings: pl.DataFrame) -> None:
        """Counts findings as `findings.placed` returns them; those of one line and code must be in one frame."""
        first = findings.unique("code", keep="first", maintain_order=True).select("place", *FINDINGS)
        rows = findings.group_by("code").agg(pl.col("line").n_unique())
        self._codes.update(dict(rows.iter_rows()))
        for place, *fields in first.iter_rows():
            finding = Finding(*fields)
            known = self._examples.get(finding.code)
            if known is None or (finding.line, place) < known[:2]:
                self._examples[finding.code] = (finding.line, place, finding)

    def add_lines(self, rows: int, rejected: int) -> None:
        """Counts the lines of a batch, and the rejected ones among them."""
        self._counts.update(rows=rows, rejected=rejected)

    def add_outcomes(self, outcomes: Mapping[str, int]) -> None:
        """Counts lines by outcome."""
        self._counts.update(outcomes)

    def add_partition(self, partition: Partition) -> None:
        """Counts the outcomes of a partition, and its changes of stored values."""
        self._counts.update(dict(partition.planned["outcome"].value_counts().iter_rows()))
        self._counts.update(rejected=partition.rejected, superseded=partition.superseded)
        self._changed_rows.update(counted_rows(partition.compared))
        self._changed_fields.update(counted_fields(partition.compared))

    def changes(self) -> Changes:
        """All changes of stored values."""
        fields: dict[ChangeKind, dict[str, int]] = {}
        for kind in ChangeKind:
            for column in VALUE_COLUMNS:
                if number := self._changed_fields[kind, column]:
                    fields.setdefault(kind, {})[column] = number
        return Changes(dict(self._changed_rows), fields)

    def counted(self) -> dict[str, Any]:
        """Fields of a report: the number of rows, and of rows with each outcome; and of each code, the most frequent
        first, the number of lines (`findings`) and the first finding (`examples`)."""
        codes = dict(sorted(self._codes.items(), key=lambda one: (-one[1], RANK[one[0]])))
        examples = {code: self._examples[code][2] for code in codes}
        return {name: self._counts[name] for name in COUNTS} | {"findings": codes, "examples": examples}

    def resets(self, mode: Mode) -> list[str]:
        """One sentence on the stored values that the lacking columns reset; none if no column is lacking."""
        if mode is Mode.PATCH or not self._lacking:
            return []
        names = ", ".join(self._lacking)
        numbers = {name: self._changed_fields[ChangeKind.RESET, name] for name in self._lacking}
        reset = [f"{number} of {name}" for name, number in numbers.items() if number]
        if not reset:
            return [f"The file lacks {names}; that resets no stored value."]
        remedy = f"To keep what is stored: {setting('updateMode', Mode.PATCH)}."
        return [f"The file lacks {names}; that resets {', '.join(reset)} stored. {remedy}"]
