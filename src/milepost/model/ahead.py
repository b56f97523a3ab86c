"""Work done ahead or beside, in a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

Item = TypeVar("Item")


@contextmanager
def ahead(items: Iterator[Item]) -> Iterator[Iterator[Item]]:
    """The same items, each produced while the previous one is used. Unused items are dropped when the block ends.

    An exception of `items` is raised where its item would have come.
    """
    made: queue.Queue[tuple[Item] | BaseException | None] = queue.Queue(maxsize=1)
    stopped = threading.Event()

    def work() -> None:
        try:
            for item in items:
                made.put((item,))
                if stopped.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that uses the items
            made.put(error)
        else:
            made.put(None)

    def results() -> Iterator[Item]:
        while (found := made.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield found[0]

    # A daemon: a second Ctrl-C must be able to end the process.
    worker = threading.Thread(target=work, name="milepost-ahead", daemon=True)
    worker.start()
    try:
        yield results()
    finally:
        # Wait until the thread ends, so that the caller can close what it reads.
        stopped.set()
        while worker.is_alive():
            with suppress(queue.Empty):
                made.get_nowait()
            worker.join(timeout=0.05)


@contextmanager
def begun(work: Callable[[], Item]) -> Iterator[Callable[[], Item]]:
    """Begins `work` in a thread of its own; the function that the block gets waits for the result.

    That function raises the exception of `work`. The block ends when `work` has ended.
    """
    done: list[Item] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that uses the result
            failed.append(error)

    # A daemon: a second Ctrl-C must be able to end the process.
    worker = threading.Thread(target=run, name="milepost-beside", daemon=True)

    def result() -> Item:
        worker.join()
        if failed:
            raise failed[0]
        return done[0]

    worker.start()
    try:
        yield result
    finally:
        worker.join()
