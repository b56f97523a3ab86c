"""What history costs: imports with and without counts of changes, digests, checksums and the journal."""

from __future__ import annotations

from benchmarks import generator
from benchmarks.generator import Change, Counts
from benchmarks.milepost_runs import ALL_CHANGED, MILEPOST, NEW, Bench, measure, store
from benchmarks.results import Key
from benchmarks.stores import Stores

WITHOUT = ", without history"
WITHOUT_HISTORY = "benchmarks.without_history"


def with_and_without(bench: Bench, stores: Stores, rows: int, *, without_first: bool) -> None:
    """The import of new rows and one that changes them all, with history and without, each into a store of its own."""
    ways = [("", MILEPOST), (WITHOUT, WITHOUT_HISTORY)]
    refused = generator.rejected(rows)
    accepted = rows - refused
    for suffix, module in reversed(ways) if without_first else ways:
        with store(stores, rows) as url:
            for job, file, counts in (
                (NEW, bench.file(rows), Counts(rows, created=accepted, rejected=refused)),
                (ALL_CHANGED, bench.file(rows, Change.ALL), Counts(rows, updated=accepted, rejected=refused)),
            ):
                bench.keep(Key(stores.database, job + suffix, rows), measure("import", file, url, counts, module))
                stores.settle(url)
