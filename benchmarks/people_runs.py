"""Renames, merges and erasures of many people at once, each measured as a whole process from outside."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import generator, processes
from benchmarks.milepost_runs import MILEPOST, Bench, store
from benchmarks.results import Key
from benchmarks.stores import Held, Stores

RENAMES, MERGES, UNDO, ERASURES = "renames", "merges", "merges undone", "erasures"
_RENAMED, _MERGED, _ERASED = 1_000, 1_000, 10_000
_NEEDED = 2 * _MERGED + _RENAMED
"""So many learners are renamed and merged; others are erased."""


def every_change(bench: Bench, stores: Stores, rows: int) -> None:
    """1,000 renames, 1,000 merges with their undo, and 10,000 erasures, in a store of `rows` rows of tracking.

    Fewer learners are erased where there are not so many.
    """
    logins = generator.logins(rows)
    erased = min(_ERASED, len(logins) - _NEEDED)
    if erased < 1:
        raise RuntimeError(f"{rows:,} rows are of too few learners; take more.")
    renamed, pairs = logins[:_RENAMED], logins[_RENAMED:_NEEDED]
    with store(stores, rows, Held.TRACKING) as url:

        def run(job: str, number: int, *words: str | Path) -> None:
            ended = processes.run(sys.executable, "-m", MILEPOST, *map(str, words), "--db", url, "--quiet")
            bench.keep(Key(stores.database, job, number), ended.sample)
            stores.settle(url)

        new = _pairs(bench.folder / "renames.csv", "to", [(login, f"{login}-new") for login in renamed])
        run(RENAMES, _RENAMED, "learner", "rename", "--pairs", new, "--identifier", "candidateLogin")
        merged = _pairs(bench.folder / "merges.csv", "into", list(zip(pairs[::2], pairs[1::2], strict=True)))
        run(MERGES, _MERGED, "learner", "merge", "--pairs", merged)
        run(UNDO, _MERGED, "undo", "last")
        names = bench.folder / "erasures.txt"
        names.write_text("\n".join(logins[_NEEDED : _NEEDED + erased]))
        run(ERASURES, erased, "erase", "--file", names, "--yes", "--data", bench.folder / "none")


def _pairs(path: Path, second: str, pairs: list[tuple[str, str]]) -> Path:
    path.write_text(f"from,{second}\n" + "".join(f"{one},{other}\n" for one, other in pairs))
    return path
