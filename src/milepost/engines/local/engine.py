"""Runs the steps on one machine.

A thread reads and interprets the next batch while the one before is identified and judged. Partitions follow one
another in the order of their keys, so that inserts append.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import polars as pl

from milepost.engines.local.dealing import Dealer
from milepost.model.ahead import ahead
from milepost.model.batch import Batch
from milepost.steps import merge
from milepost.steps.order import LINE_STEPS, PARTITION_STEPS, Context, Lines, Partition, Step

Fetch = Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]]
"""For each thing that steps need of the store (`Step.needed`): what finds it by keys."""

Work = TypeVar("Work", Lines, Partition)


@dataclass(frozen=True, slots=True)
class Takers:
    """Who takes what the steps have made, piece by piece."""

    lines: Callable[[Lines], None]
    partition: Callable[[Partition], None]
    planning: Callable[[], None]
    """Called once, when all lines have been taken and partitions begin."""


def run(batches: Iterator[Batch], context: Context, fetch: Fetch, takers: Takers, *, is_writing: bool) -> None:
    """Puts all batches through the steps, and hands what comes of them to the takers. A check is not `is_writing`."""
    first, *others = LINE_STEPS
    with Dealer() as dealer:
        with ahead(first.apply(Lines(batch), context) for batch in batches) as interpreted:
            for lines in interpreted:
                judged = _through(others, lines, context, fetch)
                takers.lines(judged)
                dealer.deal(judged.rows)
        takers.planning()
        steps = [step for step in PARTITION_STEPS if is_writing or not step.is_for_writing]
        following: pl.DataFrame | None = None
        are_whole = merge.has_rules(context.job.merge, context.job.row_rule)
        for rows in dealer.partitions(are_targets_whole=are_whole):
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
