"""The merge on one page: learners, sessions or learning object versions become one, and their tracking with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl

from milepost.model import phases
from milepost.model.columns import KEY, STORED, STORED_AS, VALUES, Kind
from milepost.model.history import Values
from milepost.model.people import MERGE, MergedRow, Pair, PeopleReport, TimeRule
from milepost.model.phases import Progress
from milepost.model.tracked import LOGGED, TARGET
from milepost.steps.summarize import PlanDigest
from milepost.steps.unite import unite
from milepost.stores import merges, record, reference_journal, tracked_rows
from milepost.stores.lookups import StoredReferences
from milepost.stores.port import Patience, Tables
from milepost.use_cases import pairing, template

ROWS_AT_A_TIME = 25_000
_COUNTS = ("created", "updated", "unchanged", "deleted")


def merge_pairs(
    database: str,
    entity: str,
    pairs: Sequence[Pair],
    *,
    time_rule: TimeRule = TimeRule.ADD,
    dry_run: bool = False,
    expect: str | None = None,
    merged: Callable[[MergedRow], None] | None = None,
    name: str | None = None,
    actor: str | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
) -> PeopleReport:
    """Merges the first of each pair into the second, in the store at `database`: all pairs, or none.

    `entity` is `learner`, `session` or `lov`; sessions must be of one training. Registrations and tracking move. Rows
    of tracking that get one key become one: the furthest status, the highest progression and score, the earliest first
    dates, the latest last access, and the time spent by `time_rule`. `merged` is called with each row of tracking that
    is touched. What the first was known by becomes a former identifier of the second. The other arguments are as for
    `rename_learners`.

    Returns the report. Raises UsageError with every pair that cannot be done, ExpectationError if the plan is not the
    expected one, or another `MilepostError`; the store is then unchanged.
    """
    pairs = pairing.numbered(pairs)
    at = template.instant(now)

    def work(*, is_told: bool = True) -> _Merge:
        return _Merge(
            entity, tuple(pairs), time_rule, at, name, expect, template.silent(progress), merged if is_told else None
        )

    # A check first: what cannot be done leaves no record.
    checked = template.check(database, lambda tables: work(is_told=dry_run).carry_out(tables, None))
    if dry_run:
        return checked
    one = work()

    def begin(tables: Tables) -> int:
        return record.begin(tables, MERGE, one.file, at, actor)

    return template.run(database, one.carry_out, begin, record.finish_people, Patience(wait, waiting), one.say)


@dataclass(slots=True)
class _Merge:
    """One merge, from the pairs to the report."""

    entity: str
    pairs: tuple[Pair, ...]
    rule: TimeRule
    now: datetime
    name: str | None
    expect: str | None
    say: Progress
    tell: Callable[[MergedRow], None] | None
    _clock: float = field(default_factory=time.monotonic)
    _counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTS, 0))
    _examples: list[MergedRow] = field(default_factory=list)
    _digest: PlanDigest = field(default_factory=PlanDigest)

    @property
    def file(self) -> str:
        return self.name or f"merge of {pairing.counted(len(self.pairs), self.entity)}"

    def carry_out(self, tables: Tables, number: int | None) -> PeopleReport:
        """Does all the work in one transaction; without a number, as a check."""
        into = self._into(tables)
        edits, moves = merges.plan(tables, self.entity, into, self.rule, self.now)
        if number is not None:
            reference_journal.write_rows(tables, edits, number)
        total = sum(self._rows(tables, moves, edits, number))
        sha256 = pairing.sha256_of(self.pairs)
        options = f"merge {self.entity} {self.rule.value}"
        digest = pairing.plan_digest(sha256, options, edits, self._digest.hexdigest())
        pairing.require_expected(self.expect, digest)
        if number is not None:
            reference_journal.delete_rows(tables, edits)
        return PeopleReport(
            run=number,
            kind=MERGE,
            entity=self.entity,
            file=self.file,
            dry_run=number is None,
            pairs=len(self.pairs),
            rows=total,
            **self._counts,
            references=reference_journal.counted(edits),
            digest=digest,
            sha256=sha256,
            renamed=(),
            merged=tuple(self._examples),
            notes=(),
            seconds=round(time.monotonic() - self._clock, 3),
            started_at=self.now,
        )

    def _into(self, tables: Tables) -> pl.DataFrame:
        """What is merged (`id`) into what at last (`into_id`), and the `line`. Raises UsageError."""
        references, which = StoredReferences(tables), pairing.ENTITIES[self.entity]
        first = pairing.matched(references, which, self.pairs).rows.rename({"name": "from"})
        second = pairing.matched(references, which, self.pairs, is_second=True).rows.rename({"id": "into_id"})
        both = first.join(second, on="line", maintain_order="left")
        same = both.filter(pl.col("id") == pl.col("into_id"))
        said = [
            (line, f'"{one}" and "{other}" are one {which.entity.noun}')
            for line, one, other in same.select("line", "from", "name").rows()
        ]
        twice = both.filter(pl.col("id").is_duplicated())
        said += [(line, f'"{one}" is merged by another line too') for line, one in twice.select("line", "from").rows()]
        pairing.refuse_lines(self.pairs, said)
        direct = dict(both.select("id", "into_id").rows())
        ends = {one: _end(one, direct) for one in direct}
        circles = both.filter(pl.col("id").is_in([one for one, end in ends.items() if end is None]))
        said = [
            (line, f'"{one}" would be merged into itself in the end')
            for line, one in circles.select("line", "from").rows()
        ]
        pairing.refuse_lines(self.pairs, said)
        into = both.select("line", "id", into_id=pl.col("id").replace_strict(ends, return_dtype=pl.Int64))
        pairing.refuse_lines(self.pairs, merges.obstacles(tables, self.entity, into))
        return into

    def _rows(self, tables: Tables, moves: pl.DataFrame, edits: pl.DataFrame, number: int | None) -> Iterator[int]:
        """Merges rows of tracking, a bounded number at a time; yields how many."""
        phase = phases.PLANNING if number is None else phases.STORING
        done = 0
        for part in _parts(moves):
            rows = tracked_rows.stored(tables, part).join(part, on=KEY)
            days = tracked_rows.earlier(tables, part)
            planned, changes = unite(rows.select(*KEY, *TARGET, "line", *VALUES, *LOGGED), days, self.rule)
            self._digest.add_plan(planned.with_columns(completes_now=False))
            for outcome, count in planned["outcome"].value_counts().iter_rows():
                self._counts[outcome] += count
            self._show(tables, rows, planned, edits)
            if number is not None:
                tracked_rows.apply(tables, planned, changes, number)
            done += planned.height
            self.say(phase, done, moves.height)
            yield planned.height

    def _show(self, tables: Tables, rows: pl.DataFrame, planned: pl.DataFrame, edits: pl.DataFrame) -> None:
        if self.tell is None and len(self._examples) >= template.EXAMPLES:
            return
        after = planned.filter(pl.col("outcome") != "deleted")
        if self.tell is None:
            after = after.head(template.EXAMPLES - len(self._examples))
        wanted = rows.join(after.select(pl.col(KEY).name.prefix("into.")), on=TARGET, how="semi")
        for one in merged_rows(tables, self.entity, wanted, after, edits):
            if len(self._examples) < template.EXAMPLES:
                self._examples.append(one)
            if self.tell is not None:
                self.tell(one)


def merged_rows(
    tables: Tables, entity: str, rows: pl.DataFrame, after: pl.DataFrame, edits: pl.DataFrame
) -> Iterator[MergedRow]:
    """The rows of `after`, each with those of `rows` that become it, in words."""
    words = merges.in_words(tables, after, edits)
    whose = merges.owners(tables, entity, rows, edits)
    is_own = [pl.col(own) == pl.col(target) for own, target in zip(KEY, TARGET, strict=True)]
    rows = rows.with_columns(whose=whose).sort(*TARGET, ~pl.all_horizontal(is_own), *KEY)
    found: dict[tuple[Any, ...], list[tuple[str, Values]]] = {}
    for row in rows.iter_rows(named=True):
        key = tuple(row[name] for name in TARGET)
        found.setdefault(key, []).append((row["whose"] or "", _values(row)))
    for row, word in zip(after.iter_rows(named=True), words.iter_rows(named=True), strict=True):
        key = tuple(row[name] for name in KEY)
        yield MergedRow(line=row["line"], **word, before=tuple(found[key]), after=_values(row))


def _values(row: dict[str, Any]) -> Values:
    return {
        name: datetime.fromtimestamp(row[stored], UTC)
        if STORED[stored][0].kind is Kind.DATETIME and row[stored] is not None
        else row[stored]
        for name, stored in STORED_AS.items()
    }


def _end(one: int, direct: dict[int, int]) -> int | None:
    """Where a chain of merges ends; None if it goes round."""
    seen = {one}
    while one in direct:
        one = direct[one]
        if one in seen:
            return None
        seen.add(one)
    return one


def _parts(moves: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows, cut between targets."""
    moves = moves.sort(*TARGET, *KEY)
    places = moves.select(pl.struct(TARGET).rle_id()).to_series()
    start = 0
    while start < moves.height:
        last = places[min(start + ROWS_AT_A_TIME, moves.height) - 1]
        end = places.search_sorted(last, side="right")
        yield moves.slice(start, end - start)
        start = end
