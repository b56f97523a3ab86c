"""What the programs have in common: their arguments, the two imports, and what is printed."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

Row = dict[str, str]


def arguments() -> tuple[str, Path]:
    """The URL of the store and the path of the file."""
    url, file = sys.argv[1:]
    return url, Path(file)


def rows(file: Path) -> list[Row]:
    """The rows of a CSV file."""
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def twice(run: Callable[[], tuple[int, int]]) -> None:
    """Calls `run` twice and prints its seconds; it returns how many rows it created and how many it left alone."""
    seconds = []
    counts = []
    for _ in range(2):
        begin = time.perf_counter()
        counts.append(run())
        seconds.append(time.perf_counter() - begin)
    (created, nothing), (more, left) = counts
    if nothing or more or created != left:
        raise SystemExit(f"Not what was intended: {counts}")
    print(json.dumps({"new": seconds[0], "unchanged": seconds[1], "rows": created}))
