"""Work that is done one step ahead, in a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")


@contextmanager
def ahead(items: Iterator[Item]) -> Iterator[Iterator[Item]]:
    """The same items, each of them made while the one before it is used; those not yet used go when the block ends.

    What making them raises is raised where the item would have come.
    """
    worker = _Worker(items)
    worker.start()
    try:
        yield worker.results()
    finally:
        worker.stop()


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


class _End:
    """Stands behind the last item."""


class _Worker(Generic[Item]):
    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._made: queue.Queue[Item | _Failure | type[_End]] = queue.Queue(maxsize=1)
        self._is_wanted = True
        # A daemon: a second Ctrl-C must be able to end the process.
        self._thread = threading.Thread(target=self._work, name="milepost-ahead", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def results(self) -> Iterator[Item]:
        while True:
            made = self._made.get()
            if made is _End:
                return
            if isinstance(made, _Failure):
                raise made.error
            yield made  # type: ignore[misc]

    def stop(self) -> None:
        """Waits until nothing is being made any more, so that what is being read can be closed."""
        self._is_wanted = False
        while self._thread.is_alive():
            self._drop()
            self._thread.join(timeout=0.05)
        self._drop()

    def _work(self) -> None:
        try:
            for item in self._items:
                self._made.put(item)
                if not self._is_wanted:
                    return
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that uses the items
            self._made.put(_Failure(error))
        else:
            self._made.put(_End)

    def _drop(self) -> None:
        try:
            self._made.get_nowait()
        except queue.Empty:
            return
