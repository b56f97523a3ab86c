"""An external merge sort: sorted runs in temporary files, merged as they are read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, cast

import polars as pl

from milepost.model.exceptions import temporary_files
from milepost.model.job import MEMORY

_RUN_ROWS = 100_000
"""Rows per run, which is one file, where the usual memory is held."""
_BLOCK_ROWS = 2_000
"""Rows per read from a file."""
_MERGED_ROWS = 50_000
"""Rows of all runs in memory during the merge, likewise."""
_ROWS_AT_A_TIME = 25_000
"""Rows per frame of the result, approximately."""


class Sorter:
    """Sorts any number of rows by `key`, a column of whole numbers; of equal ones, the last added comes first."""

    def __init__(self, key: str, memory: int = MEMORY) -> None:
        """`memory` is the bytes of data that the run holds, of which sorting takes a share."""
        self._key = key
        self._share = memory / MEMORY
        self._pending: list[pl.DataFrame] = []
        self._runs: list[_Run] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Adds rows, all with the same columns. Raises FileError if the disk has no room for them."""
        self._pending.append(rows)
        if sum(one.height for one in self._pending) >= _RUN_ROWS * self._share:
            self._runs.append(_Run(self._sorted_pending()))

    def rows(self) -> Iterator[pl.DataFrame]:
        """All rows in order. Call this once, after the last `add`."""
        last = self._sorted_pending()
        if not self._runs:
            yield from last.iter_slices(_ROWS_AT_A_TIME)
            return
        if not last.is_empty():
            self._runs.append(_Run(last))
        del last
        yield from _regrouped(_merged(self._runs, self._key, int(_MERGED_ROWS * self._share)))

    def close(self) -> None:
        """Removes the temporary files."""
        for run in self._runs:
            run.file.close()

    def _sorted_pending(self) -> pl.DataFrame:
        if not self._pending:
            return pl.DataFrame(schema={self._key: pl.Int64})
        # Reversed and then sorted stably, so that the last added comes first.
        rows = pl.concat(reversed([one.reverse() for one in self._pending])).sort(self._key, maintain_order=True)
        self._pending.clear()
        return rows


class _Run:
    """Sorted rows in a file, with the next few in memory."""

    def __init__(self, rows: pl.DataFrame) -> None:
        # It takes a tenth of a second to import, and few rows need no file.
        import pyarrow as pa

        self.head = rows.clear()
        """The next rows."""
        table = rows.to_arrow()
        with temporary_files():
            self.file: IO[bytes] = tempfile.TemporaryFile(prefix="milepost-")  # noqa: SIM115 - closed by the sorter
            with pa.ipc.new_file(self.file, table.schema) as writer:
                writer.write_table(table, max_chunksize=_BLOCK_ROWS)
            self.file.flush()
        self._reader = pa.ipc.open_file(self.file)
        self._next = 0

    @property
    def is_at_end(self) -> bool:
        """Whether `head` has all remaining rows."""
        return bool(self._next == self._reader.num_record_batches)

    def refill(self, rows: int) -> None:
        """Fills `head` up to at least `rows` rows, as far as the file has them."""
        while self.head.height < rows and not self.is_at_end:
            part = cast("pl.DataFrame", pl.from_arrow(self._reader.get_batch(self._next)))
            self.head = pl.concat([self.head, part.cast(self.head.schema)])
            self._next += 1

    def take(self, rows: int) -> pl.DataFrame:
        taken, self.head = self.head.head(rows), self.head.slice(rows)
        return taken


def _merged(runs: list[_Run], key: str, rows: int) -> Iterator[pl.DataFrame]:
    """The rows of all runs in the order of `key`; of equal ones, those of later runs first."""
    rows_each = max(1, rows // len(runs))
    while True:
        for run in runs:
            run.refill(rows_each)
        left = [run for run in runs if not run.head.is_empty()]
        if not left:
            return
        # Below the lowest of these keys, no unread row precedes the rows in memory.
        unread = [run.head[key][-1] for run in left if not run.is_at_end]
        bound = min(unread, default=None)
        counts = [run.head.height if bound is None else run.head[key].search_sorted(bound, side="left") for run in left]
        if any(counts):
            parts = [run.take(count) for run, count in zip(left, counts, strict=True) if count]
            yield pl.concat(reversed(parts)).sort(key, maintain_order=True) if len(parts) > 1 else parts[0]
        else:
            yield _latest_of_first(left, key)


def _latest_of_first(runs: list[_Run], key: str) -> pl.DataFrame:
    """The rows in memory of the lowest key, from the last run that has it: all of them may not fit in memory."""
    least = min(run.head[key][0] for run in runs)
    run = next(run for run in reversed(runs) if run.head[key][0] == least)
    return run.take(run.head[key].search_sorted(least, side="right"))


def _regrouped(parts: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same rows in frames of similar size: a merge of many runs yields very large frames."""
    held: list[pl.DataFrame] = []
    for part in parts:
        held.append(part)
        rows = sum(one.height for one in held)
        if rows >= _ROWS_AT_A_TIME:
            frames = rows // _ROWS_AT_A_TIME
            yield from pl.concat(held).iter_slices(-(-rows // frames))
            held.clear()
    if held:
        yield pl.concat(held)
