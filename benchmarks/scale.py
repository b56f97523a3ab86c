"""Measures the engines on one file: `python -m benchmarks.scale --rows 1000000`. Each run is a process of its own.

Seconds of the processor are those of the run's process and of the Sail server that it starts.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import milepost
from benchmarks import generator
from benchmarks.generator import Change
from milepost.stores.opening import open_store
from milepost.stores.port import Access


@dataclass(frozen=True)
class Side:
    """A kind of store, and an engine."""

    name: str
    store: str
    """What the URL of the store begins with."""
    engine: str = "local"
    cores: int | None = None


SIDES = (
    Side("SQLite, local", "sqlite:///"),
    Side("lake, local", "delta://"),
    Side("lake, sail, 1 core", "delta://", "sail", 1),
    Side("lake, sail, 2 cores", "delta://", "sail", 2),
)
STEPS = (
    ("import into an empty store", "all.csv", False),
    ("check of the same file again", "all.csv", True),
    ("a file that changes a hundredth of the rows", "some.csv", False),
)


def main() -> None:
    """Measures, and prints a table of each size; or does one run and prints what it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--sides", nargs="+", choices=[side.name for side in SIDES], help="measure these alone")
    parser.add_argument("--steps", type=int, default=len(STEPS), help="measure so many of the three runs")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(_run(**json.loads(options.run))))
        return
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="milepost-scale-") as folder:
            _measure(rows, Path(folder), options.sides, STEPS[: options.steps])


def _measure(rows: int, folder: Path, names: list[str] | None, steps: tuple[tuple[str, str, bool], ...]) -> None:
    generator.write_file(folder / "all.csv", rows)
    if any(file == "some.csv" for _, file, _ in steps):
        generator.write_file(folder / "some.csv", rows, Change.SOME)
    print(f"\n{rows:,} rows, file of {(folder / 'all.csv').stat().st_size / 1e6:,.0f} MB\n")
    print("| | | wall s | driver CPU s | server CPU s | CPU us a row | driver MB | server MB | ratio of CPU |")
    print("|---|---|---|---|---|---|---|---|---|")
    plans: dict[str, set[str]] = {}
    first: dict[str, float] = {}
    for side in (one for one in SIDES if names is None or one.name in names):
        place = folder / ("store.db" if side.store.startswith("sqlite") else "store")
        url = f"{side.store}{place}"
        with open_store(url, Access.WRITE) as store, store.write() as tables:
            for table, frame in generator.references(rows):
                tables.insert(table.name, frame)
        for what, file, is_check in steps:
            given = {"file": str(folder / file), "url": url, "engine": side.engine, "cores": side.cores}
            command = [sys.executable, "-m", "benchmarks.scale", "--run", json.dumps(given | {"is_check": is_check})]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            cpu = found["own"] + found["server"]
            first.setdefault(what, cpu)
            plans.setdefault(what, set()).add(found["digest"])
            print(
                f"| {side.name} | {what} | {found['wall']:.1f} | {found['own']:.1f} | {found['server']:.1f} | "
                f"{cpu / rows * 1e6:.1f} | {found['own_mb']:.0f} | {found['server_mb']:.0f} | "
                f"{cpu / first[what]:.2f} |",
                flush=True,
            )
        size = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file() and one.suffix != ".csv")
        print(f"| {side.name} | bytes on the disk a row | {size / rows:.0f} | | | | | | |", flush=True)
        if place.is_dir():
            shutil.rmtree(place)
        else:
            for one in folder.glob("store.db*"):
                one.unlink()
    print("\nDigests are equal: ", all(len(digests) == 1 for digests in plans.values()))


def _run(file: str, url: str, engine: str, cores: int | None, *, is_check: bool) -> dict[str, Any]:
    begun = time.monotonic()
    report = milepost.import_file(
        file, url, milepost.configure(None, delimiter="comma"), dry_run=is_check, engine=engine, cores=cores
    )
    wall = time.monotonic() - begun
    own, server = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "wall": wall,
        "own": own.ru_utime + own.ru_stime,
        "server": server.ru_utime + server.ru_stime,
        "own_mb": own.ru_maxrss / 1e3,
        "server_mb": server.ru_maxrss / 1e3,
        "digest": report.digest,
    }


if __name__ == "__main__":
    main()
