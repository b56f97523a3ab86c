"""The steps of an import in their order, and how each is applied. An engine runs them; it adds nothing to the rules.

Lines go through the first steps batch by batch. Their rows are then dealt to partitions, so that all lines of a target
are in one partition, and each partition goes through the other steps. A step that needs data of the store names the
keys and receives frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar

import polars as pl

from milepost.model.batch import Batch, no_findings, unreadable
from milepost.model.columns import KEY, STORED_AS, TRACKING, VALUE_COLUMNS, VALUES
from milepost.model.job import Job, Layout, Mode, RowRule
from milepost.model.tracked import SCHEMA
from milepost.steps import book, compare, interpret, judge, line_frames, merge, plan
from milepost.steps.identify import Resolver

_ORDER_OF_FINDINGS = tuple(column.name for column in TRACKING.columns)


@dataclass(frozen=True, slots=True)
class Context:
    """The inputs that the steps of one run share."""

    layout: Layout
    job: Job
    now: datetime
    """The instant at which the run began."""
    resolver: Resolver


@dataclass(frozen=True, slots=True)
class Lines:
    """A batch of lines, with the results of the steps."""

    batch: Batch
    values: pl.DataFrame = field(default_factory=pl.DataFrame)
    """See `Interpreted.values`, with every column of an import file; then also the targets: see `Resolver.identify`."""
    texts: pl.DataFrame = field(default_factory=pl.DataFrame)
    """See `Interpreted.texts`."""
    findings: pl.DataFrame = field(default_factory=pl.DataFrame)
    """The findings on the lines; after the last step, see `line_frames.placed`."""
    rejected: pl.Series = field(default_factory=pl.Series)
    """The lines that have an error."""
    rows: pl.DataFrame = field(default_factory=pl.DataFrame)
    """The rows to be dealt to partitions: KEY, `line`, VALUES, `given`. In patch mode VALUES are those of the cells,
    rows with errors are among them, and there are more columns: see `_with_cells`."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run keeps of lines that went through the steps, but for their rows."""

    rows: int
    """How many lines there are."""
    rejected: int
    """How many of them have an error."""
    findings: pl.DataFrame
    """See `Lines.findings`."""
    records: Batch
    """The records of the lines; those without an error may be missing."""

    @classmethod
    def of(cls, lines: Lines) -> Judged:
        """What is kept of `lines`, which went through LINE_STEPS."""
        return cls(lines.batch.rows, len(lines.rejected), lines.findings, lines.batch)


@dataclass(frozen=True, slots=True)
class Partition:
    """All rows of some targets, sorted by target, the last line of each first; with the results of the steps."""

    rows: pl.DataFrame
    following: pl.DataFrame | None = None
    """The winning row of the first target, if an earlier partition had its last lines."""
    stored: pl.DataFrame = field(default_factory=pl.DataFrame)
    """The stored rows of the targets; columns SCHEMA and LOGGED."""
    findings: pl.DataFrame = field(default_factory=pl.DataFrame)
    """The findings on the lines; see `line_frames.placed`."""
    rejected: int = 0
    """How many lines have an error that no earlier step has found."""
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
    """The keys (columns KEY) of the data that the step needs of the store."""
    needed: str = ""
    """The field of the work that receives this data."""
    is_for_writing: bool = False
    """Whether a check leaves the step out."""


def _interpret(lines: Lines, context: Context) -> Lines:
    read = interpret.interpret(lines.batch, context.layout, context.job.parameters)
    findings = pl.concat([interpret.ragged(lines.batch, context.layout), read.findings])
    return replace(lines, values=line_frames.complete(read.values), texts=read.texts, findings=findings)


def _identify(lines: Lines, context: Context) -> Lines:
    values, found = context.resolver.identify(lines.values)
    return replace(lines, values=values, findings=pl.concat([lines.findings, found]))


def _judge(lines: Lines, context: Context) -> Lines:
    job, texts, is_patch = context.job, lines.texts, context.job.mode is Mode.PATCH
    of_lines = judge.judge_lines(lines.values, texts, job, context.now)
    values = judge.with_scores(lines.values, texts)
    values = values.with_columns(given=line_frames.bits(pl.col(name).is_not_null() for name in VALUE_COLUMNS))
    kept = values
    if is_patch:
        # Values are judged in the partitions, where stored ones fill the empty cells. Rows without a target have none.
        is_linked = pl.all_horizontal(pl.col(name).is_not_null() for name in KEY)
        kept, values = _with_cells(values.filter(is_linked), texts), values.filter(~is_linked)
    values, of_values = judge.judge_values(values, None, texts, job.parameters.default_score_max)
    placed = line_frames.placed(pl.concat([lines.findings, of_lines, of_values]), _ORDER_OF_FINDINGS)
    rejected = line_frames.rejected_lines(placed)
    is_rejected = pl.col("line").is_in(rejected.implode())
    rows = kept.with_columns(is_rejected=is_rejected) if is_patch else _stored(values.filter(~is_rejected))
    return replace(lines, findings=placed, rejected=rejected, rows=rows)


