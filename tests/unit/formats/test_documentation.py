"""The description of the file format names what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.formats import header_names, registry
from milepost.formats.read import spreadsheet_errors
from milepost.model.columns import IGNORED, TRACKING
from milepost.model.file_formats import entries

PAGE = (Path(__file__).parents[3] / "docs" / "file-format.md").read_text(encoding="utf-8")

ENDINGS = [
    ending
    for entry in entries()
    if entry.refused or (entry.reader and not registry.is_delimited(entry))
    for ending in entry.endings
]
"""Of all files that are not taken for delimited text."""


@pytest.mark.parametrize("name", [column.name for column in TRACKING.columns] + [IGNORED, *TRACKING.aliases])
def test_every_column_is_described(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_every_counterpart_is_named() -> None:
    for name, counterpart in TRACKING.passed_over.items():
        if counterpart is not None:
            assert f"| `{name}` | `{counterpart}` |" in PAGE


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_is_described(ending: str) -> None:
    assert f"`{ending}`" in PAGE


def test_the_limits_are_those_of_the_program() -> None:
    assert f"{header_names.MOST_COLUMNS:,} columns" in PAGE
    assert f"{spreadsheet_errors.MOST_CELLS:,} cells" in PAGE
