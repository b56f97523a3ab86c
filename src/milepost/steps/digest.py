"""Digest: a fingerprint of what becomes of each line, the same for a check and for the import after it."""

from __future__ import annotations

import hashlib

import polars as pl

from milepost.model.columns import KEY, VALUES
from milepost.model.tracked import before

_NOW = "NOW"
"""Stands for the instant at which the run began, which is another one in each run."""


class PlanDigest:
    """Takes findings in the order of their lines and plans in the order of their keys; how many at once is the same."""

    def __init__(self) -> None:
        """Of nothing yet."""
        self._lines = hashlib.sha256()
        self._superseded = hashlib.sha256()
        self._older = hashlib.sha256()
        self._targets = hashlib.sha256()

    def add_findings(self, findings: pl.DataFrame) -> None:
        """Takes what is found on lines before they are planned (`line`, `code`, `column`), by line."""
        self._update(self._lines, findings.select("line", "code", "column"))

    def add_plan(self, planned: pl.DataFrame, superseded: pl.DataFrame, older: pl.DataFrame) -> None:
        """Takes rows as `plan.plan` gives them; and what was found on lines on the way there, in the order of keys."""
        completed = pl.col("first_completed_at").cast(pl.String)
        rows = planned.select(
            *KEY,
            "line",
            "outcome",
            *(
                pl.when("completes_now").then(pl.lit(_NOW)).otherwise(completed).alias(name)
                if name == "first_completed_at"
                else pl.col(name)
                for name in VALUES
            ),
            *map(before, VALUES),
        )
        self._update(self._targets, rows)
        self._update(self._superseded, superseded.select("line"))
        self._update(self._older, older.select("line"))

    def hexdigest(self) -> str:
        """The SHA-256 of all that was taken."""
        parts = (self._lines, self._superseded, self._older, self._targets)
        return hashlib.sha256(b"".join(part.digest() for part in parts)).hexdigest()

    @staticmethod
    def _update(hashed: hashlib._Hash, rows: pl.DataFrame) -> None:
        if not rows.is_empty():
            hashed.update(rows.write_csv(include_header=False).encode())
