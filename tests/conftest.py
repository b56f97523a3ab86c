"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# The same cases every time, so that a change is judged by what it changes; campaigns look for new ones.
settings.register_profile("milepost", derandomize=not os.environ.get("MILEPOST_EXAMPLES"), deadline=None)
settings.load_profile("milepost")
