"""The record of runs: entered before the work, completed with it, read back later."""

from __future__ import annotations

import getpass
import json
import os
import platform
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl
import psutil

from milepost.model.clear_report import ClearReport
from milepost.model.exceptions import UsageError
from milepost.model.findings import Finding
from milepost.model.history import Run, State
from milepost.model.people import EraseReport, PeopleReport
from milepost.model.phases import COUNTS, UNDONE
from milepost.model.reports import Report, UndoReport
from milepost.stores.port import NOWHERE, Among, Tables, Where
from milepost.stores.tables import TABLES

_RUN = "import_run"
_FINDING = "import_finding"
_LISTED = {name: kind for name, kind in TABLES[_RUN].schema.items() if name not in ("process", "findings")}
_FINDINGS_AT_A_TIME = 10_000


def begin(
    tables: Tables,
    kind: str,
    file: str,
    started_at: datetime,
    actor: str | None = None,
    *,
    configuration: str | None = None,
    undoes: int | None = None,
) -> int:
    """Enters a run as running and returns its number; runs whose process has died are marked as interrupted.

    `actor` is who runs it, the user of the operating system unless given; `undoes` is the run that it undoes.
    """
    dead = tables.dead(_running(tables))
    if dead:
        numbers = pl.Series(dead, dtype=pl.Int64)
        tables.change(_RUN, {"state": State.INTERRUPTED.value}, {"id": Among(numbers)})
    number = tables.add(
        _RUN,
        {
            "kind": kind,
            "state": State.RUNNING.value,
            "file": file,
            "configuration": configuration,
            "actor": actor or _actor(),
            "process": this_process(),
            "started_at": int(started_at.timestamp()),
            "undoes": undoes,
        },
    )
    tables.mark_run(number)
    return number


def at_work(tables: Tables, own: Collection[int]) -> str:
    """The run that is at work beside one's `own`, as in `run 7 (tracking.csv)`."""
    running = _running(tables)
    dead = tables.dead(running)
    alive = [number for number in running if number not in dead and number not in own]
    if not alive:
        return "another process"
    run = one(tables, min(alive))
    return f"run {run.id} ({run.file})"


def _running(tables: Tables) -> dict[int, str]:
    """The runs that are marked as running, each with what names its process."""
    schema = {"id": pl.Int64(), "process": pl.String()}
    return dict(tables.rows(_RUN, schema, {"state": State.RUNNING.value}).rows())


def finish(tables: Tables, report: Report) -> None:
    """Completes the run of `report`: in the transaction that changes the store, or, if it was held, in another one."""
    _finish(
        tables,
        report,
        state=(State.HELD if report.held else State.DONE).value,
        sha256=report.sha256,
        digest=report.digest,
        mends=report.mends,
        reference_rows=report.references or None,
        error="\n".join(report.held) or None,
        # Those of a run that is held are not stored.
        findings=json.dumps({} if report.held else dict(report.findings)),
        **{name: getattr(report, name) for name in COUNTS},
    )


def finish_undo(tables: Tables, report: UndoReport) -> None:
    """The same of an undo: rows that it kept as they were count as rejected."""
    counts = dict.fromkeys(COUNTS, 0) | {name: getattr(report, name) for name in ("rows", *UNDONE)}
    more = {"reference_rows": report.references} if report.references else {}
    _finish(tables, report, state=State.DONE.value, **counts | {"rejected": report.kept} | more)


def finish_people(tables: Tables, report: PeopleReport) -> None:
    """The same of a rename or a merge: its rows are those of tracking."""
    counts = dict.fromkeys(COUNTS, 0) | {name: getattr(report, name) for name in ("rows", "unchanged", *UNDONE)}
    more = {"sha256": report.sha256, "digest": report.digest, "reference_rows": report.references}
    _finish(tables, report, state=State.DONE.value, **counts, **more)


def finish_clearing(tables: Tables, report: ClearReport) -> None:
    """The same of a clearing: its rows are those of tracking."""
    counts = dict.fromkeys(COUNTS, 0) | {"rows": report.deleted, "deleted": report.deleted}
    state = State.HELD if report.held else State.DONE
    error = "\n".join(report.held) or None
    more = {"digest": report.digest or None, "reference_rows": 0 if report.held else report.references}
    _finish(tables, report, state=state.value, error=error, **counts, **more)


def finish_erasure(tables: Tables, report: EraseReport) -> None:
    """The same of an erasure: its rows are those of tracking."""
    rows = report.counts["tracking"]
    counts = dict.fromkeys(COUNTS, 0) | {"rows": rows, "deleted": rows}
    gone = report.counts["learners"] + report.counts["registrations"]
    _finish(tables, report, state=State.DONE.value, **counts, reference_rows=gone)


def _finish(
    tables: Tables, report: Report | UndoReport | PeopleReport | EraseReport | ClearReport, **values: object
) -> None:
    now = int(datetime.now(UTC).timestamp())
    tables.change(_RUN, values | {"finished_at": now, "seconds": report.seconds}, {"id": report.run or 0})


