"""Stores in memory: they live as long as the process, and all of it can open them by name."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from milepost.model.exceptions import StoreError
from milepost.stores.memory.contents import Contents, MemoryTables
from milepost.stores.port import Access, AtWork, Patience

URL = "memory://"
"""What the URL of such a store begins with."""


@dataclass(slots=True)
class Kept:
    """One store: what was committed last, and whose turn it is to write."""

    contents: Contents = field(default_factory=Contents)
    turn: threading.Lock = field(default_factory=threading.Lock)


STORES: dict[str, Kept] = {}
"""The stores of this process by their URLs."""


@dataclass(frozen=True, slots=True)
class MemoryStore:
    """An open store (`port.Store`)."""

    name: str
    access: Access
    patience: Patience
    at_work: AtWork
    kept: Kept
    own_runs: set[int] = field(default_factory=set)
    """See `port.Store`."""

    @contextmanager
    def read(self) -> Iterator[MemoryTables]:
        """See `port.Store`."""
        yield MemoryTables(self.name, self.kept.contents.copy())

    @contextmanager
    def write(self) -> Iterator[MemoryTables]:
        """See `port.Store`."""
        if self.access is Access.READ:
            raise StoreError(f"The store {self.name} was opened to be read, and cannot be written.")
        with self._turn():
            tables = MemoryTables(self.name, self.kept.contents.copy())
            yield tables
            self.kept.contents = tables.contents

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.kept.turn.acquire(blocking=False):
            with self.read() as tables:
                busy = self.at_work(tables, self.own_runs)
            self.patience.say(busy)
            if not self.kept.turn.acquire(timeout=self.patience.seconds):
                raise self.patience.exhausted(busy)
        try:
            yield
        finally:
            self.kept.turn.release()


@contextmanager
def opened(url: str, access: Access, patience: Patience, at_work: AtWork) -> Iterator[MemoryStore]:
    """The store at `url`; see `opening.open_store`."""
    if access is Access.READ and url not in STORES:
        raise StoreError(f"There is no store at {url}. Load or import something first, or name another with --db.")
    yield MemoryStore(url, access, patience, at_work, STORES.setdefault(url, Kept()))
