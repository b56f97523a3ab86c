"""What workers do: the steps, on a range of a file or on a range of targets. All of it is in files of one folder.

A result is what JSON can hold, so that the driver never has to trust a worker's objects.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import polars as pl

from milepost.engines.local.engine import TARGET, Fetch, Supplied, dealt, judge, plan
from milepost.engines.local.sorting import Sorter
from milepost.engines.spark import scratch_files
from milepost.formats.read import batches, decode, record_ranges
from milepost.formats.read.record_ranges import Range
from milepost.formats.read.text_stream import Position
from milepost.model.batch import Batch
from milepost.model.exceptions import MilepostError
from milepost.model.job import Job, Layout
from milepost.model.release import __version__
from milepost.steps.identify import Resolver
from milepost.steps.identify.later_names import LaterNames
from milepost.steps.interpret.instants import FormatWatch
from milepost.steps.order import Context, Lines, Partition
from milepost.steps.summarize import FractionWatch, PlanDigest, Tally

Task: TypeAlias = dict[str, Any]
Result: TypeAlias = dict[str, Any]

_ROWS_AT_A_TIME = 25_000


@dataclass(frozen=True, slots=True)
class Shared:
    """What all tasks of a run have in common. It is sent to every worker."""

    run: str
    """A name that no other run has."""
    folder: Path
    """Where files are, as every worker sees it."""
    layout: Layout
    job: Job
    now: datetime
    supply: Callable[[], Supplied]
    """Opens the state of the store that the run is based on."""
    batch_rows: int
    is_writing: bool
    keeps_records: bool
    """Whether the driver wants the records that have an error."""
    keeps_changes: bool
    """Whether the driver wants the changes of stored values."""


@dataclass(slots=True)
class _Bench:
    """What one task at a time works with. Later tasks of the same run in the same process take it over."""

    context: Context
    fetch: Fetch
    part_read: float = 1.0


@dataclass(slots=True)
class _Benches:
    run: str = ""
    idle: list[_Bench] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


_BENCHES = _Benches()
"""Those of the newest run in this process."""


@contextmanager
def _bench(shared: Shared) -> Iterator[_Bench]:
    with _BENCHES.lock:
        if _BENCHES.run != shared.run:
            _BENCHES.run, _BENCHES.idle = shared.run, []
        found = _BENCHES.idle.pop() if _BENCHES.idle else None
    bench = found or _made(shared)
    yield bench
    with _BENCHES.lock:
        if _BENCHES.run == shared.run:
            _BENCHES.idle.append(bench)


def _made(shared: Shared) -> _Bench:
    references, fetch = shared.supply()
    used = {column.name for column in shared.layout.columns}
    bench: _Bench
    resolver = Resolver(
        references,
        used,
        shared.job.memory,
        part_read=lambda: bench.part_read,
        former=shared.job.former,
        names=LaterNames(references),
    )
    bench = _Bench(Context(shared.layout, shared.job, shared.now, resolver), fetch)
    return bench


def measure(_shared: Shared, task: Task) -> Result:
    """What the lines of a part of a file are like; see `record_ranges.measure`."""
    first, last = task["part"]
    span = record_ranges.measure(_divisible(task["file"]), first, last)
    return {"span": [span.end, span.breaks, span.characters, list(span.is_open)]}


def judge_lines(shared: Shared, task: Task) -> Result:
    """Takes a range of a file, or a batch that was read already, through the steps of lines.

    The rows are written in the order of their targets, so that tasks of the other kind find theirs.
    """
    layout, job, folder = shared.layout, shared.job, shared.folder
    formats = FormatWatch(layout, job.parameters.date_time_format)
    fractions = FractionWatch(job.parameters.progression_unit)
    kept: list[Batch] = []
    findings: list[pl.DataFrame] = []
    targets: list[int] = []
    rows = rejected = 0
    with (
        _bench(shared) as bench,
        _batches(shared, task, formats) as opened,
        closing(Sorter(TARGET, job.memory)) as sorter,
    ):
        bench.part_read = task["part_read"]
        with closing(judge(opened.batches, bench.context, bench.fetch)) as judged:
            for lines in judged:
                fractions.observe(lines)
                rows, rejected = rows + lines.batch.rows, rejected + len(lines.rejected)
                sorter.add(dealt(lines.rows))
                kept.append(_reduced(lines, shared))
                findings.append(lines.findings)
        written = scratch_files.write_sorted(folder, _sampled(sorter.rows(), targets, task["sampled"]))
        skipped = opened.skipped()
    return {
        **({"read": [task["range"][1], task["size"]]} if "range" in task else {}),
        "rows": rows,
        "rejected": rejected,
        "skipped": skipped,
        "sorted": written,
        "targets": targets,
        "findings": _written(folder, findings),
        "records": scratch_files.write_batch(folder, batches.joined(kept)) if kept else None,
        "formats": scratch_files.write_frame(folder, formats.state()),
        "fractions": fractions.state(),
    }


def plan_targets(shared: Shared, task: Task) -> Result:
    """Takes the rows of a range of targets through the steps of partitions."""
    folder, (first, last) = shared.folder, task["between"]
    # Of equal targets, the last lines come first.
    parts = [scratch_files.read_between(folder, name, TARGET, first, last) for name in reversed(task["sorted"])]
    rows = pl.concat(parts).sort(TARGET, maintain_order=True)
    del parts
    tally, digest, lines = Tally([]), PlanDigest(), 0
    done: list[Partition] = []
    with _bench(shared) as bench:
        slices = rows.iter_slices(_ROWS_AT_A_TIME)
        with closing(plan(slices, bench.context, bench.fetch, is_writing=shared.is_writing)) as planned:
            for partition in planned:
                lines += partition.rows.height
                tally.add_partition(partition)
                digest.add_plan(partition.planned)
                done.append(partition)
    changing = pl.col("outcome") != "unchanged"
    return {
        "lines": lines,
        "tally": tally.state(),
        "digest": digest.state(),
        "findings": _written(folder, [one.findings for one in done]),
        "planned": _written(folder, [one.planned.filter(changing) for one in done if shared.is_writing]),
        "days": _written(folder, [one.days for one in done]),
        "compared": _written(folder, [one.compared for one in done if shared.keeps_changes]),
    }


def _written(folder: Path, frames: list[pl.DataFrame]) -> str | None:
    """The name of a file with all rows of the frames; None if they have none."""
    some = [one for one in frames if one.height]
    return scratch_files.write_frame(folder, pl.concat(some)) if some else None


class _Opened(NamedTuple):
    batches: Iterator[Batch]
    skipped: Callable[[], int]


@contextmanager
def _batches(shared: Shared, task: Task, formats: FormatWatch) -> Iterator[_Opened]:
    def watched(found: Iterator[Batch]) -> Iterator[Batch]:
        for batch in found:
            formats.observe(batch)
            yield batch

    if "batch" in task:
        yield _Opened(watched(iter([scratch_files.read_batch(shared.folder, task["batch"])])), lambda: 0)
        return
    begin, end = task["range"]
    file, part, reading = _divisible(task["file"]), Range(Position(*begin), end), shared.job.reading
    with decode.open_range(file, part, shared.layout, reading, shared.batch_rows) as decoded:
        yield _Opened(watched(decoded.batches()), lambda: decoded.skipped)


def described(file: record_ranges.Divisible) -> list[Any]:
    """A file as a task names it."""
    return [str(file.path), file.name, file.delimiter, placed(file.begin)]


def placed(position: Position) -> list[int]:
    """A position as a task names it."""
    return [position.offset, position.line, position.characters]


def _divisible(file: list[Any]) -> record_ranges.Divisible:
    path, name, delimiter, begin = file
    return record_ranges.Divisible(Path(path), name, delimiter, Position(*begin))


def _reduced(lines: Lines, shared: Shared) -> Batch:
    """The records of lines that the driver wants."""
    batch = lines.batch
    if not shared.keeps_records:
        return Batch(batch.cells.clear(), None, batch.ragged.clear(), batch.origins)
    is_wrong = pl.col("line").is_in(lines.rejected.implode())
    return batch.filtered(batch.cells.select(is_wrong).to_series(), batch.ragged.filter(is_wrong))


def _sampled(parts: Iterator[pl.DataFrame], targets: list[int], rows: int) -> Iterator[pl.DataFrame]:
    """The same rows; `targets` gets that of one of so many `rows`."""
    for part in parts:
        targets += part[TARGET].gather_every(rows).to_list()
        yield part


def greet(shared: Shared, task: Task) -> Result:
    """Says which Milepost the worker has; reads what the driver has left in the folder, and leaves a file there."""
    (shared.folder / task["there"]).read_bytes()
    (shared.folder / task["back"]).write_bytes(b"")
    return {"version": __version__}


def work(function: Callable[[Shared, Task], Result], shared: Shared, given: Iterator[Any]) -> Iterator[Any]:
    """Does the tasks of Arrow batches with the columns `number` and `text`, and yields their results likewise."""
    import pyarrow as pa

    for batch in given:
        for number, text in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            result = json.dumps(_done(function, shared, json.loads(text)))
            yield pa.RecordBatch.from_arrays([pa.array([number], pa.int64()), pa.array([result])], ["number", "text"])


def _done(function: Callable[[Shared, Task], Result], shared: Shared, task: Task) -> Result:
    try:
        return function(shared, task)
    except MilepostError as error:
        kind = next((one for one in ("FileError", "StoreError", "UsageError") if one in _classes(error)), "")
        return {"error": [kind, error.code, str(error)]}
    except OSError as error:
        said = f"A worker cannot use {error.filename or 'a file'}: {error.strerror or error}"
        remedy = "All workers must see the file, the store and the folder for temporary files, under the same paths."
        return {"error": ["FileError", "file-unreadable", f"{said}. {remedy}"]}


def _classes(error: Exception) -> list[str]:
    return [one.__name__ for one in type(error).__mro__]
