"""Pictures: the places of bars, which a template draws as SVG with the numbers beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from milepost.model.history import Run

HEIGHT = 120
WIDTH = 720
_STEPS = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of two parts, from the bottom up, in the units of the picture."""

    x: float
    width: float
    height: float
    """Of the lower part."""
    above: float
    """The height of the upper part."""
    label: str
    link: str | None = None
    number: int = 0


def bars_of_runs(runs: Sequence[Run]) -> tuple[Bar, ...]:
    """A bar for each run: below the rows that were taken, above those that were rejected."""
    most = max((run.rows or 0 for run in runs), default=0) or 1
    step = WIDTH / max(len(runs), 12)
    bars = []
    for place, run in enumerate(runs):
        rows, rejected = run.rows or 0, run.rejected or 0
        label = f"Run {run.id}, {run.started_at:%Y-%m-%d}, {run.file}: {rows:,} rows, {rejected:,} rejected"
        taken = _height(rows - rejected, most)
        bars.append(Bar(place * step, step * 0.8, taken, _height(rejected, most), label, f"/runs/{run.id}", rows))
    return tuple(bars)


def distribution(progressions: pl.Series) -> tuple[Bar, ...]:
    """A bar for each tenth of progression, and one for what is complete."""
    steps = (progressions.drop_nulls() / _STEPS).floor().clip(0, _STEPS).cast(pl.Int64)
    counted = dict(steps.value_counts().iter_rows())
    numbers = [counted.get(step, 0) for step in range(_STEPS + 1)]
    most, step = max(numbers) or 1, WIDTH / (_STEPS + 1)
    names = [f"{step * 10} to under {step * 10 + 10}" for step in range(_STEPS)] + ["100"]
    return tuple(
        Bar(place * step, step * 0.8, _height(number, most), 0, names[place], None, number)
        for place, number in enumerate(numbers)
    )


def _height(number: int, most: int) -> float:
    # One row among a million is still seen.
    return round(max(number / most * HEIGHT, 1.5 if number else 0), 1)
