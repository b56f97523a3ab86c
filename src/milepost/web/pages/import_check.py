"""The check of an import, and the import of exactly what was checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from milepost.model.columns import VALUE_COLUMNS
from milepost.model.exceptions import UsageError
from milepost.model.findings import CODES
from milepost.model.phases import OUTCOMES
from milepost.model.reports import ChangeKind, Report
from milepost.reading.runs import read_run
from milepost.use_cases import configurations, job_queue
from milepost.use_cases.drafts import Draft
from milepost.use_cases.job_process import REJECTS
from milepost.use_cases.job_queue import QueuedJob
from milepost.use_cases.kept import CHECKS, KeptCheck, kept_check
from milepost.web.cursors import number_of
from milepost.web.pages.import_file_step import READING, draft_of, inspection_of, step
from milepost.web.pages.job_page import ahead_of
from milepost.web.rendering import field, page
from milepost.web.site import Site, site_of

A_PAGE = 100


def show_check(request: Request) -> Response:
    """What the import would do."""
    site, draft = site_of(request), draft_of(request)
    job, kept = last_job(site, draft, "check"), _kept(site, draft)
    report = None if kept is None else kept.report
    return _outcome(
        request,
        draft,
        "check",
        job,
        {} if report is None else report.findings,
        report=report,
        kinds=list(ChangeKind),
        deed=None if report is None else deed(report),
        imported=_done(site, draft),
    )


def start_check(request: Request) -> Response:
    """Adds the job that checks."""
    site, draft = site_of(request), draft_of(request)
    draft.job(site.data)
    job_queue.add(site.office, "check", {"settings": dict(draft.settings)}, request.state.person.name, draft=draft.id)
    site.wake()
    return RedirectResponse(f"/imports/{draft.id}/check", 303)


def show_check_findings(request: Request) -> Response:
    """The findings of the check, page by page."""
    return _list_page(request, "findings", ("code", "level", "column"), {"codes": list(CODES)})


def show_check_changes(request: Request) -> Response:
    """The changes that the import would make, page by page."""
    choices = {"fields": list(VALUE_COLUMNS), "kinds": [kind.value for kind in ChangeKind]}
    return _list_page(request, "changes", ("field", "kind"), choices)


def download_rejects(request: Request) -> Response:
    """The rejected rows of the check, or of the import after it."""
    site, draft = site_of(request), draft_of(request)
    path = draft.place(site.data) / REJECTS
    if not path.is_file():
        raise HTTPException(404, "There are no rejected rows yet. Check the file first.")
    return FileResponse(path, media_type="text/csv", filename=f"rejects-{draft.id}.csv")


def start_import(request: Request) -> Response:
    """Adds the job that carries out the plan of the check; the same one if it is asked for twice."""
    site, draft, digest = site_of(request), draft_of(request), field(request, "digest")
    kept = _kept(site, draft)
    if kept is None or kept.report.digest != digest:
        raise UsageError("Something else was chosen or checked since. Look at the check again.", code="plan-changed")
    if kept.report.held and not field(request, "regardless"):
        raise UsageError("The import would pass a limit. Say that it is to be done all the same.", code="plan-changed")
    task = {"settings": dict(draft.settings), "digest": digest}
    inspection = inspection_of(site, draft)
    if inspection is not None:
        kept_settings = {name: value for name, value in draft.settings.items() if name not in READING}
        headers = (one.header for one in inspection.columns)
        configurations.remember(site.office, headers, kept_settings, request.state.person.name)
    name = f"import {draft.id} {digest}"
    job_queue.add(site.office, "import", task, request.state.person.name, draft=draft.id, request=name)
    site.wake()
    return RedirectResponse(f"/imports/{draft.id}/result", 303)


def show_result(request: Request) -> Response:
    """How far the import is, and what came of it."""
    site, draft = site_of(request), draft_of(request)
    job = last_job(site, draft, "import")
    found = None if job is None or job.run is None else read_run(site.database, job.run)
    return _outcome(request, draft, "result", job, {} if found is None else found.findings, found=found)


def _outcome(
    request: Request,
    draft: Draft,
    name: str,
    job: QueuedJob | None,
    findings: Mapping[str, int],
    **more: Any,  # noqa: ANN401 - what templates show is of every kind
) -> Response:
    """A step that shows how far a job is, and what came of it."""
    shown = [(CODES[code], rows) for code, rows in findings.items()]
    ahead = 0 if job is None else ahead_of(site_of(request).office, job)
    return step(request, draft, name, job=job, ahead=ahead, findings=shown, outcomes=OUTCOMES, **more)


def deed(report: Report) -> str:
    """What the import of a plan does, for its button."""
    changed = {"create": report.created, "change": report.updated, "delete": report.deleted}
    parts = [f"{verb} {number:,} {'row' if number == 1 else 'rows'}" for verb, number in changed.items() if number]
    reset = sum(report.changes.fields.get(ChangeKind.RESET, {}).values())
    parts += [f"reset {reset:,} {'value' if reset == 1 else 'values'}"] if reset else []
    text = ", ".join(parts)
    return f"Import: {text}" if text else "Import: change nothing"


def _list_page(request: Request, what: str, filters: Sequence[str], choices: dict[str, Any]) -> Response:
    draft = draft_of(request)
    kept = _kept(site_of(request), draft)
    if kept is None:
        raise UsageError("There is no check of what is chosen now. Check again.", code="run-missing")
    given = {name: request.query_params.get(name, "") for name in filters}
    begin = number_of(request.query_params.get("offset", "")) or 0
    read = kept.findings if what == "findings" else kept.changes
    found = read(where={name: text for name, text in given.items() if text}, offset=begin, limit=A_PAGE)
    following = begin + A_PAGE
    return page(
        request,
        f"{what}.html",
        here=request.url.path,
        crumbs=[("/imports", "Import"), (f"/imports/{draft.id}/check", draft.file)],
        heading=f"{what.capitalize()} of the check",
        file=draft.file,
        rows=found.rows.to_dicts(),
        total=found.total,
        given=given,
        following={"offset": following} if following < found.total else None,
        is_first=not begin,
        **choices,
    )


def last_job(site: Site, draft: Draft, kind: str) -> QueuedJob | None:
    """The last job of a kind on a draft."""
    jobs = [job for job in job_queue.listing(site.office, draft=draft.id) if job.kind == kind]
    return jobs[0] if jobs else None


def _done(site: Site, draft: Draft) -> QueuedJob | None:
    """The job that imported what was checked, if there is one."""
    job = last_job(site, draft, "import")
    return job if job is not None and job.task["digest"] == draft.digest and job.state != "failed" else None


def _kept(site: Site, draft: Draft) -> KeptCheck | None:
    if draft.checked is None:
        return None
    try:
        return kept_check(site.data / CHECKS, draft.checked)
    except UsageError:  # its time is over
        return None
