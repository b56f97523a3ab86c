"""The erasure on one page: people leave the store, the data folder, and the files of the database."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from milepost.model import phases
from milepost.model.people import ERASE, EraseReport, Pair
from milepost.model.phases import Progress
from milepost.steps.identify import named
from milepost.stores import erasure, record
from milepost.stores.lookups import StoredReferences
from milepost.stores.opening import beside, open_store
from milepost.stores.port import Access, Patience, Space, Tables
from milepost.use_cases import erased_files, pairing, template

BEYOND = (
    "Backups of the store, and copies of it, still have them until they are replaced.",
    "Files that were imported, exported or rejected, and pages that were saved, are where they were put.",
    "Who ran an import stays in its record, and so do users of the web application: see `milepost user remove`.",
)
_SERVER = (
    "The write-ahead log of PostgreSQL, its archive and its standby servers still have them until they are recycled."
)
_BUSY = "Another process reads the store: until it has ended and something is pruned, files of the store may have them."

_LEFT = (
    "files of the store may have them until its space is given back: `milepost retention` makes rules, and "
    "`milepost prune` applies them and gives space back. "
    "Remove uploads, kept checks and logs that name them from the data folder yourself."
)


def erase_people(
    database: str,
    learners: Sequence[str],
    *,
    data: str | Path | None = None,
    dry_run: bool = False,
    actor: str | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
) -> EraseReport:
    """Erases learners, each by any identifier, from the store at `database` and from the folder `data`: all, or none.

    Everything about them goes: reference data, tracking with its history, former identifiers, what findings and records
    of runs quote of them, and files of the web application's folder that do. What runs have counted stays true. An
    erasure is a run that names nobody, and cannot be undone. The other arguments are as for `import_file`.

    Returns the report, which says what cannot be reached. Raises UsageError with every name that means no one learner,
    or another `MilepostError`; the store is then unchanged.
    """
    pairs = pairing.numbered([Pair(one.strip(), one.strip()) for one in learners])
    work = _Erasure(pairs, template.instant(now), template.silent(progress))
    checked = template.check(database, work.check)
    if dry_run:
        return checked

    def begin(tables: Tables) -> int:
        return record.begin(tables, ERASE, checked.file, work.now, actor)

    patience = Patience(wait, waiting)
    done = template.run(database, work.carry_out, begin, record.finish_erasure, patience, work.say)
    files = 0
    with template.after_commit(f"The people are erased, as run {done.run}", _LEFT):
        space = compact(database, patience)
        if data is not None and work.people is not None:
            folder = Path(data)
            files = erased_files.clear(folder, beside(database, folder, is_made=False), work.people.quoted, patience)
    return dataclasses.replace(
        done,
        files=files,
        freed=max(0, space.before - space.after),
        remaining=done.remaining if space.is_whole else (*done.remaining, _BUSY),
        seconds=work.seconds(),
    )


@dataclass(slots=True)
class _Erasure:
    """One erasure, from the names to the report."""

    pairs: tuple[Pair, ...]
    now: datetime
    say: Progress
    people: erasure.People | None = None
    _clock: float = field(default_factory=time.monotonic)

    def check(self, tables: Tables) -> EraseReport:
        """Says how much there is."""
        return self._report(erasure.counts(tables, self._found(tables)), None, is_server=tables.is_server)

    def carry_out(self, tables: Tables, number: int) -> EraseReport:
        """Does all the work in one transaction."""
        self.people = self._found(tables)
        counts = erasure.counts(tables, self.people)
        self.say(phases.STORING, 0, None)
        findings, records = erasure.erase(tables, self.people, number)
        return self._report(counts, number, findings, records, is_server=tables.is_server)

    def seconds(self) -> float:
        """How long it has taken."""
        return round(time.monotonic() - self._clock, 3)

    def _found(self, tables: Tables) -> erasure.People:
        rows = pairing.matched(StoredReferences(tables), named.LEARNER, self.pairs).rows
        return erasure.people(tables, rows["id"].unique())

    def _report(
        self, counts: dict[str, int], number: int | None, findings: int = 0, records: int = 0, *, is_server: bool
    ) -> EraseReport:
        return EraseReport(
            run=number,
            dry_run=number is None,
            people=counts["learners"],
            file=f"erasure of {pairing.counted(len(self.pairs), 'learner')}",
            counts=counts,
            findings=findings,
            records=records,
            files=0,
            freed=0,
            remaining=(*BEYOND, *([_SERVER] if is_server else [])),
            seconds=self.seconds(),
            started_at=self.now,
        )


def compact(database: str, patience: Patience) -> Space:
    """Gives the space of deleted rows back, so that no file of the database has them."""
    with open_store(database, Access.WRITE, patience=patience) as store:
        return store.compact(erasure.COMPACTED)
