"""How often somebody may try to log in."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException

SECONDS = 900
"""A failed attempt counts for this long."""
MOST_OF_BOTH = 5
"""Failed attempts for one name from one address."""
MOST_OF_NAME = 50
"""For one name from anywhere. It is far more, so that a stranger cannot easily lock somebody out."""
MOST_OF_ADDRESS = 50
"""From one address for any name."""


@dataclass(slots=True)
class Attempt:
    """One attempt. Whatever happens to it, it has failed unless said otherwise."""

    has_failed: bool = True


@dataclass(slots=True)
class Attempts:
    """The failed attempts of the last minutes, in this process."""

    _failed: deque[tuple[float, str, str]] = field(default_factory=deque, repr=False)
    """When, for which name, and from where."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @contextmanager
    def counted(self, name: str, address: str) -> Iterator[Attempt]:
        """An attempt for a name from an address, which counts while it is made.

        Raises HTTPException if there were too many failed ones.
        """
        entry = (time.monotonic(), name, address)
        with self._lock:
            while self._failed and self._failed[0][0] < entry[0] - SECONDS:
                self._failed.popleft()
            self._refuse(name, address)
            self._failed.append(entry)
        attempt = Attempt()
        try:
            yield attempt
        finally:
            if not attempt.has_failed:
                with self._lock:
                    # Those of the same name and address were mistakes of the same person.
                    kept = [one for one in self._failed if one[1:] != entry[1:]]
                    self._failed = deque(kept)

    def _refuse(self, name: str, address: str) -> None:
        names = [one for one in self._failed if one[1] == name]
        addresses = sum(one[2] == address for one in self._failed)
        both = sum(one[2] == address for one in names)
        if both >= MOST_OF_BOTH or len(names) >= MOST_OF_NAME or addresses >= MOST_OF_ADDRESS:
            raise HTTPException(
                429,
                f"There were too many attempts to log in. Try again in {SECONDS // 60} minutes.",
                {"retry-after": str(SECONDS)},
            )
