"""What the measurements amount to: one table of ratios, and the page that says how they came about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.competitors.runs import AGAIN, DJANGO, DLT, LOOP, SCRIPT
from benchmarks.history_runs import WITHOUT
from benchmarks.milepost_runs import (
    ALL_CHANGED,
    BARE_EXPORT,
    CHANGED,
    CHECK,
    EXPORT,
    FLOOR,
    HELP,
    LOAD,
    LOAD_FLOOR,
    NEW,
    SMALL,
    SPREADSHEET,
    TEN_ROWS,
    UNCHANGED,
)
from benchmarks.people_runs import ERASURES, MERGES, RENAMES, UNDO
from benchmarks.results import Key, Results
from benchmarks.stores import POSTGRESQL, SQLITE
from benchmarks.web_runs import PAGES, WHOLE

DATABASES = (POSTGRESQL, SQLITE)
MILLION = 1_000_000
JOBS = {
    NEW: "all rows new",
    UNCHANGED: "all rows unchanged",
    CHANGED: "1 % of the rows changed",
    CHECK: "check, 1 % changed",
    EXPORT: "export tracking",
}


@dataclass(frozen=True)
class Target:
    """What is aimed at: a first goal, and one beyond it."""

    goal: float
    stretch: float | None = None
    more_is_better: bool = False

    def met(self, figure: float) -> str:
        """How well a figure does."""
        for word, aim in (("stretch", self.stretch), ("yes", self.goal)):
            if aim is not None and (figure >= aim if self.more_is_better else figure <= aim):
                return word
        return "no"


OVER_THE_FLOOR = {
    (POSTGRESQL, NEW): Target(4.5, 3.5),
    (POSTGRESQL, UNCHANGED): Target(3.5, 2.5),
    (SQLITE, NEW): Target(3, 2.2),
    (SQLITE, UNCHANGED): Target(2.5, 1.7),
}
"""For a million rows."""
OVER_BARE_EXPORT = {POSTGRESQL: Target(1.5, 1.2), SQLITE: Target(1.5, 1.2)}
"""For a million rows."""
OVER_DJANGO = Target(600, 1000, more_is_better=True)
"""PostgreSQL to PostgreSQL."""
OVER_WHOLE_FILE = {SCRIPT: Target(1.2, 1), DLT: Target(1)}
"""For a million rows, as whole processes."""
MEMORY_OVER_SCRIPT = Target(0.5)
"""The same."""
SMALL_FILE = Target(0.6, 0.4)
"""Seconds, with ten million rows in the store."""
TEN_ROWS_FILE = Target(0.7, 0.45)
"""Seconds, with a thousand rows in the store."""
OVER_LOAD_FLOOR = Target(6, 4)
"""For a million registrations."""
SHEET = Target(40, 25)
"""Seconds, for a million rows."""
CHANGED_OVER_NEW = Target(1.6, 1.3)
"""For so many rows that the start of the process weighs little."""
HELP_PAGE = Target(0.15, 0.1)
PAGE, SERVER = Target(0.2), Target(200)
"""Seconds."""
PER_ROW = Target(1.2, 1.05)
"""At ten million rows over a million, over the same growth of the floor."""
MEGABYTES = Target(400, 300)
"""At ten million rows."""
MEGABYTES_GROWTH = Target(1.1, 1)
"""At ten million rows over a million."""
OVER_WITHOUT_HISTORY = {NEW: Target(1.25), ALL_CHANGED: Target(1.5)}
"""For so many rows that the start of the process weighs little."""
_ENOUGH = 300_000
_MANY = 10_000_000


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    what: str
    measured: str
    beside: str
    figure: float
    unit: str = ""
    target: Target | None = None

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        if self.target is None:
            return (self.what, self.measured, self.beside, _figure(self.figure, self.unit), "", "", "")
        aims = (self.target.goal, self.target.stretch)
        goals = ("" if aim is None else _figure(aim, self.unit) for aim in aims)
        return (
            self.what,
            self.measured,
            self.beside,
            _figure(self.figure, self.unit),
            *goals,
            self.target.met(self.figure),
        )


def lines(results: Results) -> list[Line]:
    """All that was measured, as ratios."""
    return [
        *_over_the_floor(results),
        *_over_bare_exports(results),
        *_spreadsheets(results),
        *_loads(results),
        *_changed_over_new(results),
        *_over_without_history(results),
        *_over_competitors(results),
        *_over_whole_files(results),
        *_small_files(results),
        *_people(results),
        *_pages(results),
        *_starts(results),
        *_growth(results),
    ]


def table(results: Results) -> str:
    """The table of ratios, as Markdown that is easy to read as it is."""
    head = ("what", "measured", "beside", "ratio", "target", "stretch", "met")
    return _table(head, [line.cells() for line in lines(results)], right=(3, 4, 5))


def _over_the_floor(results: Results) -> Iterator[Line]:
    for database in DATABASES:
        for rows in results.sizes(database, FLOOR):
            floor = results.seconds(Key(database, FLOOR, rows))
            for job, name in JOBS.items():
                seconds = results.seconds(Key(database, job, rows))
                if floor and seconds:
                    target = OVER_THE_FLOOR.get((database, job)) if rows == MILLION else None
                    what = f"{database}: {rows:,} rows, {name}"
                    yield Line(what, _seconds(seconds), f"floor {_seconds(floor)}", seconds / floor, target=target)


def _over_bare_exports(results: Results) -> Iterator[Line]:
    for database in DATABASES:
        for rows in results.sizes(database, BARE_EXPORT):
            seconds = results.seconds(Key(database, EXPORT, rows))
            bare = results.seconds(Key(database, BARE_EXPORT, rows))
            if seconds and bare:
                target = OVER_BARE_EXPORT[database] if rows == MILLION else None
                what = f"{database}: {rows:,} rows, export tracking, over the database's own"
                yield Line(what, _seconds(seconds), _seconds(bare), seconds / bare, target=target)


def _spreadsheets(results: Results) -> Iterator[Line]:
    for database in DATABASES:
        for rows in results.sizes(database, SPREADSHEET):
            seconds = results.seconds(Key(database, SPREADSHEET, rows))
            if seconds:
                target = SHEET if rows == MILLION else None
                yield Line(f"{database}: {rows:,} rows, export to XLSX", _seconds(seconds), "", seconds, " s", target)


def _loads(results: Results) -> Iterator[Line]:
    for database in DATABASES:
        for rows in results.sizes(database, LOAD):
            seconds = results.seconds(Key(database, LOAD, rows))
            floor = results.seconds(Key(database, LOAD_FLOOR, rows))
            if seconds and floor:
                target = OVER_LOAD_FLOOR if rows == MILLION else None
                what = f"{database}: load {rows:,} registrations"
                yield Line(what, _seconds(seconds), f"floor {_seconds(floor)}", seconds / floor, target=target)


def _changed_over_new(results: Results) -> Iterator[Line]:
    for database in DATABASES:
        for rows in results.sizes(database, ALL_CHANGED):
            changed, new = (results.seconds(Key(database, job, rows)) for job in (ALL_CHANGED, NEW))
            if changed and new:
                target = CHANGED_OVER_NEW if rows >= _ENOUGH else None
                what = f"{database}: {rows:,} rows, all rows changed over all rows new"
                yield Line(what, _seconds(changed), _seconds(new), changed / new, target=target)


def _over_without_history(results: Results) -> Iterator[Line]:
    for database in DATABASES:
        for job, name in ((NEW, JOBS[NEW]), (ALL_CHANGED, ALL_CHANGED)):
            for rows in results.sizes(database, job + WITHOUT):
                seconds = results.seconds(Key(database, job, rows))
                without = results.seconds(Key(database, job + WITHOUT, rows))
                if seconds and without:
                    target = OVER_WITHOUT_HISTORY[job] if rows >= _ENOUGH else None
                    what = f"{database}: {rows:,} rows, {name}, over the same without history"
                    yield Line(what, _seconds(seconds), _seconds(without), seconds / without, target=target)


def _over_competitors(results: Results) -> Iterator[Line]:
    for database in DATABASES:
        for name, job in ((DJANGO, NEW), (DJANGO + AGAIN, UNCHANGED), (LOOP, NEW), (LOOP + AGAIN, UNCHANGED)):
            ours = _rate(results, database, job)
            theirs = _rate(results, database, name)
            if ours and theirs:
                target = OVER_DJANGO if (database, name) == (POSTGRESQL, DJANGO) and _most(results) == MILLION else None
                what = f"{database}: rows a second over {name}"
                yield Line(what, f"{ours:,.0f}/s", f"{theirs:,.0f}/s", ours / theirs, target=target)


def _over_whole_files(results: Results) -> Iterator[Line]:
    for name in (SCRIPT, DLT):
        for marked, job in ((name, NEW), (name + AGAIN, UNCHANGED)):
            for rows in results.sizes(POSTGRESQL, marked):
                ours, theirs = (results.seconds(Key(POSTGRESQL, one, rows)) for one in (job, marked))
                if ours and theirs:
                    what = f"{POSTGRESQL}: {rows:,} rows, {JOBS[job]}, over {name}"
                    target = OVER_WHOLE_FILE[name] if rows == MILLION else None
                    yield Line(what, _seconds(ours), _seconds(theirs), ours / theirs, target=target)
                ours, theirs = (results.megabytes(Key(POSTGRESQL, one, rows)) for one in (job, marked))
                if ours and theirs:
                    what = f"{POSTGRESQL}: {rows:,} rows, {JOBS[job]}, peak of memory over {name}"
                    target = MEMORY_OVER_SCRIPT if rows == MILLION and name == SCRIPT else None
                    yield Line(what, f"{ours:,.0f} MB", f"{theirs:,.0f} MB", ours / theirs, target=target)


def _rate(results: Results, database: str, job: str) -> float | None:
    """The rows a second of a job, with the most rows that the floor was measured with, or that it was measured with."""
    sizes = [_most(results)] if job in JOBS else results.sizes(database, job)
    seconds = results.seconds(Key(database, job, sizes[-1])) if sizes else None
    return sizes[-1] / seconds if seconds else None


def _most(results: Results) -> int:
    return max((key.rows for key in results.samples if key.job == FLOOR), default=0)


def _small_files(results: Results) -> Iterator[Line]:
    for database in DATABASES:
        for job, count, target in ((TEN_ROWS, "ten", TEN_ROWS_FILE), (SMALL, "1,000", SMALL_FILE)):
            for rows in results.sizes(database, job):
                seconds = results.seconds(Key(database, job, rows))
                if seconds:
                    what = f"{database}: a file of {count} rows into a store of {rows:,}"
                    aim = None if job == SMALL and rows < _MANY else target
                    yield Line(what, _seconds(seconds), "", seconds, " s", aim)


def _people(results: Results) -> Iterator[Line]:
    for database in DATABASES:
        for job in (RENAMES, MERGES, UNDO, ERASURES):
            for number in results.sizes(database, job):
                seconds = results.seconds(Key(database, job, number))
                if seconds:
                    yield Line(f"{database}: {number:,} {job}", _seconds(seconds), "", seconds, " s")


def _pages(results: Results) -> Iterator[Line]:
    for database in DATABASES:
        for rows in results.sizes(database, PAGES):
            seconds, whole = results.seconds(Key(database, PAGES, rows)), Key(database, WHOLE, rows)
            peak = results.megabytes(whole)
            if seconds and peak:
                what = f"{database}: {rows:,} rows through the page"
                took = _seconds(results.seconds(whole) or 0)
                yield Line(f"{what}, other pages meanwhile (p95)", _seconds(seconds), took, seconds, " s", PAGE)
                yield Line(f"{what}, memory of the server", f"{peak:.0f} MB", took, peak, " MB", SERVER)


def _starts(results: Results) -> Iterator[Line]:
    seconds = results.seconds(Key("", HELP, 0))
    if seconds:
        yield Line("`milepost --help`", _seconds(seconds), "", seconds, " s", HELP_PAGE)


def _growth(results: Results) -> Iterator[Line]:
    for database in DATABASES:
        sizes = [rows for rows in results.sizes(database, NEW) if rows > MILLION]
        for rows in sizes:
            here, there = (_growth_of(results, database, job, rows) for job in (NEW, FLOOR))
            if here and there:
                what = f"{database}: time for a row, {rows:,} rows over {MILLION:,}"
                target = PER_ROW if rows == _MANY else None
                yield Line(what, f"{here:.2f} times", f"floor {there:.2f} times", here / there, target=target)
    for database in DATABASES:
        sizes = results.sizes(database, NEW)
        peak = results.megabytes(Key(database, NEW, sizes[-1])) if sizes else None
        if peak:
            what = f"{database}: peak of memory, {sizes[-1]:,} new rows"
            yield Line(what, f"{peak:.0f} MB", "", peak, " MB", MEGABYTES if sizes[-1] == _MANY else None)
        before = results.megabytes(Key(database, NEW, MILLION))
        if peak and before and sizes[-1] > MILLION:
            what = f"{database}: peak of memory, {sizes[-1]:,} rows over {MILLION:,}"
            target = MEGABYTES_GROWTH if sizes[-1] == _MANY else None
            yield Line(what, f"{peak:.0f} MB", f"{before:.0f} MB", peak / before, target=target)


def _growth_of(results: Results, database: str, job: str, rows: int) -> float | None:
    """How many times the time for a row is that of a million rows."""
    few, many = (results.seconds(Key(database, job, count)) for count in (MILLION, rows))
    return many / rows * MILLION / few if few and many else None


def measurements(results: Results) -> str:
    """All that was measured, as it was measured."""
    head = ("database", "job", "rows", "runs", "seconds", "from", "to", "processor seconds", "rows a second", "peak MB")
    rows = []
    for key, samples in sorted(results.samples.items(), key=_in_order):
        seconds = [sample.seconds for sample in samples]
        processor_seconds, peak = results.processor_seconds(key), results.megabytes(key)
        rows.append(
            (
                key.database,
                key.job,
                f"{key.rows:,}" if key.rows else "",
                str(len(samples)),
                *(f"{figure:.2f}" for figure in (median(seconds), min(seconds), max(seconds))),
                "" if processor_seconds is None else f"{processor_seconds:.2f}",
                f"{key.rows / median(seconds):,.0f}" if key.rows and key.job != SMALL else "",
                "" if peak is None else f"{peak:.0f}",
            )
        )
    return _table(head, rows, right=range(2, len(head)))


def _in_order(entry: tuple[Key, object]) -> tuple[int, int, int, str]:
    key = entry[0]
    history = [NEW + WITHOUT, ALL_CHANGED, ALL_CHANGED + WITHOUT]
    jobs = [FLOOR, *JOBS, BARE_EXPORT, *history, SMALL, DJANGO, DJANGO + AGAIN, LOOP, LOOP + AGAIN, HELP]
    return (
        DATABASES.index(key.database) if key.database in DATABASES else len(DATABASES),
        jobs.index(key.job) if key.job in jobs else len(jobs),
        key.rows,
        key.job,
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s"


def _figure(figure: float, unit: str) -> str:
    digits = 0 if figure >= 100 else 1 if figure >= 10 else 2
    text = f"{figure:.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}{unit}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> str:
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join(padded)} |"

    rules = ("-" * (width - 1) + (":" if place in right else "-") for place, width in enumerate(widths))
    return "\n".join([line(head), f"| {' | '.join(rules)} |", *map(line, rows)]) + "\n"
