"""How whole configurations went, as metrics of Prometheus: for a scrape, or for the text files of its node exporter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest, write_to_textfile

from milepost.model.exceptions import writing
from milepost.operations.night_status import NightStatus, statuses

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


def metrics_text(database: str) -> bytes:
    """The metrics of all configurations that have run in the store. Raises StoreError."""
    return generate_latest(_registry(database))


def write_metrics(path: str | Path, database: str) -> None:
    """Writes them to a file, whole or not at all. Raises StoreError, and FileError if it cannot be written."""
    registry = _registry(database)
    with writing(f"{path} cannot be written", "Name another file for the metrics."):
        write_to_textfile(str(path), registry)


def _registry(database: str) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=True)
    every = statuses(database)
    for name, (described, value_of) in _GAUGES.items():
        gauge = Gauge(name, described, ("configuration",), registry=registry)
        for one in every:
            value = value_of(one)
            if value is not None:
                gauge.labels(one.name).set(value)
    return registry
