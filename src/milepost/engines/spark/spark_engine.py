"""Runs the steps on a Spark server: lines by ranges of the file, then rows by ranges of targets.

The driver cuts and hands out ranges, and takes results in their order, so that it sees what the local engine shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from milepost.engines.spark import scratch_files, tasks
from milepost.engines.spark.cluster import Cluster
from milepost.engines.spark.tasks import Result, Shared, Task
from milepost.formats.read import decode, record_ranges
from milepost.model.ahead import begun
from milepost.model.batch import RECORDED
from milepost.model.exceptions import FileError
from milepost.model.identifiers import References
from milepost.steps.identify.later_names import Suggestions
from milepost.steps.interpret.instants import FormatWatch
from milepost.steps.order import Judged, Partition
from milepost.steps.summarize import FractionWatch

RANGE_BYTES = 16_000_000
"""The bytes of a range of the file, if it is not very long. It changes no result."""
_MOST_RANGES = 1_000
"""Every partition looks into the rows of every range, so there must not be too many."""
PARTITION_ROWS = 200_000
"""The rows of a partition, if there are many. A worker holds them in memory."""
SAMPLED = 1_000
"""Of so many rows, the target of one is known here."""
_LEAST_ROWS = 25_000
"""Fewer rows are not worth a task."""
_LEAST = -(1 << 63)
_MOST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who takes the results, piece by piece."""

    formats: FormatWatch
    fractions: FractionWatch
    take_bytes: Callable[[int, int], None]
    """Takes how many bytes of a file were judged so far, and how many it has, if workers read it."""
    take_lines: Callable[[Judged], None]
    begin_planning: Callable[[], None]
    take_partition: Callable[[Partition, int, Sequence[Any], Mapping[str, Any]], None]
    """Takes a partition, how many lines it has, and the states of a Tally and of a PlanDigest of it."""


def run(
    cluster: Cluster,
    shared: Shared,
    decoded: decode.Decoded,
    references: References,
    receiver: Receiver,
    *,
    part_read: Callable[[], float],
) -> None:
    """Runs the steps on all records of `decoded`.

    `references` are those of the store, for suggestions. `part_read` returns what part of the file has been read, where
    this process reads it. Raises what a reader raises, and EngineError when the server is lost.
    """
    cluster.require_workers(shared)
    work = _Work(cluster, shared, decoded, receiver, Suggestions(references), part_read)
    file = decoded.divisible()
    if file is None:
        work.judge(work.spooled())
    else:
        before = _state(file.path)
        receiver.take_bytes(0, before[0])
        with begun(decoded.read_rest) as read:
            work.judge(work.cut(file))
            read()
        if _state(file.path) != before:
            said = f"{file.name} has changed while it was read. Nothing was done. Import it when it is complete."
            raise FileError(said)
    receiver.begin_planning()
    work.plan()


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


@dataclass(slots=True)
class _Work:
    cluster: Cluster
    shared: Shared
    decoded: decode.Decoded
    receiver: Receiver
    suggestions: Suggestions
    part_read: Callable[[], float]
    sorted: list[str] = field(default_factory=list)
    """The files of rows, in the order of the file."""
    targets: list[pl.Series] = field(default_factory=list)
    """Of each SAMPLED rows, the target of one."""

    def spooled(self) -> Iterator[Task]:
        """Tasks for a file that has to be read in one go, which is read here."""
        for batch in self.decoded.batches():
            files = scratch_files.write_batch(self.shared.folder, batch)
            yield {"batch": files, "part_read": self.part_read(), "sampled": SAMPLED}

    def cut(self, file: record_ranges.Divisible) -> Iterator[Task]:
        """Tasks for ranges of a file, which workers read."""
        size, described = file.path.stat().st_size, tasks.described(file)
        parts = record_ranges.nominal(file.begin.offset, size, max(RANGE_BYTES, size // _MOST_RANGES))
        asked = ({"file": described, "part": part} for part in parts)
        with closing(self.cluster.ordered(tasks.measure, self.shared, asked)) as measured:
            found = [_span(*result["span"]) for result in measured]
        for part in record_ranges.joined(found, file.begin):
            ends = [tasks.placed(part.begin), part.end]
            yield {"file": described, "range": ends, "size": size, "part_read": part.end / size, "sampled": SAMPLED}

    def judge(self, todo: Iterator[Task]) -> None:
        """Takes all lines through the steps of lines."""
        with closing(self.cluster.ordered(tasks.judge_lines, self.shared, todo)) as results:
            for result in results:
                self._take_lines(result)

    def _take_lines(self, result: Result) -> None:
        folder, receiver = self.shared.folder, self.receiver
        if "read" in result:
            receiver.take_bytes(*result["read"])
        if result["sorted"] is not None:
            self.sorted.append(result["sorted"])
            self.targets.append(pl.Series(result["targets"], dtype=pl.Int64))
        if receiver.formats.wants_more and result["formats"] is not None:
            receiver.formats.add(scratch_files.read_frame(folder, result["formats"]))
        receiver.fractions.add(result["fractions"])
        self.decoded.skipped += result["skipped"]
        if result["records"] is not None:
            records = scratch_files.read_batch(folder, result["records"])
            findings = self.suggestions.placed(_findings(folder, result))
            receiver.take_lines(Judged(result["rows"], result["rejected"], findings, records))

    def plan(self) -> None:
        """Takes all rows through the steps of partitions."""
        todo = ({"between": ends, "sorted": self.sorted} for ends in self._ranges_of_targets())
        with closing(self.cluster.ordered(tasks.plan_targets, self.shared, todo)) as results:
            for result in results:
                frames = (scratch_files.read_frame(self.shared.folder, result[name]) for name in _FRAMES)
                planned, days, compared = frames
                found = _findings(self.shared.folder, result)
                partition = Partition(planned, findings=found, planned=planned, compared=compared, days=days)
                self.receiver.take_partition(partition, result["lines"], result["tally"], result["digest"])

    def _ranges_of_targets(self) -> list[tuple[int, int]]:
        """The first and the last target of each partition: about equally many rows in each."""
        if not self.sorted:
            return []
        targets = pl.concat(self.targets).sort()
        rows = len(targets) * SAMPLED
        parts = max(-(-rows // PARTITION_ROWS), min(self.cluster.places * 2, rows // _LEAST_ROWS))
        bounds = targets.gather_every(max(1, -(-len(targets) // max(1, parts)))).unique().sort()[1:].to_list()
        return [(first, last - 1) for first, last in zip([_LEAST, *bounds], [*bounds, _MOST], strict=True)]


_FRAMES = ("planned", "days", "compared")


def _span(end: int, breaks: int, characters: int, is_open: Sequence[bool]) -> record_ranges.Span:
    closed, opened = is_open
    return record_ranges.Span(end, breaks, characters, (closed, opened))


def _findings(folder: Path, result: Result) -> pl.DataFrame:
    name = result["findings"]
    return pl.DataFrame(schema=dict(RECORDED)) if name is None else scratch_files.read_frame(folder, name)
