"""Schedules: when whole configurations run by themselves.

They are kept beside the queue of jobs. A schedule that is due gets a job in the transaction that gives it its next
time, so each time gives one job, however many processes look. While a job of it is not over, it gets no other one. So a
time that passes meanwhile, or while nobody looks, is made up for once, as soon as that is possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from milepost.model.exceptions import FileError, TransferError, UsageError
from milepost.model.wording import argument, in_quotes
from milepost.operations import cron_times
from milepost.stores.opening import read_store, write_store
from milepost.stores.port import Between, Patience, Tables, Where
from milepost.stores.tables import TABLES
from milepost.transfer.data_folder import inside
from milepost.use_cases import job_queue
from milepost.use_cases.job_queue import JobState, QueuedJob

KIND = "run"
"""The kind of the jobs."""

_SCHEDULE = "schedule"
_PATIENCE = Patience(30)
_MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class Schedule:
    """When one whole configuration runs by itself."""

    id: int
    configuration: str
    """The path inside the folder of schedules."""
    data: str | None
    """The data folder, likewise; None: the folder of the configuration."""
    name: str
    """The name of the configuration, as `milepost status` has it."""
    cron: str
    zone: str
    is_paused: bool
    next_at: datetime | None
    """When it is due, in UTC; None if it is paused, or never due again."""
    actor: str
    """Who changed it last."""
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a schedule is to be."""

    configuration: str
    cron: str
    zone: str = "UTC"
    data: str | None = None


def listing(office: str) -> tuple[Schedule, ...]:
    """All schedules, by the paths of their configurations."""
    with read_store(office) as tables:
        return tuple(sorted(_schedules(tables), key=lambda one: (one.configuration, one.id)))


def one(office: str, number: int) -> Schedule:
    """The schedule with that number. Raises UsageError if there is none."""
    with read_store(office) as tables:
        return _one(tables, number)


def save(office: str, folder: Path | None, wanted: Wanted, actor: str, number: int | None = None) -> Schedule:
    """Adds a schedule, or changes the one with that number, which stays paused if it is.

    `folder` is the folder of schedules. Raises UsageError for a time, a zone or a path that is wrong, FileError if the
    configuration cannot be read, and ConfigurationError with all its mistakes.
    """
    cron = cron_times.require(wanted.cron, wanted.zone)
    configuration, data = places(folder, wanted.configuration, wanted.data)
    if not configuration.is_file():
        said = f"There is no file {in_quotes(wanted.configuration)} in the folder of schedules."
        raise FileError(said, code="file-missing")
    if not data.is_dir():
        said = f"There is no folder {in_quotes(wanted.data or '')} in the folder of schedules. Make it first."
        raise FileError(said, code="file-missing")
    values: dict[str, Any] = {"configuration": wanted.configuration, "data": wanted.data, "name": _name(configuration)}
    values |= {"cron": cron, "zone": wanted.zone, "actor": actor, "changed_at": _now()}
    with write_store(office, _PATIENCE) as tables:
        if number is None:
            number = tables.add(_SCHEDULE, values | {"is_paused": 0, "next_at": _next(cron, wanted.zone)})
        else:
            is_paused = _one(tables, number).is_paused
            values |= {"next_at": None if is_paused else _next(cron, wanted.zone)}
            tables.change(_SCHEDULE, values, {"id": number})
        return _one(tables, number)


def pause(office: str, number: int, actor: str) -> Schedule:
    """Lets a schedule not be due until it is resumed. A job of it that waits or is being done is left alone."""
    return _changed(office, number, lambda _one: {"is_paused": 1, "next_at": None}, actor)


def resume(office: str, number: int, actor: str) -> Schedule:
    """Lets it be due again, from now on: times that have passed meanwhile are not made up for."""
    return _changed(office, number, lambda one: {"is_paused": 0, "next_at": _next(one.cron, one.zone)}, actor)


def remove(office: str, number: int) -> None:
    """Removes a schedule. A job of it that waits is cancelled; one that is being done goes on."""
    with write_store(office, _PATIENCE) as tables:
        _one(tables, number)
        tables.remove(_SCHEDULE, {"id": number})
        waiting = [one.id for one in job_queue.newest(tables, schedule=number) if one.state is JobState.WAITING]
        for job in waiting:
            job_queue.cancel(tables, job)


def run_now(office: str, number: int, actor: str) -> QueuedJob:
    """A job that carries out the configuration now; the one that is not over, if there is one."""
    with write_store(office, _PATIENCE) as tables:
        found = _one(tables, number)
        return _open_jobs(tables).get(number) or _enter(tables, found, actor)


