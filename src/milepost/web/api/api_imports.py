"""Uploads, checks, imports and jobs over HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Header, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from milepost.model import documents
from milepost.model.exceptions import UsageError
from milepost.reference import KINDS
from milepost.use_cases import configurations, drafts, job_queue
from milepost.use_cases.drafts import Draft
from milepost.use_cases.job_process import REJECTS
from milepost.use_cases.job_queue import QueuedJob
from milepost.use_cases.kept import CHECKS, KeptCheck, Page, kept_check
from milepost.web.api.api_problems import JSONDocument
from milepost.web.api.api_wanted import ChangesWanted, FindingsWanted, Key, PageWanted
from milepost.web.site import Site, site_of

_AT_ONCE = 1_000_000
_YES, _NO = "?1", "?0"


class NewUpload(BaseModel):
    """A file that is about to be sent."""

    file: Annotated[str, Field(min_length=1, max_length=255, examples=["tracking.csv"])]
    configuration: Annotated[str | None, Field(max_length=1_000_000, examples=[None])] = None
    """The configuration of its import, as XML."""
    saved_configuration: Annotated[Key | None, Field(examples=[None])] = None
    """A saved configuration, instead."""


class NewCheck(BaseModel):
    """What is to be checked."""

    upload: Annotated[Key, Field(examples=[1])]
    settings: Annotated[dict[str, Any], Field(examples=[{"delimiter": "comma"}])] = {}
    """As on the page about configurations; they beat the configuration."""


class NewLoad(BaseModel):
    """Reference data that is to be loaded."""

    upload: Annotated[Key, Field(examples=[1])]
    kind: Literal["learners", "learning-objects", "trainings", "contents", "sessions", "registrations"]
    key: Literal["candidateLogin", "candidateRefNumber", "candidateGuid"] | None = None
    """What finds stored learners, by default candidateLogin; by another column, changed log-in names rename people."""


class NewImport(BaseModel):
    """The plan that is to be carried out."""

    upload: Annotated[Key, Field(examples=[1])]
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """Of the last check of the upload."""
    regardless: bool = False
    """Whether to carry it out though it passes a limit."""


def create_upload(request: Request, new: NewUpload) -> Response:
    """Announces a file; its bytes follow by PUT."""
    site = site_of(request)
    if new.configuration is not None and new.saved_configuration is not None:
        raise UsageError("Give a configuration or a saved one, and not both.")
    number = new.saved_configuration
    saved = None if number is None else configurations.one(site.office, number)
    draft = drafts.create(site.office, site.data, new.file, request.state.person.name)
    if saved is not None:
        drafts.begin_with(site.office, site.data, draft.id, saved.name, saved.content)
    if new.configuration is not None:
        (draft.place(site.data) / drafts.CONFIGURATION).write_text(new.configuration, "utf-8")
    return JSONDocument(_upload(draft), 201, {"location": f"/api/v1/uploads/{draft.id}"})


async def send_upload(
    request: Request,
    upload: Key,
    upload_offset: Annotated[int, Header(ge=0)] = 0,
    upload_complete: Annotated[str, Header(pattern=r"^\?[01]$")] = _YES,
) -> Response:
    """Takes bytes of a file from an offset on. `Upload-Complete: ?0` says that more will follow."""
    site = site_of(request)
    draft = await run_in_threadpool(drafts.one, site.office, upload)
    path = draft.path(site.data)
    there = path.stat().st_size if path.exists() else 0
    if upload_offset != there or draft.sha256 is not None:
        raise HTTPException(409, f"The upload has {there} bytes{' and is complete' if draft.sha256 else ''}.")
    with path.open("ab") as target:
        async for chunk in request.stream():
            there += len(chunk)
            if there > site.largest_upload:
                raise HTTPException(413, f"A file has at most {site.largest_upload:,} bytes.")
            target.write(chunk)
    digest = await run_in_threadpool(_sha256, path) if upload_complete == _YES else None
    await run_in_threadpool(drafts.received, site.office, upload, there, digest)
    return JSONDocument(_upload(await run_in_threadpool(drafts.one, site.office, upload)))


def list_uploads(request: Request) -> Response:
    """The uploads, the newest first."""
    return JSONDocument({"uploads": [_upload(draft) for draft in drafts.listing(site_of(request).office)]})


def read_upload(request: Request, upload: Key) -> Response:
    """An upload: how many bytes are there, what was chosen and checked. The headers tell the offset to go on from."""
    site = site_of(request)
    draft = drafts.one(site.office, upload)
    path = draft.path(site.data)
    there = path.stat().st_size if path.exists() else 0
    headers = {"upload-offset": str(there), "upload-complete": _YES if draft.sha256 else _NO}
    return JSONDocument(_upload(draft) | {"bytes": there}, headers=headers)


def delete_upload(request: Request, upload: Key) -> Response:
    """Removes a file with all that belongs to it."""
    site = site_of(request)
    if job_queue.listing(site.office, draft=upload, is_over=False):
        raise HTTPException(409, "A job is at work on this file. Stop it first.")
    drafts.discard(site.office, site.data, upload)
    return Response(status_code=204)


def create_check(request: Request, new: NewCheck) -> Response:
    """Asks for a check. The job tells when it is done, and which check came of it."""
    site = site_of(request)
    draft = _complete(site, new.upload)
    drafts.with_settings(draft, new.settings).job(site.data)
    drafts.choose(site.office, draft.id, new.settings)
    return _added(request, "check", {"settings": new.settings}, draft.id)


def read_check(request: Request, check: str) -> Response:
    """What a check found out."""
    kept = _kept(site_of(request), check)
    notes = [{"code": getattr(one, "code", "note"), "message": one} for one in kept.report.notes]
    return JSONDocument({"check": kept.id, "until": kept.until, **documents.of_report(kept.report), "notes": notes})


def list_check_findings(request: Request, check: str, wanted: FindingsWanted) -> Response:
    """The findings of a check, by line."""
    return _page("findings", _kept(site_of(request), check).findings, wanted)


def list_check_changes(request: Request, check: str, wanted: ChangesWanted) -> Response:
    """The stored values that the import would change, by line."""
    return _page("changes", _kept(site_of(request), check).changes, wanted)


def read_rejects(request: Request, upload: Key) -> Response:
    """The rejected rows of the last check or import of an upload, as CSV."""
    site = site_of(request)
    path = drafts.one(site.office, upload).place(site.data) / REJECTS
    if not path.is_file():
        raise HTTPException(404, "There are no rejected rows yet. Check the file first.")
    return FileResponse(path, media_type="text/csv", filename=f"rejects-{upload}.csv")


def create_import(
    request: Request, new: NewImport, idempotency_key: Annotated[str, Header(min_length=1, max_length=200)]
) -> Response:
    """Asks for exactly the plan that was checked. The same key again is the same job."""
    site = site_of(request)
    draft = _complete(site, new.upload)
    name = f"{request.state.person.name} {idempotency_key}"
    task = {"settings": dict(draft.settings), "digest": new.digest}
    known = [job for job in job_queue.listing(site.office, draft=draft.id) if job.request == name]
    if not known and draft.digest != new.digest:
        raise UsageError("Something else was chosen or checked since. Check again.", code="plan-changed")
    if draft.checked is not None and not new.regardless and _kept(site, draft.checked).report.held:
        raise UsageError("The import would pass a limit. Say regardless to do it all the same.", code="plan-changed")
    return _added(request, "import", known[0].task if known else task, draft.id, name)


def create_load(request: Request, new: NewLoad) -> Response:
    """Asks for a load of reference data."""
    draft = _complete(site_of(request), new.upload)
    if new.key is not None:
        KINDS[new.kind].keyed_by(new.key)
    return _added(request, "load", {"kind": new.kind, "key": new.key, "sha256": draft.sha256}, draft.id)


def read_configuration(request: Request, upload: Key) -> Response:
    """The configuration that the settings of an upload amount to, as XML."""
    site = site_of(request)
    return Response(drafts.one(site.office, upload).written(site.data), media_type="application/xml")


def list_jobs(request: Request) -> Response:
    """The jobs that are not over, the newest first."""
    jobs = job_queue.listing(site_of(request).office, is_over=False)
    return JSONDocument({"jobs": [of_job(one) for one in jobs]})


def read_job(request: Request, job: Key) -> Response:
    """How far a job is, and what came of it."""
    return JSONDocument(of_job(job_queue.one(site_of(request).office, job)))


def stop_job(request: Request, job: Key) -> Response:
    """Asks for the end of a job."""
    return JSONDocument(of_job(job_queue.stop(site_of(request).office, job)), 202)


def of_job(job: QueuedJob) -> documents.Document:
    """The document of a job."""
    progress = None if job.phase is None else {"phase": job.phase, "done": job.done, "total": job.total}
    error = None if job.error_code is None else {"code": job.error_code, "message": job.error}
    return {
        "job": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "upload": job.draft_id,
        "actor": job.actor,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "progress": progress,
        "run": job.run,
        "schedule": job.schedule_id,
        "check": job.checked,
        "error": error,
    }


def _added(request: Request, kind: str, task: Any, draft: int, name: str | None = None) -> Response:  # noqa: ANN401 - JSON
    site = site_of(request)
    job = job_queue.add(site.office, kind, task, request.state.person.name, draft=draft, request=name)
    site.wake()
    return JSONDocument(of_job(job), 202, {"location": f"/api/v1/jobs/{job.id}"})


def _complete(site: Site, upload: int) -> Draft:
    draft = drafts.one(site.office, upload)
    if draft.sha256 is None:
        raise HTTPException(409, "The upload is not complete yet.")
    return draft


def _kept(site: Site, check: str) -> KeptCheck:
    try:
        return kept_check(site.data / CHECKS, check)
    except UsageError as error:
        raise HTTPException(404, str(error)) from error


def _page(name: str, read: Callable[..., Page], wanted: PageWanted) -> Response:
    begin, limit = wanted.number or 0, wanted.limit
    found = read(where=wanted.where, offset=begin, limit=limit)
    following = begin + limit
    rows = found.rows.drop("place", strict=False).to_dicts()
    return JSONDocument({"total": found.total, name: rows, "next": str(following) if following < found.total else None})


def _upload(draft: Draft) -> documents.Document:
    return {
        "upload": draft.id,
        "file": draft.file,
        "bytes": draft.bytes,
        "sha256": draft.sha256,
        "settings": dict(draft.settings),
        "check": draft.checked,
        "digest": draft.digest,
        "actor": draft.actor,
        "created_at": draft.created_at,
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
