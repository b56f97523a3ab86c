"""Every element, option and column of the vendor's whole configurations, in both spellings where its pages differ."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from milepost.operations.export_reading import judge_exports
from milepost.operations.night_reading import judge_night

ROOT = Path(__file__).parents[3]
PAGES = {
    "whole-imports.xml": ("nightly.md",),
    "whole-exports.xml": ("nightly-exports.md", "export-configuration.md", "exports.md"),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_element_is_read_and_what_is_passed_over_is_on_the_page(name: str) -> None:
    path = ROOT / "tests" / "data" / "configuration" / name
    judged = judge_night(path) if "imports" in name else judge_exports(path)
    assert judged is not None
    assert judged.mistakes == ()
    notes = [one for one in judged.notes if "counterpart" in one or "no meaning" in one]
    passed_over = {
        name for one in notes for name in re.findall(r"<(\w+)>|column (\w+)|[:,] (\w+)(?=,)|(\w+) and (\w+)\.$", one)
    }
    page = "".join((ROOT / "docs" / one).read_text("utf-8") for one in PAGES[name])
    names = {name for found in passed_over for name in found if name}
    assert len(names) > 20
    assert sorted(name for name in names if f"`{name}`" not in page) == []