def begin_due(office: str, now: datetime | None = None) -> bool:
    """Adds a job for each schedule that is due and has none that is not over; whether it has added one.

    `now` is the instant that it is, by default the clock's.
    """
    instant = datetime.now(UTC) if now is None else now
    with read_store(office) as tables:
        if not _due(tables, instant):
            return False
    with write_store(office, _PATIENCE) as tables:
        due = _due(tables, instant)
        for one in due:
            _enter(tables, one, one.actor)
            tables.change(_SCHEDULE, {"next_at": _next(one.cron, one.zone, instant)}, {"id": one.id})
        return bool(due)


def places(folder: Path | None, configuration: str, data: str | None) -> tuple[Path, Path]:
    """The file of a configuration and its data folder, inside the folder of schedules.

    Raises UsageError if there is no such folder, or if a path leads out of it.
    """
    if folder is None:
        raise UsageError(f"Configurations cannot be scheduled here: name their folder with {argument('schedules')}.")
    try:
        place = inside(folder, configuration)
        return place, place.parent if data is None else inside(folder, data)
    except TransferError as error:
        wrong = str(error).partition(". ")[0].replace("data folder", "folder of schedules")
        said = f"{wrong}. Configurations and their data folders are inside the folder of schedules."
        raise UsageError(said) from error


def candidates(folder: Path | None) -> list[str]:
    """The paths of XML files in the folder of schedules and the folders in it, for somebody to choose from."""
    if folder is None or not folder.is_dir():
        return []
    root = folder.resolve()
    found: list[str] = []
    for one in (path for pattern in ("*.xml", "*/*.xml") for path in sorted(root.glob(pattern))):
        is_own = not any(part.startswith(".") for part in one.relative_to(root).parts)
        if is_own and one.is_file() and one.resolve().is_relative_to(root) and len(found) < _MOST_LISTED:
            found.append(str(one.relative_to(root)))
    return found


def of_listing(office: str) -> tuple[tuple[Schedule, QueuedJob | None], ...]:
    """All schedules, each with its newest job."""
    with read_store(office) as tables:
        jobs = {job.schedule_id: job for job in job_queue.newest(tables)}
    return tuple((one, jobs.get(one.id)) for one in listing(office))


def jobs_of(office: str, number: int, most: int) -> list[QueuedJob]:
    """The newest jobs of a schedule, the newest first."""
    with read_store(office) as tables:
        return job_queue.newest(tables, most, schedule=number)


def _name(configuration: Path) -> str:
    # Only here, since reading a configuration needs more than all pages do.
    from milepost.operations.export_reading import is_export, read_exports
    from milepost.operations.night_reading import read_night

    return read_exports(configuration).name if is_export(configuration) else read_night(configuration).name


def _enter(tables: Tables, schedule: Schedule, actor: str) -> QueuedJob:
    task = {"configuration": schedule.configuration, "data": schedule.data}
    return job_queue.enter(tables, KIND, task, actor, schedule_id=schedule.id)


def _due(tables: Tables, now: datetime) -> list[Schedule]:
    due = _schedules(tables, {"next_at": Between(0, int(now.timestamp()))})
    busy = _open_jobs(tables) if due else {}
    return [one for one in due if one.id not in busy]


def _open_jobs(tables: Tables) -> Mapping[int, QueuedJob]:
    """The jobs of schedules that are not over, by the number of the schedule."""
    return {one.schedule_id: one for one in job_queue.open_jobs(tables, KIND) if one.schedule_id is not None}


def _changed(office: str, number: int, values: Any, actor: str) -> Schedule:  # noqa: ANN401 - a function
    with write_store(office, _PATIENCE) as tables:
        found = _one(tables, number)
        tables.change(_SCHEDULE, {**values(found), "actor": actor, "changed_at": _now()}, {"id": number})
        return _one(tables, number)


def _one(tables: Tables, number: int) -> Schedule:
    found = _schedules(tables, {"id": number})
    if not found:
        raise UsageError(f"There is no schedule {number}. It may have been removed.", code="run-missing")
    return found[0]


def _schedules(tables: Tables, where: Where | None = None) -> list[Schedule]:
    rows = tables.rows(_SCHEDULE, TABLES[_SCHEDULE].schema, where or {}, ("id",))
    return [_schedule(row) for row in rows.iter_rows(named=True)]


def _schedule(row: Mapping[str, Any]) -> Schedule:
    next_at = None if row["next_at"] is None else datetime.fromtimestamp(row["next_at"], UTC)
    instants = {"next_at": next_at, "changed_at": datetime.fromtimestamp(row["changed_at"], UTC)}
    return Schedule(**{**row, **instants, "is_paused": bool(row["is_paused"])})


def _next(cron: str, zone: str, after: datetime | None = None) -> int | None:
    found = cron_times.next_time(cron, zone, datetime.now(UTC) if after is None else after)
    return None if found is None else int(found.timestamp())


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
