"""Measures the competitors."""

from __future__ import annotations

import sys

from benchmarks import generator, processes
from benchmarks.milepost_runs import Bench, store
from benchmarks.results import Key, Sample
from benchmarks.stores import POSTGRESQL, Stores

DJANGO, LOOP = "django-import-export", "SQLAlchemy loop"
SCRIPT, DLT = "Polars script", "dlt"
_WITH_TARGET = {(POSTGRESQL, DJANGO)}
AGAIN = ", unchanged"
"""Marks the second import of the same rows."""

_MODULES = {
    DJANGO: "benchmarks.competitors.django_project",
    LOOP: "benchmarks.competitors.sqlalchemy_loop",
}


def competitors(bench: Bench, stores: Stores, rows: int, sample: int, *, targets_alone: bool = False) -> None:
    """Imports `sample` of `rows` rows into a store with the reference data for all of them, once with each.

    With `targets_alone`, only with those that have a target.
    """
    file = bench.folder / f"sample-{rows}.csv"
    generator.write_sample(file, rows, sample)
    for name, module in _MODULES.items():
        if targets_alone and (stores.database, name) not in _WITH_TARGET:
            continue
        with store(stores, rows) as url:
            new, again = processes.run_module(module, url, file)
        bench.keep(Key(stores.database, name, sample), Sample(new))
        bench.keep(Key(stores.database, name + AGAIN, sample), Sample(again))


_WHOLE_FILE = {SCRIPT: "benchmarks.competitors.polars_script", DLT: "benchmarks.competitors.dlt_merge"}


def whole_files(bench: Bench, stores: Stores, rows: int) -> None:
    """Imports the file of `rows` rows twice with each of those that take whole files, as whole processes.

    They know PostgreSQL alone.
    """
    if stores.database != POSTGRESQL:
        return
    for name, module in _WHOLE_FILE.items():
        with store(stores, rows) as url:
            for marked in (name, name + AGAIN):
                ended = processes.run(sys.executable, "-m", module, url, bench.file(rows))
                bench.keep(Key(stores.database, marked, rows), ended.sample)
                stores.settle(url)
