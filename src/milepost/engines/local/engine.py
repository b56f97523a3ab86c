"""Runs the steps on one machine.

A thread reads and interprets the next batch while the current one is identified and judged. Later, one thread sorts the
rows of a partition, and another plans the one before. Meanwhile the caller's own thread, which alone uses the store,
writes the one before that, and reads what is stored for the next. Partitions come in the order of their keys, so that
inserts append.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import Any, NamedTuple, TypeVar

import polars as pl

from milepost.engines.local.sorting import Sorter
from milepost.model.ahead import ahead, begun
from milepost.model.batch import Batch
from milepost.model.columns import KEY, STORED, Kind, Status
from milepost.model.identifiers import WholeReferences
from milepost.model.tracked import SCHEMA, TYPES, packed, unpacked
from milepost.steps import merge
from milepost.steps.order import LINE_STEPS, PARTITION_STEPS, Context, Lines, Partition, Step

Fetch = Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]]
"""For each kind of data that steps need of the store (`Step.needed`): the look-up by keys."""


class Supplied(NamedTuple):
    """What the steps need of a store."""

    references: WholeReferences
    fetch: Fetch


Work = TypeVar("Work", Lines, Partition)

_SMALL = TYPES | {Kind.STATUS: pl.Enum(Status), Kind.DURATION: pl.Int32(), Kind.INTEGER: pl.Int32()}
_NARROW = {name: _SMALL[column.kind] for name, (column, _) in STORED.items()}
_NARROW |= {"given": pl.Int32(), "unreadable": pl.Int32()}
"""The types in which rows are kept until they are dealt."""
_WIDE = SCHEMA | {"given": pl.Int64()}
TARGET = "target"
"""The column of sorted rows that packs both ids of a key in one number."""


def run(
    batches: Iterator[Batch],
    context: Context,
    fetch: Fetch,
    take_lines: Callable[[Lines], None],
    take_partition: Callable[[Partition], None],
    begin_planning: Callable[[], None],
    *,
    is_writing: bool,
) -> None:
    """Runs the steps on all batches, and passes on the results, piece by piece. A check is not `is_writing`.

    `begin_planning` is called once, between the last lines and the first partition.
    """
    with closing(Sorter(TARGET, context.job.memory)) as sorter:
        with closing(judge(batches, context, fetch)) as judged:
            for lines in judged:
                take_lines(lines)
                sorter.add(dealt(lines.rows))
        begin_planning()
        with closing(plan(sorter.rows(), context, fetch, is_writing=is_writing)) as planned:
            for partition in planned:
                take_partition(partition)


def judge(batches: Iterator[Batch], context: Context, fetch: Fetch) -> Generator[Lines]:
    """The lines of all batches, after LINE_STEPS."""
    first, *others = LINE_STEPS
    with ahead(first.apply(Lines(batch), context) for batch in batches) as interpreted:
        for lines in interpreted:
            yield _through(others, lines, context, fetch)


def plan(rows: Iterator[pl.DataFrame], context: Context, fetch: Fetch, *, is_writing: bool) -> Generator[Partition]:
    """The partitions after PARTITION_STEPS. `rows` are those of `dealt`, by TARGET, the last line of each first."""
    steps = [step for step in PARTITION_STEPS if is_writing or not step.is_for_writing]
    planning = [steps[0], *takewhile(lambda step: step.needs is None, steps[1:])]
    with (
        ahead(_partitions(rows, are_targets_whole=_are_targets_whole(context))) as partitions,
        closing(_planned(partitions, planning, context, fetch)) as planned,
    ):
        for partition in planned:
            yield _through(steps[len(planning) :], partition, context, fetch)


def _planned(
    partitions: Iterator[pl.DataFrame], steps: Sequence[Step[Partition]], context: Context, fetch: Fetch
) -> Generator[Partition]:
    """The partitions after `steps`, of which the first alone needs data of the store.

    A thread carries the steps out for a partition while the one before is used, and the data of the next one are read.
    """
    result: Callable[[], Partition] | None = None
    following: pl.DataFrame | None = None
    with ExitStack() as thread:
        for rows in partitions:
            work = _supplied(steps[0], Partition(rows), context, fetch)
            planned = None if result is None else result()
            thread.close()
            if planned is not None and planned.rows.height and not _are_targets_whole(context):
                following = planned.rows.tail(1)
            work = replace(work, following=following)
            result = thread.enter_context(begun(partial(_applied, steps, work, context)))
            if planned is not None:
                yield planned
        if result is not None:
            yield result()


def _are_targets_whole(context: Context) -> bool:
    """Whether all lines of a target must be in one partition."""
    return merge.has_rules(context.job.merge, context.job.row_rule)


def _through(steps: Sequence[Step[Work]], work: Work, context: Context, fetch: Fetch) -> Work:
    for step in steps:
        work = step.apply(_supplied(step, work, context, fetch), context)
    return work


def _supplied(step: Step[Work], work: Work, context: Context, fetch: Fetch) -> Work:
    """`work` with the data that the step needs of the store."""
    if step.needs is None:
        return work
    found: dict[str, Any] = {step.needed: fetch[step.needed](step.needs(work, context))}
    return replace(work, **found)


def _applied(steps: Sequence[Step[Work]], work: Work, context: Context) -> Work:
    for step in steps:
        work = step.apply(work, context)
    return work


def dealt(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of lines (as in `Lines.rows`) in the form that a Sorter by TARGET keeps."""
    target = packed(*(pl.col(name) for name in KEY)).alias(TARGET)
    others = [name for name in rows.columns if name not in KEY]
    return rows.select(target, *(pl.col(name).cast(_NARROW.get(name, rows.schema[name])) for name in others))


def _partitions(parts: Iterator[pl.DataFrame], *, are_targets_whole: bool) -> Iterator[pl.DataFrame]:
    """The sorted rows of a Sorter as partitions of bounded size: by target, the last line of each first.

    Unless `are_targets_whole`, a target with very many lines may continue in the next partition.
    """
    for part in _with_whole_targets(parts) if are_targets_whole else parts:
        others = [name for name in part.columns if name != TARGET]
        wide = (pl.col(name).cast(_WIDE.get(name, part.schema[name])) for name in others)
        yield part.select(*unpacked(pl.col(TARGET)), *wide)


def _with_whole_targets(parts: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    held: list[pl.DataFrame] = []
    for part in parts:
        if part.is_empty():
            continue
        is_last = pl.col(TARGET) == part[TARGET][-1]
        complete = part.filter(~is_last)
        if not complete.is_empty() or (held and part[TARGET][0] != held[0][TARGET][0]):
            # The held rows come first.
            yield pl.concat([*held, complete])
            held = []
        held.append(part.filter(is_last))
    if held:
        yield pl.concat(held)