def fail(tables: Tables, number: int, state: State, error: str | None) -> None:
    """Says how a run ended that changed nothing. A run that is done stays so: it was interrupted after its commit."""
    values = {"state": state.value, "error": error, "finished_at": int(datetime.now(UTC).timestamp())}
    tables.change(_RUN, values, {"id": number, "state": State.RUNNING.value})


def record_findings(tables: Tables, number: int, findings: pl.DataFrame) -> None:
    """Adds findings to a run; the columns of `import_finding` but for `run_id`."""
    tables.insert(_FINDING, findings.select(pl.lit(number).alias("run_id"), pl.all()))


def listing(tables: Tables, where: Where = NOWHERE) -> list[Run]:
    """The runs that meet the conditions, the newest first."""
    rows = tables.rows(_RUN, _LISTED, where).sort("id", descending=True)
    # Those that were running when their process ended.
    dead = tables.dead(_running(tables))
    return [_run(row, is_dead=row["id"] in dead) for row in rows.iter_rows(named=True)]


def one(tables: Tables, number: int) -> Run:
    """The run with that number; raises UsageError when there is none."""
    found = listing(tables, {"id": number})
    if not found:
        raise UsageError(f"There is no run {number}. `milepost runs` lists them all.", code="run-missing")
    return found[0]


def report(tables: Tables, number: int) -> Report:
    """What the record says of a run that is done: its counts and findings, and nothing that is not kept."""
    run = one(tables, number)
    counts: dict[str, Any] = {name: getattr(run, name) or 0 for name in COUNTS}
    return Report(
        run=number,
        file=run.file,
        sha256=run.sha256 or "",
        dry_run=False,
        findings=rows_per_code(tables, number),
        seconds=run.seconds or 0.0,
        started_at=run.started_at,
        **counts,
    )


def findings(tables: Tables, number: int) -> Iterator[Finding]:
    """The findings of a run, by line and in their order, fetched a bounded number at a time."""
    schema = {name: TABLES[_FINDING].schema[name] for name in ("line", "code", "column", "value", "message", "hint")}
    for part in tables.stream(_FINDING, schema, {"run_id": number}, ("line", "place"), _FINDINGS_AT_A_TIME):
        yield from (Finding(*row) for row in part.iter_rows())


def rows_per_code(tables: Tables, number: int) -> dict[str, int]:
    """How many lines of a run have each code, the most frequent first."""
    written = tables.rows(_RUN, {"findings": pl.String()}, {"id": number})["findings"].drop_nulls()
    if not written.is_empty():
        counts: dict[str, int] = json.loads(written[0])
        return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
    schema = {"line": pl.Int64(), "code": pl.String()}
    parts = tables.stream(_FINDING, schema, {"run_id": number}, ("line", "place"))
    # Lines are in order, so that the same one can only be in two frames next to each other.
    counted: list[pl.DataFrame] = []
    last = pl.DataFrame(schema=schema)
    for part in parts:
        distinct = part.unique().join(last, on=["line", "code"], how="anti")
        counted.append(distinct.group_by("code").agg(pl.len().cast(pl.Int64)))
        last = part.filter(pl.col("line") == part["line"][-1])
    found = pl.concat([pl.DataFrame(schema={"code": pl.String(), "len": pl.Int64()}), *counted])
    found = found.group_by("code").agg(pl.col("len").sum()).sort("len", "code", descending=[True, False])
    return dict(found.rows())


def _run(fields: dict[str, Any], *, is_dead: bool) -> Run:
    for name in ("started_at", "finished_at", "pruned_at"):
        if fields[name] is not None:
            fields[name] = datetime.fromtimestamp(fields[name], UTC)
    return Run(**fields | {"state": State.INTERRUPTED if is_dead else State(fields["state"])})


def _actor() -> str:
    try:
        return getpass.getuser()
    except OSError:
        # A container may run under a number that no account has.
        return f"user {os.getuid()}"


def this_process() -> str:
    """The machine, the number of this process and when it began, which tell it from any other, now and later."""
    return f"{platform.node()} {os.getpid()} {psutil.Process().create_time():.2f}"


def ended(processes: Mapping[int, str]) -> list[int]:
    """The runs of `processes` whose process has ended. Processes of other machines count as alive."""
    return [number for number, process in processes.items() if not _is_alive(process)]


def is_of_this_machine(process: str) -> bool:
    """Whether a process runs, or ran, on this machine."""
    return process.rsplit(" ", 2)[0] == platform.node()


def _is_alive(process: str) -> bool:
    _, number, created = process.rsplit(" ", 2)
    if not is_of_this_machine(process):
        return True
    try:
        return f"{psutil.Process(int(number)).create_time():.2f}" == created
    except psutil.NoSuchProcess:
        return False
