"""Reference data: how much there is, what there is, and loads."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.model.exceptions import StoreError, UsageError
from milepost.reading.reference_rows import LOOKED_UP, reference_rows
from milepost.reading.run_pages import counts
from milepost.reference import KINDS
from milepost.use_cases import job_queue
from milepost.web.cursors import number_of
from milepost.web.pages.import_file_step import keep_upload
from milepost.web.rendering import field, page
from milepost.web.site import site_of

LEARNERS = "learners"
A_PAGE = 100
_TABLES = {
    "learners": "learner",
    "learning-objects": "learning_object_version",
    "trainings": "training",
    "sessions": "session",
    "registrations": "registration",
}


def show_reference(request: Request) -> Response:
    """The kinds of reference data with their columns, and a form that loads a file."""
    return _form(request)


def look_up(request: Request) -> Response:
    """The rows of a kind, page by page, or those with a name."""
    kind, name = request.path_params["kind"], request.query_params.get("name", "").strip()
    if kind not in LOOKED_UP:
        raise HTTPException(404, "There is no such kind of reference data to look up.")
    after = number_of(request.query_params.get("after", "")) or 0
    found, problem = None, None
    try:
        found = reference_rows(site_of(request).database, kind, name=name or None, after=after, limit=A_PAGE)
    except UsageError as error:
        problem = str(error)
    return page(
        request,
        "reference_rows.html",
        status=404 if problem else 200,
        kind=kind,
        nouns=LOOKED_UP[kind].nouns,
        name=name,
        problem=problem,
        rows=[] if found is None else found.rows.to_dicts(),
        columns=[] if found is None else found.rows.columns,
        next=None if found is None else found.after,
        is_first=not after,
    )


def load_reference(request: Request) -> Response:
    """Keeps the file, and adds the job that loads it."""
    site, kind = site_of(request), field(request, "kind")
    if kind not in KINDS:
        raise HTTPException(404, "There is no such kind of reference data.")
    draft = keep_upload(request)
    if draft is None:
        return _form(request, 400, "Choose a file first.")
    key = field(request, "key") if kind == LEARNERS else ""
    if key:
        KINDS[kind].keyed_by(key)
    task = {"kind": kind, "key": key or None, "sha256": draft.sha256}
    job = job_queue.add(site.office, "load", task, request.state.person.name, draft=draft.id)
    site.wake()
    return RedirectResponse(f"/jobs/{job.id}", 303)


def _form(request: Request, status: int = 200, problem: str | None = None) -> Response:
    try:
        numbers = counts(site_of(request).database)
    except StoreError as error:
        if error.code != "store-missing":
            raise
        numbers = {}
    kinds = [
        (name, numbers.get(_TABLES.get(name, "")), [column.name for column in kind.vocabulary.columns])
        for name, kind in KINDS.items()
    ]
    keys = ("candidateLogin", *KINDS[LEARNERS].other_keys)
    return page(request, "reference.html", status=status, kinds=kinds, keys=keys, looked_up=LOOKED_UP, problem=problem)
