"""The description of the file format names what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.formats import layout, opening, spreadsheet_errors
from milepost.model.columns import IGNORED, TRACKING

PAGE = (Path(__file__).parents[3] / "docs" / "file-format.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [column.name for column in TRACKING.columns] + [IGNORED, *TRACKING.aliases])
def test_every_column_is_described(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_every_counterpart_is_named() -> None:
    for name, counterpart in TRACKING.passed_over.items():
        if counterpart is not None:
            assert f"| `{name}` | `{counterpart}` |" in PAGE


@pytest.mark.parametrize("ending", opening.FORMATS)
def test_every_ending_is_described(ending: str) -> None:
    assert f"`{ending}`" in PAGE


def test_the_limits_are_those_of_the_program() -> None:
    assert f"{layout.MOST_COLUMNS:,} columns" in PAGE
    assert f"{spreadsheet_errors.MOST_CELLS:,} cells" in PAGE
