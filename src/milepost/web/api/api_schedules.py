"""Schedules of whole configurations over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from milepost.model import documents
from milepost.operations import schedule_status, schedules
from milepost.operations.schedule_status import ScheduleStatus
from milepost.operations.schedules import Schedule, Wanted
from milepost.web.api.api_imports import of_job
from milepost.web.api.api_problems import JSONDocument
from milepost.web.api.api_wanted import Key
from milepost.web.site import site_of

_RUNS = 20

_Path = Annotated[str, Field(min_length=1, max_length=1_000, examples=["nightly.xml"])]
_Cron = Annotated[str, Field(min_length=1, max_length=200, examples=["15 2 * * 1-5"])]
_Zone = Annotated[str, Field(min_length=1, max_length=100, examples=["Europe/Paris"])]


class NewSchedule(BaseModel):
    """A schedule that is to be added."""

    configuration: _Path
    """The path of an XML file inside the folder of schedules."""
    cron: _Cron
    """Five fields: minute, hour, day of the month, month, day of the week."""
    zone: _Zone = "UTC"
    data: _Path | None = None
    """The data folder, likewise; by default that of the configuration."""


class ChangedSchedule(BaseModel):
    """What is to change; what is left out stays."""

    configuration: _Path | None = None
    cron: _Cron | None = None
    zone: _Zone | None = None
    data: _Path | None = None
    paused: bool | None = None


def list_schedules(request: Request) -> Response:
    """The schedules, each with its newest run."""
    site = site_of(request)
    every = schedule_status.schedule_statuses(site.office, site.database)
    return JSONDocument({"schedules": [schedule_status.of_schedule_status(one) for one in every]})


def create_schedule(request: Request, new: NewSchedule) -> Response:
    """Adds a schedule."""
    site = site_of(request)
    wanted = Wanted(new.configuration, new.cron, new.zone, new.data)
    saved = schedules.save(site.office, site.schedules, wanted, request.state.person.name)
    site.wake()
    return JSONDocument(_document(request, saved), 201, {"location": f"/api/v1/schedules/{saved.id}"})


def read_schedule(request: Request, schedule: Key) -> Response:
    """A schedule with its newest runs."""
    site = site_of(request)
    found = schedules.one(site.office, schedule)
    runs = schedule_status.runs_of(site.database, schedules.jobs_of(site.office, schedule, _RUNS))
    return JSONDocument(_document(request, found) | {"runs": [schedule_status.of_scheduled_run(one) for one in runs]})


def change_schedule(request: Request, schedule: Key, changed: ChangedSchedule) -> Response:
    """Changes a schedule, pauses it, or lets it be due again."""
    site, actor = site_of(request), request.state.person.name
    found = schedules.one(site.office, schedule)
    wanted = Wanted(
        changed.configuration or found.configuration,
        changed.cron or found.cron,
        changed.zone or found.zone,
        changed.data or found.data,
    )
    if wanted != Wanted(found.configuration, found.cron, found.zone, found.data):
        found = schedules.save(site.office, site.schedules, wanted, actor, schedule)
    if changed.paused is not None and changed.paused != found.is_paused:
        change = schedules.pause if changed.paused else schedules.resume
        found = change(site.office, schedule, actor)
    return JSONDocument(_document(request, found))


def delete_schedule(request: Request, schedule: Key) -> Response:
    """Removes a schedule. A run of it that has begun goes on."""
    schedules.remove(site_of(request).office, schedule)
    return Response(status_code=204)


def run_schedule(request: Request, schedule: Key) -> Response:
    """Lets the configuration run now; the job that does it, or the one of this schedule that is not over."""
    site = site_of(request)
    job = schedules.run_now(site.office, schedule, request.state.person.name)
    site.wake()
    return JSONDocument(of_job(job), 202, {"location": f"/api/v1/jobs/{job.id}"})


def _document(request: Request, schedule: Schedule) -> documents.Document:
    site = site_of(request)
    every = schedule_status.schedule_statuses(site.office, site.database, schedule.name)
    found = (one for one in every if one.schedule.id == schedule.id)
    return schedule_status.of_schedule_status(next(found, ScheduleStatus(schedule, None, None, ())))
