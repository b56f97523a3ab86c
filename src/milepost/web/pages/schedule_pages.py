"""Schedules of whole configurations: a list, and a page for each with its runs."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.model.exceptions import ConfigurationError, FileError, UsageError
from milepost.operations import cron_times, schedule_status, schedules
from milepost.operations.schedules import Schedule, Wanted
from milepost.web.problems import status_of, told
from milepost.web.rendering import field, page
from milepost.web.site import Site, site_of

_TIMES = 3
"""Times that the page of a schedule foretells."""
_RUNS = 20


def show_schedules(request: Request) -> Response:
    """The list, and a form for another one."""
    return _list(request)


def add_schedule(request: Request) -> Response:
    """Adds a schedule; or shows the form again with what is wrong."""
    site, wanted = site_of(request), _wanted(request)
    try:
        schedules.save(site.office, site.schedules, wanted, request.state.person.name)
    except (ConfigurationError, FileError, UsageError) as error:
        return _list(request, status_of(error), wanted, told(str(error)))
    site.wake()
    return RedirectResponse("/schedules", 303)


def show_schedule(request: Request) -> Response:
    """One schedule with its next times and last runs, and a form to change it."""
    return _detail(request, _one(request))


def change_schedule(request: Request) -> Response:
    """Changes a schedule; or shows the form again with what is wrong."""
    site, found, wanted = site_of(request), _one(request), _wanted(request)
    try:
        schedules.save(site.office, site.schedules, wanted, request.state.person.name, found.id)
    except (ConfigurationError, FileError, UsageError) as error:
        return _detail(request, found, status_of(error), wanted, told(str(error)))
    return _back(found)


def run_schedule(request: Request) -> Response:
    """Lets the configuration run now."""
    site, found = site_of(request), _one(request)
    schedules.run_now(site.office, found.id, request.state.person.name)
    site.wake()
    return _back(found)


def pause_schedule(request: Request) -> Response:
    """Lets a schedule not be due until it is resumed."""
    return _back(schedules.pause(site_of(request).office, _number(request), request.state.person.name))


def resume_schedule(request: Request) -> Response:
    """Lets a schedule be due again."""
    return _back(schedules.resume(site_of(request).office, _number(request), request.state.person.name))


def remove_schedule(request: Request) -> Response:
    """Removes a schedule."""
    schedules.remove(site_of(request).office, _number(request))
    return RedirectResponse("/schedules", 303)


def _number(request: Request) -> int:
    return int(request.path_params["schedule"])


def _one(request: Request) -> Schedule:
    return schedules.one(site_of(request).office, _number(request))


def _back(schedule: Schedule) -> Response:
    return RedirectResponse(f"/schedules/{schedule.id}", 303)


def _wanted(request: Request) -> Wanted:
    zone, data = field(request, "zone") or "UTC", field(request, "data") or None
    return Wanted(field(request, "configuration"), field(request, "cron"), zone, data)


def _list(request: Request, status: int = 200, wanted: Wanted | None = None, problem: str | None = None) -> Response:
    site = site_of(request)
    listing = schedule_status.schedule_statuses(site.office, site.database)
    return page(
        request,
        "schedules.html",
        status=status,
        listing=listing,
        explained=cron_times.explained,
        wanted=wanted or Wanted("", ""),
        problem=problem,
        **_choices(site),
    )


def _detail(
    request: Request,
    found: Schedule,
    status: int = 200,
    wanted: Wanted | None = None,
    problem: str | None = None,
) -> Response:
    site = site_of(request)
    jobs = schedules.jobs_of(site.office, found.id, _RUNS)
    every = {one.schedule.id: one for one in schedule_status.schedule_statuses(site.office, site.database, found.name)}
    times = [] if found.is_paused else cron_times.next_times(found.cron, found.zone, datetime.now(UTC), _TIMES)
    return page(
        request,
        "schedule.html",
        status=status,
        schedule=found,
        stuck=every[found.id].stuck if found.id in every else (),
        times=times,
        runs=schedule_status.runs_of(site.database, jobs),
        explained=cron_times.explained,
        wanted=wanted or Wanted(found.configuration, found.cron, found.zone, found.data),
        problem=problem,
        **_choices(site),
    )


def _choices(site: Site) -> dict[str, object]:
    """What the form offers."""
    return {"candidates": schedules.candidates(site.schedules), "has_folder": site.schedules is not None}
