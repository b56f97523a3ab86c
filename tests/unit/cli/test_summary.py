"""The summary of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from milepost.cli import summary
from milepost.model.findings import Finding
from milepost.model.reports import Report

_CLEAN = Report(
    run=7,
    file="tracking.csv",
    sha256="ab",
    dry_run=False,
    rows=1200,
    created=1200,
    updated=0,
    unchanged=0,
    deleted=0,
    superseded=0,
    rejected=0,
    findings={},
    seconds=0.44,
    started_at=datetime(2024, 1, 1, tzinfo=UTC),
)


def _shown(report: Report, steps: list[tuple[str, str]] | None = None) -> str:
    return "\n".join(line.plain for line in summary.lines(report, "imported", steps or []))


def test_a_clean_run_is_one_line() -> None:
    assert _shown(_CLEAN) == ("tracking.csv: imported as run 7 in 0.4 seconds. 1,200 rows: 1,200 created, 0 rejected.")


def test_a_check_has_no_run() -> None:
    assert "as run" not in _shown(replace(_CLEAN, run=None, dry_run=True))


def test_rejected_rows_come_with_their_reasons_an_example_and_what_to_do() -> None:
    report = replace(
        _CLEAN,
        created=1190,
        superseded=1,
        rejected=9,
        findings={"invalid-datetime": 9, "superseded": 1},
        examples={
            "invalid-datetime": Finding(
                59,
                "invalid-datetime",
                "lastAccessDate",
                "2013-10-19",
                "lastAccessDate is not a date that can be read.",
                "2013-10-19 does not fit DD/MM/YYYY; it would fit YYYY-MM-DD",
            ),
            "superseded": Finding(4, "superseded", None, None, "A later line is for the same row.", "line 9 wins"),
        },
        notes=("The file lacks scoreMax.",),
    )
    assert _shown(report, [("See every finding:", "milepost runs 7")]) == (
        "tracking.csv: imported as run 7 in 0.4 seconds.\n"
        "\n"
        "  1,200 rows\n"
        "  1,190 created\n"
        "      1 superseded\n"
        "      9 rejected\n"
        "\n"
        "Rejected, and why\n"
        "  invalid-datetime  9 rows\n"
        "    lastAccessDate is not a date that can be read.\n"
        '    such as line 59, lastAccessDate "2013-10-19": '
        "2013-10-19 does not fit DD/MM/YYYY; it would fit YYYY-MM-DD\n"
        "\n"
        "Warnings\n"
        "  superseded  1 row\n"
        "    A later line is for the same row.\n"
        "    line 4: line 9 wins\n"
        "\n"
        "Notes\n"
        "  The file lacks scoreMax.\n"
        "\n"
        "What to do next\n"
        "  See every finding:\n"
        "    milepost runs 7"
    )


def test_long_and_wild_values_are_tamed() -> None:
    finding = Finding(3, "value-too-long", "lovCode", "\x1b[2J" + "x" * 255, "Too long.", None)
    line = summary.one(finding)
    assert "\x1b" not in line
    assert line.startswith('line 3, lovCode "\\x1b[2Jxxx')
    assert line.endswith('x…": Too long.')
    assert len(line) < 100


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 seconds"), (59.94, "59.9 seconds"), (60.0, "1 minute 0 seconds"), (125.4, "2 minutes 5 seconds")],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert summary.duration(seconds) == text
