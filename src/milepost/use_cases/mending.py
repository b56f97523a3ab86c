"""A rejects file that is imported again: which run its rows come from."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import polars as pl

from milepost.engines.local.sorting import Sorter
from milepost.model.batch import Batch
from milepost.stores import returned
from milepost.stores.port import Tables


class Mending:
    """Takes the batches of one import; a context manager. Beyond a bounded number, lines wait in temporary files.

    A number alone could be that of a run of another store. So a run is believed to have rejected the rows only if its
    record has every one of them, with the very codes.
    """

    def __init__(self, tables: Tables) -> None:
        """Nothing is written before `keep`."""
        self._tables = tables
        self._lines = Sorter("source_line")
        self._named: set[int] = set()
        self._is_known = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()

    def take(self, batch: Batch) -> None:
        """Looks at where the records of a batch come from."""
        origins = batch.origins
        if origins is None or origins.is_empty() or len(self._named) > 1:
            return
        # Two are as many as matter, whatever the file says.
        self._named.update(origins["run"].unique().head(2))
        if self._is_known and len(self._named) == 1:
            known = self._known(origins)
            self._is_known = known.height == origins.height
            self._lines.add(known.select("source_line", "line"))

    def _known(self, origins: pl.DataFrame) -> pl.DataFrame:
        (run,) = self._named
        if not returned.is_done(self._tables, run):
            return origins.clear()
        rejected = returned.rejected(self._tables, run, origins["source_line"])
        return origins.join(rejected, on=["source_line", "codes"], how="semi")

    @property
    def run(self) -> int | None:
        """The run that rejected the rows; None when there is none, or more than one."""
        return next(iter(self._named)) if self._is_known and len(self._named) == 1 else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of it, a sentence each."""
        if not self._named:
            return ()
        if len(self._named) > 1:
            said = (
                "The rows were rejected by more than one run, so that they count as mended for none of them. "
                "To have that recorded, import the rejects of each run by themselves."
            )
        elif self._is_known:
            said = f"The rows were rejected by run {self.run}: what is accepted of them now counts as mended."
        else:
            said = (
                f"The rows name run {next(iter(self._named))}, but in this store that run did nothing, or has not "
                "rejected these lines for these reasons. So nothing counts as mended."
            )
        return (said,)

    def keep(self, run: int) -> None:
        """Keeps which lines have come back in the file of `run`; to be called once, when all batches were taken."""
        if self.run is not None:
            for part in self._lines.rows():
                returned.keep(self._tables, part, self.run, run)
