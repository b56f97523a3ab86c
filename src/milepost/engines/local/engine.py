"""Runs the steps on one machine.

A thread reads and interprets the next batch while the current one is identified and judged. Partitions come in the
order of their keys, so that inserts append.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import polars as pl

from milepost.engines.local.dealing import TARGET, dealt, partitions
from milepost.engines.local.sorting import Sorter
from milepost.model.ahead import ahead
from milepost.model.batch import Batch
from milepost.steps import merge
from milepost.steps.order import LINE_STEPS, PARTITION_STEPS, Context, Lines, Partition, Step

Fetch = Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]]
"""For each kind of data that steps need of the store (`Step.needed`): the look-up by keys."""

Work = TypeVar("Work", Lines, Partition)


@dataclass(frozen=True, slots=True)
class Takers:
    """The receivers of the results, piece by piece."""

    lines: Callable[[Lines], None]
    partition: Callable[[Partition], None]
    planning: Callable[[], None]
    """Called once, between the last lines and the first partition."""


def run(batches: Iterator[Batch], context: Context, fetch: Fetch, takers: Takers, *, is_writing: bool) -> None:
    """Runs the steps on all batches, and passes the results to the takers. A check is not `is_writing`."""
    first, *others = LINE_STEPS
    with closing(Sorter(TARGET)) as sorter:
        with ahead(first.apply(Lines(batch), context) for batch in batches) as interpreted:
            for lines in interpreted:
                judged = _through(others, lines, context, fetch)
                takers.lines(judged)
                sorter.add(dealt(judged.rows))
        takers.planning()
        steps = [step for step in PARTITION_STEPS if is_writing or not step.is_for_writing]
        following: pl.DataFrame | None = None
        are_whole = merge.has_rules(context.job.merge, context.job.row_rule)
        for rows in partitions(sorter.rows(), are_targets_whole=are_whole):
            partition = _through(steps, Partition(rows, following), context, fetch)
            takers.partition(partition)
            following = partition.rows.tail(1) if not are_whole and partition.rows.height else following


def _through(steps: Sequence[Step[Work]], work: Work, context: Context, fetch: Fetch) -> Work:
    for step in steps:
        if step.needs is not None:
            found: dict[str, Any] = {step.needed: fetch[step.needed](step.needs(work, context))}
            work = replace(work, **found)
        work = step.apply(work, context)
    return work
