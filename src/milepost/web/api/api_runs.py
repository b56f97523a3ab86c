"""Runs, learners and exports over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from milepost.model import documents
from milepost.reading import run_pages
from milepost.reading.row_history import show_part
from milepost.reading.run_pages import Part
from milepost.reading.runs import read_run
from milepost.use_cases import job_queue
from milepost.use_cases.undoing import undo_run
from milepost.use_cases.verifying import verify_run
from milepost.web.api.api_imports import of_job
from milepost.web.api.api_problems import JSONDocument
from milepost.web.api.api_wanted import ChangesWanted, Cursor, FindingsWanted, Key, Limit, PageWanted, RunsWanted
from milepost.web.downloads import exported
from milepost.web.pages.run_detail import cursor_of
from milepost.web.pages.run_list import run_filter
from milepost.web.site import site_of

_FORMATS = Literal["csv", "tsv", "xlsx", "xml", "jsonl", "parquet"]


class NewUndo(BaseModel):
    """How a run is to be undone."""

    dry_run: bool = False
    """Whether only to say what the undo would do."""


def list_runs(request: Request, wanted: RunsWanted) -> Response:
    """The runs, the newest first."""
    asked = run_filter(wanted.filters)
    found = run_pages.runs_page(site_of(request).database, asked, before=wanted.number, limit=wanted.limit)
    following = None if found.before is None else str(found.before)
    return JSONDocument({"runs": [documents.of_run(run) for run in found.runs], "next": following})


def read_one_run(request: Request, run: Key) -> Response:
    """One run, with how many lines have each finding."""
    return JSONDocument(documents.of_record(read_run(site_of(request).database, run)))


def list_findings(request: Request, run: Key, wanted: FindingsWanted) -> Response:
    """The findings of a run, by line."""
    return _page(request, run, "findings", run_pages.findings_page, wanted)


def list_changes(request: Request, run: Key, wanted: ChangesWanted) -> Response:
    """The stored values that a run changed. There may be fewer rows than asked for: `next` tells whether it ends."""
    return _page(request, run, "changes", run_pages.changes_page, wanted)


def create_undo(request: Request, run: Key, new: NewUndo) -> Response:
    """Asks for the undo of a run, or says what it would do."""
    site = site_of(request)
    report = undo_run(site.database, run, dry_run=True)
    if new.dry_run:
        return JSONDocument(documents.of_undo(report))
    job = job_queue.add(site.office, "undo", {"run": run}, request.state.person.name, request=f"undo {run}")
    site.wake()
    return JSONDocument(of_job(job), 202, {"location": f"/api/v1/jobs/{job.id}"})


def verify_one_run(request: Request, run: Key) -> Response:
    """Whether what a run wrote is unchanged."""
    return JSONDocument(documents.of_verification(verify_run(site_of(request).database, run)))


def read_learner(
    request: Request,
    name: Annotated[str, Query(min_length=1, description="A log-in name, e-mail, reference number or GUID.")],
    learning_object: Annotated[str, Query(description="A code or a GUID; all if it is left out.")] = "",
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Response:
    """What is stored of a learner, and how it came to be so."""
    after = cursor_of(cursor)
    begin = () if after == run_pages.BEGINNING else after
    found = show_part(site_of(request).database, name, learning_object or None, after=begin, limit=limit)
    following = None if found.after is None else "{}.{}".format(*found.after)
    return JSONDocument({"rows": [documents.of_history(row) for row in found.rows], "next": following})


def read_export(
    request: Request,
    what: Literal["tracking", "registrations", "tracking-log"],
    format: _FORMATS = "csv",  # noqa: A002 - the name of the setting
    setting: Annotated[list[str], Query(description="Settings of the export, each as NAME=VALUE.")] = [],  # noqa: B006 - never changed
) -> Response:
    """What is stored, as a file."""
    site = site_of(request)
    given: dict[str, Any] = {}
    for one in setting:
        name, _, value = one.partition("=")
        given.setdefault(name.strip(), []).append(value)
    return exported(site, what, format, given)


def _page(request: Request, run: int, name: str, read: Callable[..., Part], wanted: PageWanted) -> Response:
    database, after = site_of(request).database, cursor_of(wanted.cursor)
    part = read(database, run, where=wanted.where, after=after, limit=wanted.limit)
    following = None if part.after is None else "{}.{}".format(*part.after)
    return JSONDocument({name: part.rows.drop("place", strict=False).to_dicts(), "next": following})
