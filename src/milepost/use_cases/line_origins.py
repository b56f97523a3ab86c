"""The origins of the lines of a rejects file that is imported."""

from __future__ import annotations

import polars as pl

from milepost.engines.local.sorting import Sorter
from milepost.model.batch import Batch
from milepost.model.wording import Note
from milepost.stores import run_lines
from milepost.stores.port import Tables


class Mending:
    """Collects the origins of the lines of one import. What exceeds memory is in temporary files.

    A run's number alone could be that of a run of another store. So a run counts as the origin only if its record has
    every one of the rejected lines, with the same codes.
    """

    def __init__(self, tables: Tables) -> None:
        """`tables` are those of the store that the file is imported into."""
        self._tables = tables
        self._lines = Sorter("source_line")
        self._named: set[int] = set()
        self._is_known = True

    def close(self) -> None:
        """Removes the temporary files."""
        self._lines.close()

    def take(self, batch: Batch) -> None:
        """Notes where the records of a batch come from."""
        origins = batch.origins
        if origins is None or origins.is_empty() or len(self._named) > 1:
            return
        # Two are enough to know that there are several.
        self._named.update(origins["run"].unique().head(2))
        if self._is_known and len(self._named) == 1:
            known = self._known(origins)
            self._is_known = known.height == origins.height
            self._lines.add(known.select("source_line", "line"))

    def _known(self, origins: pl.DataFrame) -> pl.DataFrame:
        (run,) = self._named
        if not run_lines.is_done(self._tables, run):
            return origins.clear()
        rejected = run_lines.rejected(self._tables, run, origins["source_line"])
        return origins.join(rejected, on=["source_line", "codes"], how="semi")

    @property
    def run(self) -> int | None:
        """The run that rejected the rows; None if there is none, or more than one."""
        return next(iter(self._named)) if self._is_known and len(self._named) == 1 else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What to tell of it, a sentence each."""
        if not self._named:
            return ()
        if len(self._named) > 1:
            note = (
                "The rows were rejected by more than one run, so they count as mended for none of them. "
                "To record them as mended, import the rejects of each run separately."
            )
        elif self._is_known:
            note = f"The rows were rejected by run {self.run}: what is accepted of them now counts as mended."
        else:
            note = (
                f"The rows name run {next(iter(self._named))}, but in this store that run did nothing, or has not "
                "rejected these lines for these reasons. So nothing counts as mended."
            )
        return (Note(note, "mended"),)

    def keep(self, run: int) -> None:
        """Stores which lines came back in the file of `run`. Call this once, after the last batch."""
        if self.run is not None:
            for part in self._lines.rows():
                run_lines.keep(self._tables, part, self.run, run)
