"""How whole configurations went, as metrics of Prometheus: for a scrape, or for the text files of its node exporter."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest, write_to_textfile

from milepost.model.exceptions import writing
from milepost.operations.night_status import NightStatus, statuses
from milepost.operations.schedule_status import ScheduleStatus, schedule_statuses

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_GAUGES: dict[str, tuple[str, Callable[[NightStatus], float | None]]] = {
    "milepost_run_last_timestamp_seconds": (
        "When the configuration last began to run, in seconds since 1970.",
        lambda one: one.last_at.timestamp(),
    ),
    "milepost_run_well_timestamp_seconds": (
        "When the last run began that needed no person; absent if there was none.",
        lambda one: None if one.well_at is None else one.well_at.timestamp(),
    ),
    "milepost_run_last_status": (
        "The exit status of the last run; absent while it is at work, and if it died.",
        lambda one: one.last_status,
    ),
    "milepost_run_last_duration_seconds": ("How long the last run took.", lambda one: one.last_seconds),
    "milepost_run_rows": ("The rows of the files that the last run imported.", lambda one: one.rows),
    "milepost_run_rejected_rows": ("How many of them were rejected.", lambda one: one.rejected),
    "milepost_run_waiting_files": (
        "Files that are not complete, or whose steps after the import are not all done.",
        lambda one: len(one.waiting),
    ),
    "milepost_run_stuck": ("How many things need a person.", lambda one: len(one.stuck)),
}

_OF_SCHEDULES: dict[str, tuple[str, Callable[[ScheduleStatus, float], float | None]]] = {
    "milepost_schedule_next_timestamp_seconds": (
        "When the schedule is due, in seconds since 1970; absent while it is paused.",
        lambda one, _now: None if one.schedule.next_at is None else one.schedule.next_at.timestamp(),
    ),
    "milepost_schedule_late_seconds": (
        "For how long the schedule has been due and has not begun.",
        lambda one, now: 0 if one.late_since is None else max(0, now - one.late_since.timestamp()),
    ),
    "milepost_schedule_paused": ("Whether it is paused.", lambda one, _now: one.schedule.is_paused),
    "milepost_schedule_stuck": ("How many things of the schedule need a person.", lambda one, _now: len(one.stuck)),
}


def metrics_text(database: str, office: str | None = None) -> bytes:
    """The metrics of all configurations that have run in the store, and of the schedules that are kept at `office`.

    Raises StoreError.
    """
    return generate_latest(_registry(database, office))


def write_metrics(path: str | Path, database: str, office: str | None = None) -> None:
    """Writes them to a file, whole or not at all. Raises StoreError, and FileError if it cannot be written."""
    registry = _registry(database, office)
    with writing(f"{path} cannot be written", "Name another file for the metrics."):
        write_to_textfile(str(path), registry)


def _registry(database: str, office: str | None) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=True)
    every = statuses(database)
    for name, (described, value_of) in _GAUGES.items():
        gauge = Gauge(name, described, ("configuration",), registry=registry)
        for one in every:
            value = value_of(one)
            if value is not None:
                gauge.labels(one.name).set(value)
    if office is not None:
        _add_schedules(registry, schedule_statuses(office, database))
    return registry


def _add_schedules(registry: CollectorRegistry, every: list[ScheduleStatus]) -> None:
    now = time.time()
    for name, (described, value_of) in _OF_SCHEDULES.items():
        gauge = Gauge(name, described, ("schedule", "configuration"), registry=registry)
        for one in every:
            value = value_of(one, now)
            if value is not None:
                gauge.labels(one.schedule.id, one.schedule.name).set(value)
