"""The undo of a run, after a preview."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.reading.runs import read_run
from milepost.use_cases import job_queue
from milepost.use_cases.undoing import undo_run
from milepost.web.rendering import page
from milepost.web.site import site_of


def preview_undo(request: Request) -> Response:
    """What an undo would do."""
    database, number = site_of(request).database, request.path_params["run"]
    report = undo_run(database, number, dry_run=True)
    return page(request, "undo.html", run=read_run(database, number).run, report=report)


def start_undo(request: Request) -> Response:
    """Adds the job that undoes the run; the same one if it is asked for twice."""
    site, number = site_of(request), request.path_params["run"]
    undo_run(site.database, number, dry_run=True)
    actor = request.state.person.name
    job = job_queue.add(site.office, "undo", {"run": number}, actor, request=f"undo {number}")
    site.wake()
    return RedirectResponse(f"/jobs/{job.id}", 303)
