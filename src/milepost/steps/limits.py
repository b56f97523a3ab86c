"""Limits: whether a plan would do more than it may."""

from __future__ import annotations

from collections.abc import Mapping

from milepost.model.changes import ChangeKind, Limit, Limited
from milepost.model.job import Report

_KINDS = {
    Limited.DELETED: ChangeKind.DELETION,
    Limited.REGRESSED: ChangeKind.REGRESSION,
    Limited.RESET: ChangeKind.RESET,
    Limited.CHANGED: ChangeKind.CHANGE,
}
_WORDS = {
    Limited.REJECTED: "would be rejected",
    Limited.DELETED: "would be deleted",
    Limited.REGRESSED: "would lose progress",
    Limited.RESET: "would have values reset",
    Limited.CHANGED: "would be changed",
}


def passed(report: Report, limits: Mapping[Limited, Limit]) -> tuple[str, ...]:
    """Which of the limits the plan of `report` passes, a sentence each."""
    numbers = {Limited.REJECTED: report.rejected} | {
        limited: report.changes.rows.get(kind, 0) for limited, kind in _KINDS.items()
    }
    return tuple(
        f"{numbers[limited]:,} of {report.rows:,} rows {_WORDS[limited]}; at most {limits[limited]} may be "
        f"(max{limited.title()})."
        for limited in Limited
        if limited in limits and not limits[limited].allows(numbers[limited], report.rows)
    )
