"""How schedules of whole configurations go: for pages and for monitoring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from milepost.model import documents
from milepost.model.exceptions import StoreError
from milepost.operations import schedules
from milepost.operations.night_report import COUNTED, SOME_REJECTED, WELL
from milepost.operations.schedules import Schedule
from milepost.stores import nights
from milepost.stores.nights import NightRecord
from milepost.stores.opening import read_store
from milepost.use_cases import job_queue
from milepost.use_cases.job_queue import JobState, QueuedJob

GRACE = timedelta(minutes=10)
"""How late a run may begin before somebody must look."""

_NO_OFFICE = ("store-missing", "store-version")
_OUTCOMES = {WELL: "well", SOME_REJECTED: "rows rejected"}


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """One run of a schedule, from its job on."""

    job: QueuedJob
    night: NightRecord | None
    """Its record in the store; None if it has not begun, or has failed before."""

    @property
    def outcome(self) -> str:
        """One of `waiting`, `running`, `failed`, `stopped`, `well`, `rows rejected`, `needs a person`."""
        if self.job.state is JobState.CANCELLED:
            return "stopped"
        if self.job.state is not JobState.DONE or self.night is None:
            return self.job.state.value
        return _OUTCOMES.get(cast("int", self.night.status), "needs a person")

    @property
    def trouble(self) -> tuple[str, ...]:
        """What needs a person, a sentence each."""
        if self.job.state is JobState.FAILED:
            return (" ".join((self.job.error or "").split()),)
        if self.night is None or not self.job.state.is_over:
            return ()
        return tuple(str(one) for one in cast("list[object]", self.night.report.get("trouble", ())))

    @property
    def files(self) -> tuple[Mapping[str, Any], ...]:
        """The files of the run, as in the document of a run: `file`, `state`, `run`, `message`, `report`."""
        imports = () if self.night is None else self.night.report.get("imports", ())
        return tuple(file for one in cast("list[Mapping[str, Any]]", imports) for file in one["files"])

    def rows(self, what: str = "rows") -> int:
        """The rows of the files that it imported, or went on with; or how many were `rejected`."""
        reports = [file["report"] for file in self.files if file["report"] and file["state"] in COUNTED]
        return sum(report[what] for report in reports)


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """How a schedule goes."""

    schedule: Schedule
    last: ScheduledRun | None
    late_since: datetime | None
    """Since when it has been due, though it has not begun."""
    stuck: tuple[str, ...]
    """What needs a person, a sentence each; what its run of the configuration says is not repeated."""


def schedule_statuses(
    office: str, database: str, name: str | None = None, now: datetime | None = None
) -> list[ScheduleStatus]:
    """How each schedule goes, or those of the configuration called `name`. None without a store at `office`.

    `database` is the store that the runs are about. `now` is the instant that it is. Raises StoreError.
    """
    instant = datetime.now(UTC) if now is None else now
    try:
        known = schedules.of_listing(office)
    except StoreError as error:
        if error.code not in _NO_OFFICE:
            raise
        return []
    wanted = [(one, job) for one, job in known if name in (None, one.name)]
    runs = {run.job.id: run for run in runs_of(database, [job for _, job in wanted if job is not None])}
    return [_status(one, None if job is None else runs[job.id], instant) for one, job in wanted]


def runs_of(database: str, jobs: list[QueuedJob]) -> list[ScheduledRun]:
    """The runs of those jobs."""
    numbers = [job.night for job in jobs if job.night is not None]
    found: dict[int, NightRecord] = {}
    if numbers:
        with read_store(database) as tables:
            found = nights.some(tables, numbers)
    return [ScheduledRun(job, None if job.night is None else found.get(job.night)) for job in jobs]


def _status(schedule: Schedule, last: ScheduledRun | None, now: datetime) -> ScheduleStatus:
    since = schedule.next_at if schedule.next_at is not None and schedule.next_at <= now else None
    job = None if last is None else last.job
    if job is not None and job.state is JobState.WAITING:
        since = job.created_at
    stuck = []
    if since is not None and now - since > GRACE:
        stuck.append(_late(schedule, since, job))
    if job is not None and job_queue.is_dead(job):
        stuck.append(f"{_called(schedule)}: the process of job {job.id} has ended, and no other has taken it up yet.")
    if job is not None and last is not None and job.state is JobState.FAILED:
        stuck.append(f"{_called(schedule)}: its run of {_moment(job.created_at)} failed: {last.trouble[0]}")
    return ScheduleStatus(schedule, last, since, tuple(stuck))


def _late(schedule: Schedule, since: datetime, job: QueuedJob | None) -> str:
    said = f"{_called(schedule)} has been due since {_moment(since)}, and has not begun"
    if job is not None and job.state is JobState.RUNNING:
        return f"{said}: its run before, job {job.id}, is still at work."
    return f"{said}. Is `milepost serve` or `milepost worker` running, with the folder of schedules?"


def _called(schedule: Schedule) -> str:
    return f"Schedule {schedule.id} ({schedule.configuration})"


def _moment(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def of_schedule_status(status: ScheduleStatus) -> documents.Document:
    """The status of a schedule as a document."""
    one = status.schedule
    return {
        "schedule": one.id,
        "configuration": one.configuration,
        "data": one.data,
        "name": one.name,
        "cron": one.cron,
        "zone": one.zone,
        "paused": one.is_paused,
        "next_at": one.next_at,
        "late_since": status.late_since,
        "last": None if status.last is None else of_scheduled_run(status.last),
        "stuck": list(status.stuck),
        "actor": one.actor,
        "changed_at": one.changed_at,
    }


def of_scheduled_run(run: ScheduledRun) -> documents.Document:
    """A run of a schedule as a document."""
    return {
        "job": run.job.id,
        "outcome": run.outcome,
        "asked_at": run.job.created_at,
        "began_at": run.job.started_at,
        "ended_at": run.job.finished_at,
        "status": None if run.night is None else run.night.status,
        "rows": run.rows(),
        "rejected": run.rows("rejected"),
        "runs": [file["run"] for file in run.files if file["run"] is not None],
        "trouble": list(run.trouble),
    }


def schedule_lines(status: ScheduleStatus) -> Iterator[str]:
    """The status of a schedule for people."""
    one = status.schedule
    when = "paused" if one.is_paused else "never due again" if one.next_at is None else f"next {_moment(one.next_at)}"
    last = "" if status.last is None else f"; last {_moment(status.last.job.created_at)}: {status.last.outcome}"
    yield f"schedule {one.id}: {one.configuration}, {one.cron} ({one.zone}); {when}{last}."
    yield from (f"  stuck: {sentence}" for sentence in status.stuck)
