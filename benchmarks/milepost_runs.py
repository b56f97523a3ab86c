"""The jobs of Milepost, each measured as a whole process from outside, beside the floor of its database."""

from __future__ import annotations

import json
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import bare_export, generator, processes
from benchmarks.generator import Change, Counts
from benchmarks.results import Key, Results, Sample
from benchmarks.stores import SQLITE, Held, Stores

FLOOR, NEW, UNCHANGED, CHANGED, CHECK, EXPORT = "floor", "new", "unchanged", "changed", "check", "export"
ALL_CHANGED = "all rows changed"
BARE_EXPORT = "bare export"
SPREADSHEET = "export to XLSX"
LOAD, LOAD_FLOOR = "load registrations", "floor of registrations"
SMALL, TEN_ROWS, HELP = "small", "ten rows", "help"
TEN = 10
MILEPOST = "milepost"
"""The module that is the program."""
_WITH_TARGET = {NEW, UNCHANGED}
"""Of the imports."""
_SOME_REJECTED = 1

Note = Callable[[str], None]


@dataclass
class Bench:
    """Where runs take place, and where their measurements go."""

    folder: Path
    results: Results
    note: Note

    def keep(self, key: Key, sample: Sample) -> None:
        """Takes a measurement in and tells of it."""
        self.results.add(key, sample)
        peak = "" if sample.megabytes is None else f", {sample.megabytes:.0f} MB"
        self.note(f"{key.database:<11} {key.job:<22} {key.rows:>10,} rows {sample.seconds:>9.2f} s{peak}")

    def file(self, rows: int, change: Change = Change.NONE) -> Path:
        """The file of `rows` rows, made at its first use."""
        path = self._path(rows, change)
        if not path.exists():
            generator.write_file(path, rows, change)
        return path

    def forget(self, rows: int) -> None:
        """Removes the files of that size."""
        for change in Change:
            self._path(rows, change).unlink(missing_ok=True)

    def _path(self, rows: int, change: Change) -> Path:
        return self.folder / f"tracking-{rows}-changed-{change}.csv"


def every_job(bench: Bench, stores: Stores, rows: int, *, targets_alone: bool = False) -> None:
    """The floor, and each job once, one after the other; with `targets_alone` only those that have a target."""
    floor(bench, stores, rows)
    refused = generator.rejected(rows)
    accepted, changed = rows - refused, generator.changed(rows)
    file, other = bench.file(rows), bench.file(rows, Change.SOME)
    with store(stores, rows) as url:
        new = Counts(rows, created=accepted, rejected=refused)
        mixed = Counts(rows, updated=changed, unchanged=accepted - changed, rejected=refused)
        for job, command, read, counts in (
            (NEW, "import", file, new),
            (UNCHANGED, "import", file, Counts(rows, unchanged=accepted, rejected=refused)),
            (CHECK, "check", other, mixed),
            (CHANGED, "import", other, mixed),
        ):
            if targets_alone and job not in _WITH_TARGET:
                continue
            bench.keep(Key(stores.database, job, rows), measure(command, read, url, counts))
            stores.settle(url)
        exported = bench.folder / "exported.csv"
        bench.keep(Key(stores.database, EXPORT, rows), _export(url, exported, accepted))
        if stores.database != SQLITE or shutil.which(bare_export.SHELL):
            seconds = processes.run_module("benchmarks.bare_export", url, str(exported))
            bench.keep(Key(stores.database, BARE_EXPORT, rows), Sample(seconds))
        exported.unlink()
        if not targets_alone:
            sheet = bench.folder / "exported.xlsx"
            words = ("export", "tracking", "--db", url, "-o", str(sheet), "--quiet")
            bench.keep(
                Key(stores.database, SPREADSHEET, rows), processes.run(sys.executable, "-m", MILEPOST, *words).sample
            )
            sheet.unlink()


def new_rows(bench: Bench, stores: Stores, rows: int) -> None:
    """The import of new rows alone."""
    refused = generator.rejected(rows)
    with store(stores, rows) as url:
        counts = Counts(rows, created=rows - refused, rejected=refused)
        bench.keep(Key(stores.database, NEW, rows), measure("import", bench.file(rows), url, counts))


