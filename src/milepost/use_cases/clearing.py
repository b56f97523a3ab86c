"""The clearing on one page: rows of reference data that a rule chooses are disabled or deleted, within a limit."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from milepost.model import phases
from milepost.model.clear_report import CLEAR, MOST, Clearing, ClearReport
from milepost.model.columns import KEY, VALUES
from milepost.model.exceptions import UsageError
from milepost.model.job import Limit
from milepost.model.phases import Progress
from milepost.model.tracked import DAY_CHANGES, LOGGED, before
from milepost.steps.summarize import PlanDigest
from milepost.stores import clearings, record, reference_journal, tracked_rows
from milepost.stores.port import Patience, Tables
from milepost.use_cases import pairing, template

_ROWS_AT_A_TIME = 25_000


@template.planned_again
def clear_references(
    database: str,
    clearing: Clearing,
    *,
    kept: pl.Series | None = None,
    most: Limit = MOST,
    dry_run: bool = False,
    expect: str | None = None,
    actor: str | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
) -> ClearReport:
    """Disables or deletes the rows that `clearing` chooses, in the store at `database`: all of them, or none.

    `kept` are the ids of the rows that some files have, for a clearing that needs them. Nothing is done if more than
    `most` of the rows would be cleared. The other arguments are as for `import_file`. What is done is a run, and can be
    undone; there is none if there is nothing to do.

    Returns the report. Raises UsageError if `kept` is missing, ExpectationError if the plan is not the expected one, or
    another `MilepostError`; the store is then unchanged.
    """
    if clearing.needs_files and kept is None:
        raise UsageError(f"It is not known which rows the files have, so {clearing} cannot be {clearing.verb}.")
    ids = pl.Series([], dtype=pl.Int64) if kept is None else kept.cast(pl.Int64)
    work = _Clear(clearing, ids, most, template.instant(now), expect, template.silent(progress))
    # A check first: what is held, or comes to nothing, leaves no run.
    checked = template.check(database, lambda tables: work.carry_out(tables, None))
    if dry_run or checked.held or not checked.references:
        return checked

    def begin(tables: Tables) -> int:
        return record.begin(tables, CLEAR, work.file, work.now, actor)

    return template.run(database, work.carry_out, begin, record.finish_clearing, Patience(wait, waiting), work.say)


@dataclass(slots=True)
class _Clear:
    """One clearing, from the rows that are chosen to the report."""

    clearing: Clearing
    kept: pl.Series
    most: Limit
    now: datetime
    expect: str | None
    say: Progress
    _clock: float = field(default_factory=time.monotonic)

    @property
    def file(self) -> str:
        return f"{self.clearing} are {self.clearing.verb}"

    def carry_out(self, tables: Tables, number: int | None) -> ClearReport:
        """Does all the work in one transaction; without a number, as a check."""
        ids, every = clearings.chosen(tables, self.clearing, self.kept, self.now)
        held = self._held(len(ids), every)
        if held:
            return self._report(number, len(ids), every, 0, "", held)
        edits = clearings.plan(tables, self.clearing, ids, self.now)
        if number is not None:
            reference_journal.write_rows(tables, edits, number)
        counted, tracking = 0, PlanDigest()
        for planned in self._rows(tables, ids):
            tracking.add_plan(planned.with_columns(completes_now=False))
            if number is not None:
                tracked_rows.apply(tables, planned, _days(tables, planned), number)
            counted += planned.height
            self.say(phases.PLANNING if number is None else phases.STORING, counted, None)
        rule = hashlib.sha256(self.clearing.value.encode()).hexdigest()
        # The instant of the run makes no difference.
        plain = edits.with_columns(after=pl.lit(None, pl.String))
        digest = pairing.plan_digest(rule, self.file, plain, tracking.hexdigest())
        pairing.require_expected(self.expect, digest)
        if number is not None:
            reference_journal.delete_rows(tables, edits)
        return self._report(number, len(ids), every, counted, digest)

    def _held(self, chosen: int, every: int) -> tuple[str, ...]:
        if self.most.allows(chosen, every):
            return ()
        noun = f"{self.clearing.table}s"
        would = f"{chosen:,} of {every:,} {noun} would be {self.clearing.verb}"
        return (f"{would}, more than the limit of {self.most}.",)

    def _rows(self, tables: Tables, ids: pl.Series) -> Iterator[pl.DataFrame]:
        """The rows of tracking that go with registrations, as a plan."""
        # All keys first, since nothing else can be asked for while rows stream in.
        for keys in pl.concat(
            [pl.DataFrame(schema=dict.fromkeys(KEY, pl.Int64())), *clearings.tracked(tables, self.clearing, ids)]
        ).iter_slices(_ROWS_AT_A_TIME):
            rows = tracked_rows.stored(tables, keys).sort(KEY)
            yield rows.with_columns(
                pl.col(VALUES).name.map(before), line=pl.lit(0, pl.Int64), outcome=pl.lit("deleted")
            ).select(*KEY, "line", "outcome", *VALUES, *map(before, VALUES), *LOGGED)

    def _report(
        self, number: int | None, chosen: int, every: int, deleted: int, digest: str, held: tuple[str, ...] = ()
    ) -> ClearReport:
        return ClearReport(
            run=number,
            clearing=self.clearing,
            dry_run=number is None,
            references=chosen,
            of=every,
            deleted=deleted,
            digest=digest,
            held=held,
            file=self.file,
            seconds=round(time.monotonic() - self._clock, 3),
            started_at=self.now,
        )


def _days(tables: Tables, planned: pl.DataFrame) -> pl.DataFrame:
    """The changes that remove all earlier days of the rows."""
    there = tracked_rows.earlier(tables, planned.select(KEY))
    was = there.rename({"time_spent": "was_time_spent", "progression": "was_progression"})
    return was.match_to_schema(DAY_CHANGES, missing_columns="insert").select(*DAY_CHANGES)
