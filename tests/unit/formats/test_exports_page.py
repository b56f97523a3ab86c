"""The page on exports shows values as they are written."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from milepost.formats.write import sheet_rows, spreadsheet_writer
from milepost.formats.write.appearance import rendered
from milepost.model.columns import Kind
from milepost.model.export import Appearance, ExportColumn
from milepost.model.file_formats import FileFormat
from milepost.model.job import TimeFormat

PAGE = (Path(__file__).parents[3] / "docs" / "exports.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("time_format", TimeFormat)
def test_durations_look_as_the_page_has_them(time_format: TimeFormat) -> None:
    row = re.search(rf"^\| `{time_format}` \|(.*)\|$", PAGE, re.MULTILINE)
    assert row is not None
    frame = pl.DataFrame({"it": [5100, 5115, 59, 0, 3_600_000]})
    written = rendered(frame, [ExportColumn("it", Kind.DURATION)], Appearance(time_global_format=time_format))
    assert re.findall("`([^`]*)`", row.group(1)) == written["it"].to_list()


@pytest.mark.parametrize("file_format", FileFormat)
def test_every_format_is_described(file_format: FileFormat) -> None:
    assert f"| `.{file_format}` |" in PAGE


def test_the_limits_are_those_of_the_program() -> None:
    assert f"{spreadsheet_writer.ROWS_OF_A_SHEET:,} rows" in PAGE
    assert f"{sheet_rows.LONGEST_TEXT:,} characters" in PAGE
