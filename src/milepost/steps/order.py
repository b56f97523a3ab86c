"""The steps of an import in their order, and how each is applied. An engine runs them; it adds nothing to the rules.

Lines go through the first steps batch by batch. Their rows are then dealt to partitions, so that all lines of a target
are in one partition, and each partition goes through the other steps. A step that needs something of the store says
which keys it needs, and is handed frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar

import polars as pl

from milepost.model.batch import Batch, Interpreted, no_findings, unreadable
from milepost.model.columns import KEY, STORED_AS, TRACKING, VALUE_COLUMNS, VALUES
from milepost.model.job import Job, Layout, Mode
from milepost.model.merging import RowRule
from milepost.model.tracked import LOGGED, SCHEMA
from milepost.steps import book, compare, findings, interpret, judge, merge, plan, supersede
from milepost.steps.identify import Identified, Resolver

STORED = SCHEMA | LOGGED
"""The columns of the stored rows that a partition needs."""

_ORDER_OF_FINDINGS = tuple(column.name for column in TRACKING.columns)


@dataclass(frozen=True, slots=True)
class Context:
    """What the steps of one run have in common."""

    layout: Layout
    job: Job
    now: datetime
    """The instant at which the run began."""
    resolver: Resolver

    @property
    def is_patch(self) -> bool:
        """Whether stored values fill empty cells, so that values are judged in the partitions."""
        return self.job.mode is Mode.PATCH


def _not_interpreted() -> Interpreted:
    return Interpreted(pl.DataFrame(), pl.DataFrame(), pl.DataFrame())


def _not_identified() -> Identified:
    return Identified(pl.DataFrame(), pl.DataFrame())


@dataclass(frozen=True, slots=True)
class Lines:
    """A batch of lines, and what the steps have made of it."""

    batch: Batch
    interpreted: Interpreted = field(default_factory=_not_interpreted)
    identified: Identified = field(default_factory=_not_identified)
    findings: pl.DataFrame = field(default_factory=pl.DataFrame)
    """What was found on the lines, in its order; see `steps.findings.placed`."""
    rejected: pl.Series = field(default_factory=pl.Series)
    """The lines that have an error."""
    rows: pl.DataFrame = field(default_factory=pl.DataFrame)
    """The rows to be dealt to partitions: KEY, `line`, VALUES, `given`. In patch mode VALUES are those of the cells,
    rows with errors are among them, and there are more columns: see `_with_cells`."""


@dataclass(frozen=True, slots=True)
class Partition:
    """All rows of some targets, sorted by target, the last line of each first; and what the steps have made of them."""

    rows: pl.DataFrame
    following: pl.DataFrame | None = None
    """The row that counts for the first target, when a partition before had the last lines of it."""
    stored: pl.DataFrame = field(default_factory=pl.DataFrame)
    """What is stored of the targets; columns STORED."""
    findings: pl.DataFrame = field(default_factory=pl.DataFrame)
    """What was found on the lines, in its order."""
    rejected: int = 0
    """How many lines have an error that no step before has found."""
    superseded: int = 0
    """How many lines do not count because of another line."""
    planned: pl.DataFrame = field(default_factory=pl.DataFrame)
    """What becomes of each target: see `plan.plan`; after the last step, see `book.book`."""
    compared: pl.DataFrame = field(default_factory=pl.DataFrame)
    """Which stored values change: see `compare.compare`."""
    earlier: pl.DataFrame = field(default_factory=pl.DataFrame)
    """The earlier days of logs that change; columns DAYS."""
    days: pl.DataFrame = field(default_factory=pl.DataFrame)
    """The changes of earlier days; columns DAY_CHANGES."""


Work = TypeVar("Work")


@dataclass(frozen=True, slots=True)
class Step(Generic[Work]):
    """One step."""

    name: str
    apply: Callable[[Work, Context], Work]
    needs: Callable[[Work, Context], pl.DataFrame] | None = None
    """The keys (columns KEY) of what the step needs of the store."""
    needed: str = ""
    """The field of the work that takes what is found by those keys."""
    is_for_writing: bool = False
    """Whether a check leaves the step out."""


def _interpret(lines: Lines, context: Context) -> Lines:
    return replace(lines, interpreted=interpret.interpret(lines.batch, context.layout, context.job.parameters))


def _identify(lines: Lines, context: Context) -> Lines:
    return replace(lines, identified=context.resolver.identify(lines.interpreted.values))


def _judge(lines: Lines, context: Context) -> Lines:
    interpreted, targets = lines.interpreted, lines.identified.targets
    found = [
        interpret.ragged(lines.batch, context.layout),
        interpreted.findings,
        lines.identified.findings,
        judge.judge_lines(interpreted, targets, context.job, context.now),
    ]
    values = judge.complete(interpreted.values).with_columns(targets.select(KEY).get_columns())
    values = values.with_columns(judge.given(interpreted.values))
    kept = values
    if context.is_patch:
        # Rows without a target have no stored values: their own are judged now.
        is_linked = pl.all_horizontal(pl.col(name).is_not_null() for name in KEY)
        kept, values = _with_cells(values.filter(is_linked), interpreted.texts), values.filter(~is_linked)
    values, of_values = judge.judge_values(values, None, interpreted.texts, context.job.parameters.default_score_max)
    placed = findings.placed(pl.concat([*found, of_values]), _ORDER_OF_FINDINGS)
    rejected = findings.rejected_lines(placed)
    is_rejected = pl.col("line").is_in(rejected.implode())
    if context.is_patch:
        rows = kept.with_columns(is_rejected=is_rejected)
    else:
        rows = _stored_names(values.filter(~is_rejected)).select(*KEY, "line", *VALUES, "given")
    return replace(lines, findings=placed, rejected=rejected, rows=rows)


def _with_cells(values: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """Rows whose values are judged later: also which cells are unreadable, and the texts that findings quote."""
    quoted = [
        (texts[name] if name in texts.columns else pl.Series(name, [None], pl.String).new_from_index(0, texts.height))
        for name in judge.QUOTED
    ]
    named = pl.DataFrame([texts["line"], *(one.alias(f"text.{one.name}") for one in quoted)])
    flags = (pl.col(unreadable(name)).cast(pl.Int32) * 2**place for place, name in enumerate(VALUE_COLUMNS))
    rows = values.with_columns(unreadable=pl.sum_horizontal(flags))
    rows = rows.join(named, on="line", how="left", maintain_order="left")
    return _stored_names(rows).select(*KEY, "line", *VALUES, "given", "unreadable", *named.columns[1:])


def _stored_names(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.rename(dict(STORED_AS))


def _merge(partition: Partition, context: Context) -> Partition:
    """The lines of each target become one row. In patch mode, stored values fill empty cells and rows are judged."""
    if merge.has_rules(context.job.merge, context.job.row_rule):
        return _fold(partition, context)
    rows, found, rejected = partition.rows, no_findings(), 0
    if context.is_patch:
        rows, found, rejected = _judged(rows, partition.stored, context)
    last, superseded = supersede.last_lines(rows, partition.following)
    found = findings.placed(pl.concat([found, superseded]), _ORDER_OF_FINDINGS)
    return replace(partition, rows=last, findings=found, rejected=rejected, superseded=superseded.height)


def _judged(rows: pl.DataFrame, stored: pl.DataFrame, context: Context) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Rows with stored values in their empty cells and without those that have an error; the findings; the number of
    rows that are found to have one."""
    named = {one: name for name, one in STORED_AS.items()}
    values = rows.rename(named).with_columns(
        ((pl.col("unreadable") // 2**place) % 2 == 1).alias(unreadable(name))
        for place, name in enumerate(VALUE_COLUMNS)
    )
    filler = rows.select(KEY).join(stored, on=KEY, how="left", maintain_order="left").rename(named)
    texts = rows.select("line", *(pl.col(f"text.{name}").alias(name) for name in judge.QUOTED))
    values, found = judge.judge_values(values, filler, texts, context.job.parameters.default_score_max)
    is_wrong = pl.col("line").is_in(findings.rejected_lines(found).implode())
    rejected = int(values.select((is_wrong & ~pl.col("is_rejected")).sum()).item())
    accepted = values.filter(~is_wrong & ~pl.col("is_rejected"))
    return _stored_names(accepted).select(*KEY, "line", *VALUES, "given"), found, rejected


def _fold(partition: Partition, context: Context) -> Partition:
    """The lines of each target merged in their order, as if each stood in a file of its own."""
    job, state = context.job, partition.stored.select(*SCHEMA)
    found, taken, rejected = [no_findings()], [], 0
    for layer in supersede.layers(partition.rows):
        rows = layer
        if context.is_patch:
            rows, judged, wrong = _judged(layer, state, context)
            found.append(judged)
            rejected += wrong
        merged, older = merge.merge(rows, state, job.merge, job.row_rule)
        after = plan.plan(merged, state, context.now).select(*rows.columns, "completes_now")
        is_older = pl.col("line").is_in(older["line"].implode())
        taken.append(after.with_columns(is_older=is_older, own_access=rows["last_access_at"]))
        found.append(older)
        untouched = state.join(after, on=KEY, how="anti")
        state = pl.concat([untouched, after.filter(pl.col("status") != "notAttempted").select(*SCHEMA)])
    rows, superseded = supersede.counting(taken, job.row_rule is RowRule.NEWER)
    counted = rows["line"].implode()
    is_told = (pl.col("code") != "older-than-stored") | pl.col("line").is_in(counted)
    every = pl.concat([*found, superseded]).filter(is_told)
    return replace(
        partition,
        rows=rows,
        findings=findings.placed(every, _ORDER_OF_FINDINGS),
        rejected=rejected,
        superseded=superseded.height,
    )


def _plan(partition: Partition, context: Context) -> Partition:
    planned = plan.plan(partition.rows, partition.stored, context.now)
    return replace(partition, planned=planned)


def _compare(partition: Partition, context: Context) -> Partition:  # noqa: ARG001 - as every step
    return replace(partition, compared=compare.compare(partition.planned))


def _book(partition: Partition, context: Context) -> Partition:
    planned, days = book.book(partition.planned, partition.earlier, context.job.parameters.time_zone, context.now)
    return replace(partition, planned=planned, days=days)


def _targets(partition: Partition, context: Context) -> pl.DataFrame:  # noqa: ARG001 - as for every step
    return partition.rows.select(KEY)


def _logs(partition: Partition, context: Context) -> pl.DataFrame:
    return book.concerned(partition.planned, context.job.parameters.time_zone, context.now)


LINE_STEPS: tuple[Step[Lines], ...] = (
    Step("interpret", _interpret),
    Step("identify", _identify),
    Step("judge", _judge),
)
PARTITION_STEPS: tuple[Step[Partition], ...] = (
    Step("merge", _merge, needs=_targets, needed="stored"),
    Step("plan", _plan),
    Step("compare", _compare),
    Step("book", _book, needs=_logs, needed="earlier", is_for_writing=True),
)
STEPS = (*LINE_STEPS, *PARTITION_STEPS)
"""Every step, in the order of the work."""
