"""A job: how far it is, and what came of it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.operations import schedules
from milepost.use_cases import job_queue
from milepost.use_cases.job_queue import QueuedJob
from milepost.web.rendering import page
from milepost.web.site import site_of


def show_job(request: Request) -> Response:
    """How far a job is; once it is done, the page of what came of it."""
    site = site_of(request)
    job = job_queue.one(site.office, request.path_params["job"])
    if job.state == "done" and job.run is not None:
        return RedirectResponse(f"/runs/{job.run}", 303)
    if job.state.is_over and place_of(job) != request.url.path:
        return RedirectResponse(place_of(job), 303)
    schedule = next((one for one in schedules.listing(site.office) if one.id == job.schedule_id), None)
    return page(request, "job.html", job=job, ahead=ahead_of(site.office, job), named=str, schedule=schedule)


def stop_job(request: Request) -> Response:
    """Asks for the end of a job."""
    job = job_queue.stop(site_of(request).office, request.path_params["job"])
    return RedirectResponse(place_of(job), 303)


def place_of(job: QueuedJob) -> str:
    """The page that shows a job."""
    step = {"look": "", "match": "/values", "check": "/check", "import": "/result"}.get(job.kind)
    return f"/jobs/{job.id}" if job.draft_id is None or step is None else f"/imports/{job.draft_id}{step}"


def ahead_of(office: str, job: QueuedJob) -> int:
    """How many jobs are done before this one."""
    lane = next(kinds for kinds in job_queue.LANES.values() if job.kind in kinds)
    waiting = job_queue.listing(office, is_over=False)
    return len([one for one in waiting if one.kind in lane and one.id < job.id])
