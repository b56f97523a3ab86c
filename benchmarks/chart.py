"""The picture of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmarks.milepost_runs import FLOOR, NEW
from benchmarks.report import DATABASES, JOBS, MILLION, OVER_THE_FLOOR, Target
from benchmarks.results import Key, Results
from benchmarks.stores import POSTGRESQL, SQLITE

_COLOURS = {POSTGRESQL: "#2f6690", SQLITE: "#d98324"}
_MARKERS = {POSTGRESQL: "o", SQLITE: "s"}
_INK, _FAINT = "#222222", "#dddddd"
_BAR = 0.38
_ROOM_FOR_A_FIGURE = 1.3


def draw(results: Results, path: Path) -> None:
    """Draws the ratios, and time and memory against the number of rows."""
    mpl.use("agg")
    figure = plt.figure(figsize=(11, 6), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=(1.25, 1))
    _ratios(figure.add_subplot(grid[:, 0]), results)
    time, memory = figure.add_subplot(grid[0, 1]), figure.add_subplot(grid[1, 1])
    _growth(time, results, "Time for a row, µs", lambda key: _microseconds(results, key))
    # The start of the process weighs so much on few rows that the rest would look alike.
    time.set_yscale("log")
    time.yaxis.set_minor_locator(NullLocator())
    time.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    time.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    lowest, highest = time.dataLim.intervaly
    time.set_ylim(lowest / 1.8, highest * 1.8)
    _growth(memory, results, "Peak of memory, MB", results.megabytes)
    memory.set_xlabel("rows of the file, all new")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _ratios(axes: Axes, results: Results) -> None:
    """Bars of how long each job takes beside the floor, with the targets."""
    rows = max((key.rows for key in results.samples if key.job == FLOOR), default=0)
    longest = 0.0
    for place, job in enumerate(JOBS):
        for number, database in enumerate(DATABASES):
            floor, seconds = (results.seconds(Key(database, name, rows)) for name in (FLOOR, job))
            if not floor or not seconds:
                continue
            target = OVER_THE_FLOOR.get((database, job)) if rows == MILLION else None
            reach = _ratio(axes, place + (number - 0.5) * _BAR, seconds / floor, database, target)
            longest = max(longest, reach)
    axes.axvline(1, color=_INK, linewidth=1)
    axes.set_yticks(range(len(JOBS)), list(JOBS.values()))
    axes.invert_yaxis()
    axes.set_xlim(0, longest * 1.12 or 1)
    axes.set_xlabel("times as long as the floor (the line at 1)")
    axes.set_title(f"Whole process beside the floor, {rows:,} rows", loc="left", fontsize=11)
    axes.legend(loc="lower right", frameon=False)
    _plain(axes, "x")


def _ratio(axes: Axes, height: float, ratio: float, database: str, target: Target | None) -> float:
    """One bar; returns how far it and its target reach."""
    axes.barh(height, ratio, _BAR * 0.92, color=_COLOURS[database], label=_once(axes, database))
    end = ratio
    if target:
        ends = (height - _BAR / 2, height + _BAR / 2)
        axes.vlines(target.goal, *ends, color=_INK, linewidth=2, label=_once(axes, "target"))
        marks = [target.goal]
        if target.stretch is not None:
            axes.vlines(target.stretch, *ends, color=_INK, linewidth=2, ls=(0, (1, 1)), label=_once(axes, "stretch"))
            marks.append(target.stretch)
        # The figure stands where no mark does.
        end = max(ratio, *(mark for mark in marks if mark < ratio * _ROOM_FOR_A_FIGURE))
    axes.annotate(f"{ratio:.1f}", (end, height), (4, 0), textcoords="offset points", va="center", color=_INK)
    return max(end, target.goal if target else 0)


def _once(axes: Axes, label: str) -> str:
    """Matplotlib's legend passes over labels that begin with a line."""
    return f"_{label}" if label in axes.get_legend_handles_labels()[1] else label


def _microseconds(results: Results, key: Key) -> float | None:
    seconds = results.seconds(key)
    return seconds / key.rows * 1e6 if seconds else None


def _growth(axes: Axes, results: Results, title: str, figure: Callable[[Key], float | None]) -> None:
    """A line for each database: a figure against the number of rows."""
    found: dict[int, dict[str, float]] = {}
    for database in DATABASES:
        values = {rows: figure(Key(database, NEW, rows)) for rows in results.sizes(database, NEW)}
        known = {rows: value for rows, value in values.items() if value is not None}
        axes.plot(list(known), list(known.values()), color=_COLOURS[database], marker=_MARKERS[database], lw=2)
        for rows, value in known.items():
            found.setdefault(rows, {})[database] = value
    for rows, values_of in found.items():
        for database, value in values_of.items():
            _tell(axes, (rows, value), _COLOURS[database], above=value == max(values_of.values()))
    axes.set_xscale("log")
    axes.margins(x=0.08)
    axes.set_xticks(sorted(found))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda rows, _: _short(int(rows))))
    axes.set_ylim(0, 1.25 * max((max(values_of.values()) for values_of in found.values()), default=1))
    axes.set_title(title, loc="left", fontsize=11)
    _plain(axes, "y")


def _tell(axes: Axes, point: tuple[int, float], colour: str, *, above: bool) -> None:
    axes.annotate(
        f"{point[1]:.0f}" if point[1] >= 100 else f"{point[1]:.1f}",
        point,
        (0, 7 if above else -7),
        textcoords="offset points",
        ha="center",
        va="bottom" if above else "top",
        color=colour,
        fontsize=9,
    )


def _short(rows: int) -> str:
    if rows >= MILLION:
        return f"{rows / MILLION:g}M"
    return f"{rows / 1000:g}k" if rows >= 1000 else str(rows)


def _plain(axes: Axes, grid: Literal["x", "y"]) -> None:
    axes.grid(axis=grid, color=_FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left" if grid == "x" else "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
