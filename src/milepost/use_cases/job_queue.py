"""The queue of jobs of the web application: one after the other, none lost, none done twice.

A job is claimed by the process that does it. When that process has ended without a word, the next one that claims
decides what became of the job: if the store has the run, the job is done, else it is done again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import polars as pl

from milepost.model.exceptions import StoreError, UsageError
from milepost.model.history import State
from milepost.stores import nights, record
from milepost.stores.opening import read_store, write_store
from milepost.stores.port import Among, Between, Patience, Presence, Tables, Where
from milepost.stores.tables import TABLES

LANES: Mapping[str, tuple[str, ...]] = {
    "files": ("look", "match"),
    "store": ("check", "import", "undo", "load"),
    "configurations": ("run",),
}
"""Kinds of jobs that are done one after the other. Looking at a file does not wait for the store."""

MOST_ATTEMPTS = 2
"""So often a job begins whose process ends without a word; one that ends its process would do so for ever."""

SILENCE = 120
"""Seconds without a sign after which a process of another machine counts as ended."""

_TOLD: Mapping[str, Mapping[str, str]] = {
    "import": {"digest": "digest"},
    "undo": {"undoes": "run"},
    "load": {"kind": "kind", "sha256": "sha256"},
}
"""How the run of a job is known: columns of runs, with the parts of the task that they must be."""

_JOB = "job"
_PATIENCE = Patience(30)


class JobState(StrEnum):
    """How far a job has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    """What came of it is its run, its kept check, or what it wrote beside the file."""
    FAILED = "failed"
    """Nothing was changed, and `error` says why."""
    CANCELLED = "cancelled"
    """Nothing was changed."""

    @property
    def is_over(self) -> bool:
        return self not in (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """One job."""

    id: int
    kind: str
    """One of those of LANES."""
    state: JobState
    draft_id: int | None
    task: Mapping[str, Any]
    """What is to be done: the settings, the digest of the plan, the run to undo."""
    actor: str
    request: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    process: str | None
    beat_at: datetime | None
    attempts: int
    last_run: int | None
    """The newest run of the store before it began."""
    is_stopping: bool
    """Whether somebody has asked for its end."""
    phase: str | None
    done: int | None
    total: int | None
    """The progress in that phase; None if it is unknown."""
    run: int | None
    checked: str | None
    """The id of the kept check."""
    error_code: str | None
    error: str | None
    schedule_id: int | None
    """The schedule that it is a run of."""
    night: int | None
    """The run of a whole configuration that it began."""


def add(
    office: str,
    kind: str,
    task: Mapping[str, Any],
    actor: str,
    *,
    draft: int | None = None,
    request: str | None = None,
) -> QueuedJob:
    """Adds a job to the queue that is kept at `office`.

    `request` is what the one who asks calls it: if there is a job of that name that has not failed and was not
    cancelled, that one is returned, and none is added. Raises UsageError if that one is about something else.
    """
    with write_store(office, _PATIENCE) as tables:
        same = [] if request is None else _jobs(tables, {"request": request})
        for one in same:
            if one.state not in (JobState.FAILED, JobState.CANCELLED):
                if (one.kind, _text(one.task)) != (kind, _text(task)):
                    raise UsageError(f'Another job was asked for as "{request}". Give this one another name.')
                return one
        return enter(tables, kind, task, actor, draft_id=draft, request=request)


def enter(tables: Tables, kind: str, task: Mapping[str, Any], actor: str, **more: str | int | None) -> QueuedJob:
    """Adds a job in a transaction of the caller's; `more` are other fields of it."""
    values = {"kind": kind, "state": JobState.WAITING.value, "task": _text(task), "actor": actor}
    counted = {"created_at": _now(), "attempts": 0, "is_stopping": 0}
    return _one(tables, tables.add(_JOB, values | counted | more))


def one(office: str, job: int) -> QueuedJob:
    """The job with that number. Raises UsageError when there is none."""
    with read_store(office) as tables:
        return _one(tables, job)


def listing(office: str, *, draft: int | None = None, is_over: bool | None = None) -> tuple[QueuedJob, ...]:
    """The jobs, the newest first: all, those of a draft, or those that are over or not."""
    states = pl.Series([state.value for state in JobState if is_over in (None, state.is_over)])
    where: dict[str, Any] = {"state": Among(states)} | ({} if draft is None else {"draft_id": draft})
    with read_store(office) as tables:
        return tuple(reversed(_jobs(tables, where)))


def newest(tables: Tables, most: int = 1, *, schedule: int | None = None) -> list[QueuedJob]:
    """The newest jobs of each schedule, or of that one, the newest first."""
    where: Where = {"schedule_id": Presence.PRESENT if schedule is None else schedule}
    known = tables.rows(_JOB, {"id": pl.Int64(), "schedule_id": pl.Int64()}, where)
    ids = known.sort("id").group_by("schedule_id").tail(most)["id"]
    return [] if ids.is_empty() else list(reversed(_jobs(tables, {"id": Among(ids)})))


def open_jobs(tables: Tables, *kinds: str) -> list[QueuedJob]:
    """The jobs of those kinds that are not over, the oldest first."""
    states = pl.Series([state.value for state in JobState if not state.is_over])
    return _jobs(tables, {"state": Among(states), "kind": Among(pl.Series(kinds))})


def has_work(office: str, lane: str) -> bool:
    """Whether a process that claims would get a job of that lane."""
    with read_store(office) as tables:
        return bool(open_jobs(tables, *LANES[lane])) and not _is_busy(tables, lane)


def claim(office: str, database: str, lane: str) -> QueuedJob | None:
    """Takes the next job of a lane for this process; None if there is none, or another process is at work.

    Decides first what became of jobs whose process has ended; `database` is the store that they were about.
    """
    newest_run = _newest_run(database)
    with write_store(office, _PATIENCE) as tables:
        for one in open_jobs(tables, *LANES[lane]):
            if is_dead(one):
                _recover(tables, database, one)
        if _is_busy(tables, lane):
            return None
        waiting = [one for one in open_jobs(tables, *LANES[lane]) if one.state is JobState.WAITING]
        if not waiting:
            return None
        chosen = waiting[0]
        begun = {"state": JobState.RUNNING.value, "process": record.this_process(), "started_at": _now()}
        begun |= {"beat_at": _now(), "attempts": chosen.attempts + 1}
        # What an earlier attempt has done came after the run that was the newest before it.
        begun |= {} if chosen.last_run is not None else {"last_run": newest_run}
        tables.change(_JOB, begun, {"id": chosen.id})
        return _one(tables, chosen.id)


def beat(office: str, job: int, phase: str | None, done: int | None, total: int | None) -> bool:
    """Says that the process of a job is alive, and how far it is. Whether somebody has asked for its end."""
    with write_store(office, _PATIENCE) as tables:
        values = {"beat_at": _now(), "phase": phase, "done": done, "total": total}
        tables.change(_JOB, values, {"id": job, "state": JobState.RUNNING.value})
        return _one(tables, job).is_stopping


def began(office: str, job: int, night: int) -> None:
    """Says which run of a whole configuration a job has begun."""
    with write_store(office, _PATIENCE) as tables:
        tables.change(_JOB, {"night": night}, {"id": job, "state": JobState.RUNNING.value})


def finish(office: str, job: int, **came: str | int | None) -> None:
    """Says that a job is done, and what came of it: its `run`, its `night`, or the kept check (`checked`)."""
    _end(office, job, JobState.DONE, **came)


def fail(office: str, job: int, code: str, message: str) -> None:
    """Says that a job has failed, and why."""
    _end(office, job, JobState.FAILED, error_code=code, error=message)


def give_back(office: str, job: int) -> None:
    """Says that a job was interrupted: cancelled if somebody asked for its end, else it waits again."""
    with write_store(office, _PATIENCE) as tables:
        found = _one(tables, job)
        state = JobState.CANCELLED if found.is_stopping else JobState.WAITING
        values = {"state": state.value, "attempts": found.attempts - 1, "phase": None, "done": None, "total": None}
        values |= {"finished_at": _now()} if found.is_stopping else {}
        tables.change(_JOB, values, {"id": job, "state": JobState.RUNNING.value})


def stop(office: str, job: int) -> QueuedJob:
    """Asks for the end of a job: one that waits is cancelled at once, one that is over stays as it is."""
    with write_store(office, _PATIENCE) as tables:
        cancel(tables, job)
        tables.change(_JOB, {"is_stopping": 1}, {"id": job, "state": JobState.RUNNING.value})
        return _one(tables, job)


def cancel(tables: Tables, job: int) -> None:
    """Cancels a job that waits, in a transaction of the caller's."""
    ended = {"state": JobState.CANCELLED.value, "is_stopping": 1, "finished_at": _now()}
    tables.change(_JOB, ended, {"id": job, "state": JobState.WAITING.value})


def forget(office: str, before: int) -> None:
    """Removes jobs that were over before an instant, in seconds since 1970."""
    over = pl.Series([state.value for state in JobState if state.is_over])
    with write_store(office, _PATIENCE) as tables:
        old = tables.rows(_JOB, {"id": pl.Int64()}, {"state": Among(over), "finished_at": Between(0, before)})["id"]
        # They say how their schedule last went.
        kept = [one.id for one in newest(tables)]
        tables.remove(_JOB, {"id": Among(old.filter(~old.is_in(kept)))})


def came_of(database: str, job: QueuedJob) -> Mapping[str, int] | None:
    """What a job has done in the store `database`, though it could not say so: its `run` or `night`. None: nothing."""
    last, newest_run = job.last_run or 0, _newest_run(database)
    if job.night is not None:
        with read_store(database) as tables:
            night = nights.some(tables, [job.night]).get(job.night)
        return None if night is None or night.status is None else {"night": night.id}
    told = _TOLD.get(job.kind)
    if told is None or newest_run <= last:
        return None
    where: dict[str, Any] = {"id": Between(last + 1, newest_run), "state": State.DONE.value, "actor": job.actor}
    where |= {column: job.task[name] for column, name in told.items()}
    with read_store(database) as tables:
        found = tables.rows("import_run", {"id": pl.Int64()}, where, ("id",))["id"]
    return None if found.is_empty() else {"run": int(found[0])}


def _recover(tables: Tables, database: str, job: QueuedJob) -> None:
    """Decides what became of a job whose process has ended without a word."""
    came = came_of(database, job)
    values: dict[str, Any] = {"state": JobState.WAITING.value, "phase": None, "done": None, "total": None}
    if came is not None:
        values = {"state": JobState.DONE.value, **came, "finished_at": _now()}
    elif job.is_stopping:
        values = {"state": JobState.CANCELLED.value, "finished_at": _now()}
    elif job.attempts >= MOST_ATTEMPTS:
        why = "Its process ended twice without a word: it was killed, or the machine had no memory left."
        values = {"state": JobState.FAILED.value, "finished_at": _now(), "error_code": "system", "error": why}
    tables.change(_JOB, values, {"id": job.id})


def _end(office: str, job: int, state: JobState, **values: object) -> None:
    with write_store(office, _PATIENCE) as tables:
        ended = {"state": state.value, "finished_at": _now(), **values}
        tables.change(_JOB, ended, {"id": job, "state": JobState.RUNNING.value})


def _is_busy(tables: Tables, lane: str) -> bool:
    return any(one.state is JobState.RUNNING and not is_dead(one) for one in open_jobs(tables, *LANES[lane]))


def is_dead(job: QueuedJob) -> bool:
    """Whether a job counts as being done, though its process has ended."""
    if job.state is not JobState.RUNNING or job.process is None:
        return False
    silent = job.beat_at is None or (datetime.now(UTC) - job.beat_at).total_seconds() > SILENCE
    return bool(record.ended({job.id: job.process})) or (silent and not record.is_of_this_machine(job.process))


def _jobs(tables: Tables, where: Where) -> list[QueuedJob]:
    return [_job(row) for row in tables.rows(_JOB, TABLES[_JOB].schema, where, ("id",)).iter_rows(named=True)]


def _one(tables: Tables, job: int) -> QueuedJob:
    found = _jobs(tables, {"id": job})
    if not found:
        raise UsageError(f"There is no job {job}.", code="run-missing")
    return found[0]


def _job(row: Mapping[str, Any]) -> QueuedJob:
    instants = {name: _instant(row[name]) for name in ("created_at", "started_at", "finished_at", "beat_at")}
    read = {"state": JobState(row["state"]), "task": json.loads(row["task"]), "is_stopping": bool(row["is_stopping"])}
    return QueuedJob(**{**row, **instants, **read})


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _text(task: Mapping[str, Any]) -> str:
    return json.dumps(dict(task), sort_keys=True)


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


def _newest_run(database: str) -> int:
    """The highest number of a run; 0 if there is no store yet."""
    try:
        with read_store(database) as tables:
            return tables.highest_id("import_run")
    except StoreError as error:
        if error.code in ("store-missing", "store-version"):
            return 0
        raise
