"""docs/benchmarks.md: how it was measured, what came of it, and on what machine."""

from __future__ import annotations

from benchmarks import report
from benchmarks.results import Results

_PAGE = """# How fast Milepost is

<!-- Written by `make bench` or `make bench-full`: do not edit. How it says it is in benchmarks/page.py. -->

Milepost beside the least that its databases can do with the same rows, and beside what a Python team would write
without it; all measured in one run, on one machine. Compare the ratios: seconds are of this machine alone.

![The table below as bars, and time and memory against the number of rows]({chart})

{table}
*Ratio* is what was measured over what stands beside it, or the figure itself where nothing does. *Target* and *stretch*
are what the project aims at; they are for the sizes that they name, and stand only beside these.

## How it is measured

- **The rows.** `benchmarks/generator.py` makes a file of N rows for N/2 registrations, two for each learner, in 1,000
  sessions of 250 trainings with four learning object versions each. It has twelve columns, and its lines are in an
  order by chance. One row of a hundred has to be rejected: for a learner who is not known, a date that is in no
  calendar, a number that is none, or a cell too many. Every report is checked against what the generator meant.
- **Milepost** is measured from outside, from the start of its process to its end:
  `milepost import FILE --db URL --json`, and likewise `check` and `export`. The peak of memory is that of this process;
  a server's is not in it.
- **Without history** is the same command, run by `benchmarks/without_history.py`, which puts in the place of four parts
  ones that do nothing: the kinds of changes are not counted, the plan gets no digest, rows get no checksum, and what is
  overwritten is not kept in the journal. So it has no preview, nothing to `--expect`, `verify` or `undo`; rows get the
  same values. For *all rows changed* the rows that it has just stored are imported with other values, each of them.
  With and without take turns, each in a store of its own.
- **The floor** puts the finished rows, ready in memory and in key order, into an empty table with the primary key of
  `tracking` and nothing else: no look-ups, no foreign keys, no checks, no report. For PostgreSQL it is one `COPY` of
  text, for SQLite `executemany` in one transaction. The commit is part of it, the start of the process and making the
  rows, 250,000 at a time, are not. Time for a row of many rows is held against that of a million, and that growth
  against the same growth of the floor.
- **The database's own export** is the query of `export tracking`, order included, as PostgreSQL's `COPY … TO STDOUT`
  and SQLite's shell write it: [benchmarks/bare_export.py](../benchmarks/bare_export.py).
- **django-import-export** is a `ModelResource` in bulk that skips what is unchanged, with look-ups as its documentation
  advises: [benchmarks/competitors/django_project](../benchmarks/competitors/django_project).
  **The SQLAlchemy loop** looks up, compares and stores row by row:
  [benchmarks/competitors/sqlalchemy_loop.py](../benchmarks/competitors/sqlalchemy_loop.py).
  Both get fewer rows, in a store with the same reference data; no row that has to be rejected; and a clock that leaves
  the start of their process out. Their rows a second are held against those of Milepost's largest file above.
- **The Polars script** is what a data engineer would write for this one file on PostgreSQL: whole reference tables by
  `COPY`, lazy joins, `COPY` into a temporary table, one upsert of rows that differ:
  [benchmarks/competitors/polars_script.py](../benchmarks/competitors/polars_script.py). It gets the whole file and is
  measured as a whole process. It leaves out findings, rejects, the check beforehand, the journal, undo, verification,
  other headers and formats, ambiguous names, and a bound on memory. Rows that cannot be looked up vanish; a number that
  is none becomes an empty one; surplus cells are cut off. So it stores 5,000 rows more of a million than it should.
  **dlt** is the same look-ups with a merge by dlt (strategy `upsert`) into a table of its own, since it adds columns:
  [benchmarks/competitors/dlt_merge.py](../benchmarks/competitors/dlt_merge.py). It leaves out the same, and writes
  unchanged rows again.
- **The small file** updates 500 rows all over a store that is full, and creates 500; the second import and those after
  it are measured. The file of ten rows does the same with half of ten.
- **The load** is `milepost load registrations` of that many registrations of learners and sessions that the store has.
  Its floor puts the finished rows into an empty table with the primary key of `registration`. **All rows changed** are
  those of the comparison without history.
- **People**: 1,000 learners get another log-in name, 1,000 are merged into others, the merges are undone, and 10,000
  are erased, each with one command, in a store of 200,000 rows of tracking for 50,000 learners.
- **Through the page** uploads that file to `milepost serve`, checks and imports it, as somebody does in a browser.
  Another client asks for seven other pages in turn meanwhile. The memory is the peak of the server; its jobs are
  processes of their own.
- Figures are medians of the number of runs that the last table gives. The floor and all jobs are measured in turns, so
  that a machine that slows down slows all of them down. Before each one, what was written goes to the disk. PostgreSQL
  has its default settings; between jobs it gets the `VACUUM (ANALYZE)` that autovacuum would otherwise do in the midst
  of one, and a checkpoint.

`make bench` does this with up to a million rows, `make bench-full` with up to ten million, and the comparison without
history with 300,000 and a million;
`python -m benchmarks --help` tells how to measure less.

## The machine

{machine}
## All measurements

{measurements}"""


def page(results: Results, chart: str) -> str:
    """The page; `chart` is where the picture is, as seen from it."""
    machine = "".join(f"- {name}: {value}\n" for name, value in results.machine.items())
    return _PAGE.format(
        chart=chart, table=report.table(results), machine=machine, measurements=report.measurements(results)
    )