def _with_cells(values: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """Rows whose values are judged later, with their unreadable cells and the texts that findings quote."""
    quoted = {name: pl.col(name) if name in texts.columns else pl.lit(None, pl.String) for name in judge.QUOTED}
    named = texts.select("line", *(text.alias(f"text.{name}") for name, text in quoted.items()))
    rows = values.with_columns(unreadable=line_frames.bits(pl.col(unreadable(name)) for name in VALUE_COLUMNS))
    return _stored(rows.join(named, on="line", how="left", maintain_order="left"), "unreadable", *named.columns[1:])


def _stored(rows: pl.DataFrame, *others: str) -> pl.DataFrame:
    """Rows under the names of the stored columns: KEY, `line`, VALUES, `given`, and the `others`."""
    return rows.rename(dict(STORED_AS)).select(*KEY, "line", *VALUES, "given", *others)


def _merge(partition: Partition, context: Context) -> Partition:
    """The lines of each target become one row. In patch mode, stored values fill empty cells and rows are judged."""
    if merge.has_rules(context.job.merge, context.job.row_rule):
        return _fold(partition, context)
    rows, found, rejected = partition.rows, no_findings(), 0
    if context.job.mode is Mode.PATCH:
        rows, found, rejected = _judged(rows, partition.stored, context)
    last, superseded = merge.last_lines(rows, partition.following)
    found = line_frames.placed(pl.concat([found, superseded]), _ORDER_OF_FINDINGS)
    return replace(partition, rows=last, findings=found, rejected=rejected)


def _judged(rows: pl.DataFrame, stored: pl.DataFrame, context: Context) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """The accepted rows, stored values in their empty cells; the findings; the number of newly rejected rows."""
    named = {one: name for name, one in STORED_AS.items()}
    flags = (line_frames.bit("unreadable", name).alias(unreadable(name)) for name in VALUE_COLUMNS)
    values = rows.rename(named).with_columns(flags)
    filler = rows.select(KEY).join(stored, on=KEY, how="left", maintain_order="left").rename(named)
    texts = rows.select("line", *(pl.col(f"text.{name}").alias(name) for name in judge.QUOTED))
    values, found = judge.judge_values(values, filler, texts, context.job.parameters.default_score_max)
    is_wrong = pl.col("line").is_in(line_frames.rejected_lines(found).implode())
    rejected = int(values.select((is_wrong & ~pl.col("is_rejected")).sum()).item())
    return _stored(values.filter(~is_wrong & ~pl.col("is_rejected"))), found, rejected


def _fold(partition: Partition, context: Context) -> Partition:
    """Merges the lines of each target in their order, as if each were in its own file."""
    job, state = context.job, partition.stored.select(*SCHEMA)
    found, taken, rejected = [no_findings()], [], 0
    for layer in merge.layers(partition.rows):
        rows = layer
        if context.job.mode is Mode.PATCH:
            rows, judged, wrong = _judged(layer, state, context)
            found.append(judged)
            rejected += wrong
        merged, older = merge.merge(rows, state, job.merge, job.row_rule)
        after = plan.plan(merged, state, context.now, job.completion_default).select(*rows.columns, "completes_now")
        is_older = pl.col("line").is_in(older["line"].implode())
        taken.append(after.with_columns(is_older=is_older, own_access=rows["last_access_at"]))
        found.append(older)
        untouched = state.join(after, on=KEY, how="anti")
        state = pl.concat([untouched, after.filter(pl.col("status") != "notAttempted").select(*SCHEMA)])
    rows, superseded = merge.counting(taken, job.row_rule is RowRule.NEWER)
    is_reported = (pl.col("code") != "older-than-stored") | pl.col("line").is_in(rows["line"].implode())
    placed = line_frames.placed(pl.concat([*found, superseded]).filter(is_reported), _ORDER_OF_FINDINGS)
    return replace(partition, rows=rows, findings=placed, rejected=rejected)


def _plan(partition: Partition, context: Context) -> Partition:
    planned = plan.plan(partition.rows, partition.stored, context.now, context.job.completion_default)
    found = line_frames.placed(plan.assumed(planned, context.now), _ORDER_OF_FINDINGS)
    return replace(partition, planned=planned, findings=pl.concat([partition.findings, found]))


def _book(partition: Partition, context: Context) -> Partition:
    planned, days = book.book(partition.planned, partition.earlier, context.job.parameters.time_zone, context.now)
    return replace(partition, planned=planned, days=days)


LINE_STEPS: tuple[Step[Lines], ...] = (
    Step("interpret", _interpret),
    Step("identify", _identify),
    Step("judge", _judge),
)
PARTITION_STEPS: tuple[Step[Partition], ...] = (
    Step("merge", _merge, needs=lambda it, _: it.rows.select(KEY), needed="stored"),
    Step("plan", _plan),
    Step("compare", lambda it, _: replace(it, compared=compare.compare(it.planned))),
    Step(
        "book",
        _book,
        needs=lambda it, run: book.concerned(it.planned, run.job.parameters.time_zone, run.now),
        needed="earlier",
        is_for_writing=True,
    ),
)
STEPS = (*LINE_STEPS, *PARTITION_STEPS)
"""Every step, in the order of the work."""
