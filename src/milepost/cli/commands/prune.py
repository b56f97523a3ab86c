"""`prune`: removes the journal of old runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from milepost.cli import interruption, options, terminal
from milepost.model.wording import listed

if TYPE_CHECKING:
    from milepost.model.reports import PruneReport

_AGE = re.compile(r"(\d{1,6})([dwmy])", re.ASCII)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_MOST_NUMBERS = 20
"""The most runs that are listed by number."""


class _Age(click.ParamType[timedelta]):
    name = "age"

    def convert(self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = _AGE.fullmatch(value.strip().casefold())
        if found is None:
            self.fail(f'"{value}" is no age: a whole number and d, w, m or y, such as 400d, 12m or 2y.', param, ctx)
        return timedelta(days=int(found[1]) * _DAYS[found[2]])


@click.command()
@click.option(
    "--older-than",
    type=_Age(),
    required=True,
    metavar="AGE",
    help="Such as 400d: days, weeks (w), months of 30 days (m) or years of 365 (y).",
)
@click.option("--check", "dry_run", is_flag=True, help="Say what would be forgotten, and write nothing.")
@options.waiting
@options.as_json
@options.database
def prune(older_than: timedelta, dry_run: bool, wait: float, as_json: bool, db: str) -> None:
    """Forget what runs changed that finished longer ago than AGE, so that the store does not grow for ever.

    They can no longer be undone. What they wrote stays, and so do their records and findings.
    """
    from milepost import use_cases

    report = use_cases.prune_runs(
        db,
        older_than,
        dry_run=dry_run,
        progress=interruption.until_commit(None),
        wait=wait,
        waiting=terminal.note,
    )
    with interruption.allowed():
        if as_json:
            names = ("dry_run", "before", "runs", "changes", "lost")
            terminal.document({name: getattr(report, name) for name in names})
        else:
            terminal.say(_summary(report))


def _summary(report: PruneReport) -> Iterator[str]:
    from milepost.cli import summary

    when = f"before {report.before:%Y-%m-%d %H:%M:%S} UTC"
    if not report.runs:
        yield f"There is nothing to forget: no run that finished {when} has changes that are still kept."
        return
    what = f"{summary.counted(report.changes)} {'change' if report.changes == 1 else 'changes'} of {_runs(report.runs)}"
    yield f"{what}, which finished {when}, {'would be' if report.dry_run else 'are'} forgotten."
    if report.lost:
        yield f"No longer to be undone: {_runs(report.lost)}."
    else:
        yield "None of them could be undone before."


def _runs(numbers: Sequence[int]) -> str:
    """`run 7`, `runs 7, 8 and 11`, `runs 1, 2, … (40 in all)`."""
    if len(numbers) > _MOST_NUMBERS:
        return f"runs {', '.join(map(str, numbers[:_MOST_NUMBERS]))}, … ({len(numbers):,} in all)"
    return f"{'run' if len(numbers) == 1 else 'runs'} {listed(map(str, numbers))}"
