"""A lake store: transactions that are commits of a Delta table, and whose turn it is to write."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO

from milepost.model.exceptions import StoreError, UsageError
from milepost.model.wording import argument
from milepost.stores import record
from milepost.stores.lake.data_files import Place
from milepost.stores.lake.delta_log import TURN, DeltaLog, explained, open_log
from milepost.stores.lake.lake_tables import LakeTables
from milepost.stores.port import Access, Patience, Space

_LOOK_AGAIN = 0.1
"""Seconds between two looks at whether the turn is free."""


@dataclass(frozen=True, slots=True)
class LakeStore:
    """An open store (`port.Store`, which describes its operations)."""

    name: str
    access: Access
    patience: Patience
    log: DeltaLog
    own_runs: set[int] = field(default_factory=set)

    @contextmanager
    def read(self) -> Iterator[LakeTables]:
        with explained(self.name):
            yield LakeTables(self.name, self.log.place, self.log.snapshot(), self.log)

    @contextmanager
    def write(self) -> Iterator[LakeTables]:
        if self.access is Access.READ:
            raise StoreError(f"The store {self.name} was opened to be read, and cannot be written.")
        with explained(self.name), self._turn():
            before = self.log.snapshot()
            tables = LakeTables(self.name, self.log.place, before, self.log)
            try:
                yield tables
                tables.settle()
                self.log.commit(before, {name: tuple(files) for name, files in tables.files.items()}, tables.raised)
            except BaseException:
                tables.discard(is_committed=False)
                raise
            tables.discard(is_committed=True)

    def compact(self, tables: Sequence[str]) -> Space:  # noqa: ARG002
        # Rows are only ever deleted by leaving out whole files, which the log alone still names.
        with explained(self.name), self._turn():
            before = self.log.place.size()
            self.log.vacuum(0, dry_run=False)
            return Space(before, self.log.place.size())

    def vacuum(self, age: timedelta, *, dry_run: bool) -> int:
        with explained(self.name), self._turn():
            return len(self.log.vacuum(int(age.total_seconds() // 3600), dry_run=dry_run))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Waits for other writers on the same disk. The commit decides: whoever comes second there is refused."""
        place = self.log.place
        if not place.is_folder or sys.platform == "win32":
            yield
            return
        with Path(place.root, TURN).open("a") as file:
            if not _taken(file):
                with self.read() as tables:
                    busy = record.at_work(tables, self.own_runs)
                self.patience.say(busy)
                end = time.monotonic() + self.patience.seconds
                while not _taken(file):
                    if time.monotonic() >= end:
                        raise self.patience.exhausted(busy)
                    time.sleep(_LOOK_AGAIN)
            yield


def _taken(file: IO[str]) -> bool:
    """Whether the turn is this file's now. It ends when the file is closed, by the end of the process too."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def opened(url: str, access: Access, patience: Patience) -> Iterator[LakeStore]:
    """The store at `url`; see `opening.open_store`."""
    place = place_of(url)
    if place.is_folder and access is Access.WRITE and not Path(place.root).parent.is_dir():
        folder = Path(place.root)
        said = f"There is no folder {folder.parent} to keep the store {folder.name} in. Make it first."
        raise StoreError(said, code="store-missing")
    yield LakeStore(url, access, patience, open_log(place, url, is_writing=access is Access.WRITE))


def place_of(url: str) -> Place:
    """Where the files of the store at `url` are. Raises UsageError for a URL that names nothing."""
    kind, _, path = url.partition("://")
    path = path.rstrip("/")
    if not path or "\0" in path:
        raise UsageError(f"{url} names no folder. Write delta:///srv/lake, with {argument('database')}.")
    if kind == "delta":
        return Place(str(Path(path).absolute()))
    return Place(f"{kind.removeprefix('delta+')}://{path}")
