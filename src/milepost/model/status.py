"""The six statuses a learner can have on a learning object version."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """A tracking status; the value is its name in files and in the store."""

    NOT_ATTEMPTED = "notAttempted"
    INCOMPLETE = "incomplete"
    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"
    BROWSED = "browsed"


COMPLETED_STATUSES = (Status.COMPLETED, Status.PASSED)
"""The statuses that mean *completed*."""
