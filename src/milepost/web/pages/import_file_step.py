"""The first step of an import: the file, and how it is read."""

from __future__ import annotations

import hashlib
import shutil
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.model.exceptions import UsageError
from milepost.use_cases import configurations, drafts, job_queue
from milepost.use_cases.drafts import Draft
from milepost.use_cases.inspecting import Inspection
from milepost.use_cases.job_process import INSPECTION
from milepost.use_cases.job_queue import JobState, QueuedJob
from milepost.web.cursors import number_of
from milepost.web.rendering import field, page
from milepost.web.site import Site, site_of

READING = ("delimiter", "fileEncoding", "sheet", "headerRow")
"""The settings by which the bytes of a file become cells."""

_AT_ONCE = 1_000_000
_LARGEST_CONFIGURATION = 1_000_000


def show_imports(request: Request) -> Response:
    """The imports that were begun, and a form for another file."""
    return _imports_page(request)


def take_file(request: Request) -> Response:
    """Keeps an uploaded file, and lets it be looked at."""
    site, draft = site_of(request), keep_upload(request)
    if draft is None:
        return _imports_page(request, 400, problem="Choose a file first.")
    look_at(site, draft.id, request.state.person.name)
    return RedirectResponse(f"/imports/{draft.id}", 303)


def keep_upload(request: Request) -> Draft | None:
    """A draft of the uploaded file, with its configuration if there is one; None if no file was chosen."""
    site, form = site_of(request), request.state.form
    upload, configuration, saved = form.get("file"), form.get("configuration"), field(request, "saved")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return None
    if (upload.size or 0) > site.largest_upload:
        raise HTTPException(413, f"The file is larger than {site.largest_upload:,} bytes.")
    draft = drafts.create(site.office, site.data, upload.filename, request.state.person.name)
    if isinstance(configuration, UploadFile) and configuration.size:
        content = configuration.file.read(_LARGEST_CONFIGURATION)
        (draft.place(site.data) / drafts.CONFIGURATION).write_bytes(content)
    elif (number := number_of(saved)) is not None:
        begun = configurations.one(site.office, number)
        drafts.begin_with(site.office, site.data, draft.id, begun.name, begun.content)
    digest = hashlib.sha256()
    with draft.path(site.data).open("wb") as target:
        while chunk := upload.file.read(_AT_ONCE):
            digest.update(chunk)
            target.write(chunk)
    drafts.received(site.office, draft.id, upload.size or 0, digest.hexdigest())
    return drafts.one(site.office, draft.id)


def show_file(request: Request) -> Response:
    """What was found in the file, and the settings by which it is read."""
    site = site_of(request)
    draft = draft_of(request)
    return step(request, draft, "file", job=_last_look(site, draft), inspection=inspection_of(site, draft))


def choose_reading(request: Request) -> Response:
    """Reads the file by other settings, and looks at it again."""
    site, draft = site_of(request), draft_of(request)
    chosen = {name: text for name in READING if (text := field(request, name))}
    kept = {name: value for name, value in draft.settings.items() if name not in READING}
    drafts.choose(site.office, draft.id, kept | chosen)
    look_at(site, draft.id, request.state.person.name)
    return RedirectResponse(f"/imports/{draft.id}", 303)


def discard_import(request: Request) -> Response:
    """Removes a file that was uploaded."""
    site, draft = site_of(request), draft_of(request)
    if job_queue.listing(site.office, draft=draft.id, is_over=False):
        raise UsageError("A job is at work on this file. Stop it first.", code="run-unfinished")
    drafts.discard(site.office, site.data, draft.id)
    return RedirectResponse("/imports", 303)


def look_at(site: Site, draft: int, actor: str) -> QueuedJob:
    """Adds the job that looks at the file of a draft; what was found before no longer counts."""
    found = drafts.one(site.office, draft)
    (found.place(site.data) / INSPECTION).unlink(missing_ok=True)
    job = job_queue.add(site.office, "look", {}, actor, draft=draft)
    site.wake()
    return job


def draft_of(request: Request) -> Draft:
    """The draft that the address names. Raises UsageError when there is none."""
    return drafts.one(site_of(request).office, request.path_params["draft"])


def inspection_of(site: Site, draft: Draft) -> Inspection | None:
    """What was found in the file; None as long as nobody has looked."""
    path = draft.place(site.data) / INSPECTION
    return Inspection.parse(path.read_text("utf-8")) if path.is_file() else None


def step(request: Request, draft: Draft, name: str, **context: Any) -> Response:  # noqa: ANN401 - what templates show is of every kind
    """The page of one step."""
    path = str(draft.path(site_of(request).data))

    def named(message: str) -> str:
        return message.replace(path, draft.file)

    return page(request, f"step_{name}.html", draft=draft, step=name, named=named, **context)


def _last_look(site: Site, draft: Draft) -> QueuedJob | None:
    looks = [job for job in job_queue.listing(site.office, draft=draft.id) if job.kind == "look"]
    return looks[0] if looks else None


def _imports_page(request: Request, status: int = 200, problem: str | None = None) -> Response:
    site = site_of(request)
    jobs: dict[int, QueuedJob] = {}
    for job in reversed(job_queue.listing(site.office)):
        if job.draft_id is not None and job.kind not in job_queue.LANES["files"]:
            jobs[job.draft_id] = job
    return page(
        request,
        "imports.html",
        status=status,
        listing=drafts.listing(site.office),
        saved=configurations.listing(site.office),
        jobs=jobs,
        waiting=job_queue.listing(site.office, is_over=False),
        largest=site.largest_upload,
        room=shutil.disk_usage(site.data).free,
        problem=problem,
        states=JobState,
    )