def small_file(bench: Bench, stores: Stores, rows: int, repeats: int) -> None:
    """A file of 1,000 rows into a store that holds `rows`, once to warm up and then `repeats` times."""
    _small(bench, stores, SMALL, rows, generator.SMALL_FILE_ROWS, repeats)


def ten_rows(bench: Bench, stores: Stores, repeats: int) -> None:
    """The same for a file of ten rows, and a store of a thousand."""
    _small(bench, stores, TEN_ROWS, 1_000, TEN, repeats)


def _small(bench: Bench, stores: Stores, job: str, rows: int, count: int, repeats: int) -> None:
    with store(stores, rows, Held.TRACKING) as url:
        for repeat in range(repeats + 1):
            path = bench.folder / "small.csv"
            counts = generator.write_small_file(path, rows, repeat + 1, count)
            sample = measure("import", path, url, counts)
            if repeat:
                bench.keep(Key(stores.database, job, rows), sample)


def load(bench: Bench, stores: Stores, count: int) -> None:
    """The load of that many registrations, and the floor of their table."""
    seconds = processes.run_module("benchmarks.floors", *stores.floor("registration", count))
    bench.keep(Key(stores.database, LOAD_FLOOR, count), Sample(seconds))
    path = bench.folder / f"registrations-{count}.csv"
    if not path.exists():
        generator.write_registrations(path, count)
    with store(stores, generator.rows_of(count), Held.UNREGISTERED) as url:
        words = (sys.executable, "-m", MILEPOST, "load", "registrations", str(path), "--db", url, "--json")
        ended = processes.run(*words)
        created = json.loads(ended.stdout)["created"]
        if created != count:
            raise RuntimeError(f"The load should have created {count:,} registrations, and created {created:,}.")
        bench.keep(Key(stores.database, LOAD, count), ended.sample)


def help_page(bench: Bench, repeats: int) -> None:
    """`milepost --help`, once to warm up and then `repeats` times."""
    program = shutil.which("milepost", path=sysconfig.get_path("scripts"))
    words = [program] if program else [sys.executable, "-m", "milepost"]
    for repeat in range(repeats + 1):
        sample = processes.run(*words, "--help").sample
        if repeat:
            bench.keep(Key("", HELP, 0), sample)


def floor(bench: Bench, stores: Stores, rows: int) -> None:
    """What the database takes to hold the finished rows."""
    seconds = processes.run_module("benchmarks.floors", *stores.floor("tracking", rows))
    bench.keep(Key(stores.database, FLOOR, rows), Sample(seconds))


@contextmanager
def store(stores: Stores, rows: int, held: Held = Held.REFERENCES) -> Iterator[str]:
    """The URL of a store with what a file of `rows` rows needs, or amounts to; removed when the block ends."""
    url = stores.copy(rows, held)
    try:
        yield url
    finally:
        stores.remove(url)


def measure(command: str, file: Path, url: str, counts: Counts, module: str = MILEPOST) -> Sample:
    """One command of the program, which has to report `counts`; `module` is run as the program."""
    words = (sys.executable, "-m", module, command, file, "--db", url, "--json")
    ended = processes.run(*words, status=_SOME_REJECTED if counts.rejected else 0)
    report = json.loads(ended.stdout)
    reported = Counts(**{name: report[name] for name in Counts.__dataclass_fields__})
    if reported != counts or (counts.rejected and report["findings"] != generator.findings(counts.rows)):
        raise RuntimeError(f"{command} of {file.name} should have reported {counts}, and reported {report}.")
    return ended.sample


def _export(url: str, out: Path, rows: int) -> Sample:
    ended = processes.run(sys.executable, "-m", "milepost", "export", "tracking", "--db", url, out=out)
    with out.open("rb") as file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b""))
    if lines != rows + 1:
        raise RuntimeError(f"The export should have {rows + 1:,} lines, and has {lines:,}.")
    return ended.sample
