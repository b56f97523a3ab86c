"""The lists of a kept check are sorted by lines, over as many files as they need."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from milepost.model.batch import RECORDED
from milepost.model.phases import OUTCOMES
from milepost.model.reports import Report
from milepost.use_cases import kept
from milepost.use_cases.kept import CheckWriter, KeptCheck, kept_check

LINES = 12


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptCheck:
    """Findings and changes that come in another order than that of their lines."""
    monkeypatch.setattr(kept, "_PART_ROWS", 5)
    writer = CheckWriter(tmp_path)
    for line in (5, 3, 8, 0, 11, 1, 10, 2, 9, 4, 7, 6):
        two = {"line": [line, line], "place": [2_000, 1], "code": ["even", "odd"][:: 1 - 2 * (line % 2)]}
        others = dict.fromkeys(("level", "column", "value", "message", "hint"), "")
        writer.add("findings", pl.DataFrame(two).with_columns(**{name: pl.lit(text) for name, text in others.items()}))
        writer.add("changes", pl.DataFrame({"line": [line] * 3, "field": ["c", "a", "b"]}))
    writer.commit(_report())
    writer.close()
    return kept_check(tmp_path, writer.id)


def _report() -> Report:
    counts: dict[str, Any] = dict.fromkeys(("rows", *OUTCOMES), 0)
    at = datetime.now(UTC)
    return Report(run=None, file="a.csv", sha256="", dry_run=True, findings={}, seconds=1.0, started_at=at, **counts)


def test_lists_are_in_the_order_of_lines(check: KeptCheck) -> None:
    places = [(line, place) for line in range(LINES) for place in (1, 2_000)]
    assert check.findings().rows.select("line", "place").rows() == places
    for offset in range(0, len(places), 7):
        part = check.findings(offset=offset, limit=7)
        assert (part.total, part.rows.select("line", "place").rows()) == (24, places[offset : offset + 7])
    changes = check.changes(limit=7).rows.rows()
    assert changes == [(line, field) for line in range(3) for field in "cab"][:7]
    assert set(check.findings().rows.columns) == set(RECORDED)


def test_rows_are_found_in_every_file(check: KeptCheck) -> None:
    odd = [(line, 2_000 if line % 2 else 1) for line in range(LINES)]
    for offset in (0, 5, 11, 12):
        part = check.findings(where={"code": "odd"}, offset=offset, limit=5)
        assert part.total == LINES
        assert part.rows.select("line", "place").rows() == odd[offset : offset + 5]
    last = check.findings(where={"code": "odd"}, order=("line",), descending=True, limit=2).rows
    assert last["line"].to_list() == [11, 10]
