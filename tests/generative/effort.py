"""How many examples the generated tests try."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

MULTIPLIER = float(os.environ.get("MILEPOST_EXAMPLES", "0"))
"""For long campaigns: 10 tries ten times as many examples, other ones each time. Unset, they are the same each time."""


def examples(count: int) -> settings:
    """The settings of a test that tries `count` examples by default."""
    return settings(
        max_examples=max(1, round(count * (MULTIPLIER or 1))),
        derandomize=not MULTIPLIER,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
