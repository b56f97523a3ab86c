"""How whole configurations went: for monitoring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import polars as pl

from milepost.model import documents
from milepost.model.exceptions import UsageError
from milepost.model.wording import listed
from milepost.operations.night_report import COUNTED, SOME_REJECTED
from milepost.stores import nights
from milepost.stores.opening import read_store


@dataclass(frozen=True, slots=True)
class NightStatus:
    """How a whole configuration went."""

    name: str
    last_at: datetime
    """When it last began, in UTC."""
    last_status: int | None
    """With what exit status it ended; None if it was interrupted, or is at work."""
    last_seconds: float | None
    well_at: datetime | None
    """When the last run began that needed nobody; rejected rows are no trouble."""
    rows: int
    """The rows of the files that the last run imported, or went on with."""
    rejected: int
    waiting: tuple[str, ...]
    """Files that are not complete, and files whose steps are not all done."""
    stuck: tuple[str, ...]
    """What needs a person, a sentence each."""


def statuses(database: str, name: str | None = None, *, may_be_new: bool = False) -> list[NightStatus]:
    """How the configuration called `name`, or each one, went.

    Raises StoreError; UsageError if it has never run, unless it `may_be_new`.
    """
    with read_store(database) as tables:
        known = nights.outline(tables)
        wanted = known if name is None else known.filter(pl.col("name") == name)
        is_told, is_well = pl.col("status").is_not_null(), pl.col("status") <= SOME_REJECTED
        chosen = wanted.group_by("name").agg(
            pl.col("id").max(), told=pl.col("id").filter(is_told).max(), well=pl.col("id").filter(is_well).max()
        )
        numbers = chosen.select(pl.concat_list("id", "told", "well").explode().drop_nulls()).to_series()
        records = nights.some(tables, numbers.to_list())
        open_files = [one for one in nights.files(tables, name) if not one.is_settled]
    if name is not None and wanted.is_empty() and not may_be_new:
        names = sorted(known["name"].unique())
        remedy = f" Those that have are {listed(names)}." if names else ""
        raise UsageError(f"No configuration called {name} has run in this store.{remedy}")
    return [
        _status(
            records[row["id"]],
            records.get(row["told"], records[row["id"]]),
            records.get(row["well"]),
            [file.file for file in open_files if file.name == row["name"] and file.run is not None],
        )
        for row in chosen.sort("name").iter_rows(named=True)
    ]


def _status(
    last: nights.NightRecord, told: nights.NightRecord, well: nights.NightRecord | None, unsettled: Sequence[str]
) -> NightStatus:
    """The status from the last run, the last one that has ended, and the last one that needed nobody."""
    files = list(_files(told.report))
    reports = [
        cast("Mapping[str, Any]", file["report"]) for file in files if file["report"] and file["state"] in COUNTED
    ]
    waiting = [str(file["file"]) for file in files if file["state"] == "waiting"]
    stuck = [str(one) for one in cast("Sequence[str]", told.report.get("trouble", ()))]
    if last.status is None:
        stuck.append(
            f"The run that began at {last.started_at:%Y-%m-%d %H:%M:%S} UTC has not ended: it is at work, or died."
        )
    return NightStatus(
        last.name,
        last.started_at,
        last.status,
        None if last.finished_at is None else (last.finished_at - last.started_at).total_seconds(),
        None if well is None else well.started_at,
        sum(report["rows"] for report in reports),
        sum(report["rejected"] for report in reports),
        tuple(dict.fromkeys([*waiting, *unsettled])),
        tuple(stuck),
    )


def _files(report: Mapping[str, object]) -> Iterator[Mapping[str, Any]]:
    for one in cast("Sequence[Mapping[str, Any]]", report.get("imports", ())):
        yield from one["files"]


def of_status(status: NightStatus) -> documents.Document:
    """The status as a document."""
    return {
        "configuration": status.name,
        "last_at": status.last_at,
        "last_status": status.last_status,
        "last_seconds": status.last_seconds,
        "well_at": status.well_at,
        "rows": status.rows,
        "rejected": status.rejected,
        "waiting": list(status.waiting),
        "stuck": list(status.stuck),
    }


def lines(status: NightStatus) -> Iterator[str]:
    """The status for people; instants in UTC."""
    well = "never" if status.well_at is None else f"{status.well_at:%Y-%m-%d %H:%M:%S} UTC"
    ended = "without an end" if status.last_status is None else f"with status {status.last_status}"
    yield f"{status.name}: last went well {well}; last began {status.last_at:%Y-%m-%d %H:%M:%S} UTC, {ended}."
    yield from (f"  waits: {one}" for one in status.waiting)
    yield from (f"  stuck: {one}" for one in status.stuck)
