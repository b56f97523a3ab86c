"""Rejected rows to mend in the page: only the cells that may be wrong are fields."""

from __future__ import annotations

import re
from collections import defaultdict

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.model.columns import LEARNER_COLUMNS, OBJECT_COLUMNS, SESSION_COLUMNS, TRAINING_COLUMNS
from milepost.model.exceptions import UsageError
from milepost.reading.run_pages import findings_page
from milepost.use_cases import job_queue
from milepost.use_cases.drafts import Draft
from milepost.use_cases.inspecting import Inspection
from milepost.use_cases.job_process import REJECTS
from milepost.use_cases.mending import RejectsTable, mend, read_rejects
from milepost.web.pages.import_check import last_job
from milepost.web.pages.import_choices import choices
from milepost.web.pages.import_file_step import draft_of, inspection_of, look_at, step
from milepost.web.site import Site, site_of

A_PAGE = 100
_MOST_FINDINGS = 1_000
_WHERE = (*LEARNER_COLUMNS, *SESSION_COLUMNS, *TRAINING_COLUMNS)
_SUSPECTS = {
    "registration-not-found": _WHERE,
    "learner-missing": LEARNER_COLUMNS,
    "context-missing": (*SESSION_COLUMNS, *TRAINING_COLUMNS),
    "learning-object-missing": OBJECT_COLUMNS,
    "learning-object-not-found": OBJECT_COLUMNS,
    "learning-object-crossknowledge": OBJECT_COLUMNS,
    "learning-object-easyquizz": OBJECT_COLUMNS,
    "score-above-maximum": ("score", "scoreMax"),
    "first-completion-without-completion": ("firstCompletionDate", "trackingStatus", "progression"),
}
"""The columns that may be wrong, for findings that name none."""
_CELL = re.compile(r"cell-(\d{1,10})-(\d{1,4})")


def show_rejected(request: Request) -> Response:
    """The first rejected rows of the import, with the reasons, and fields for the cells that may be wrong."""
    site, draft = site_of(request), draft_of(request)
    inspection, run, rejects = _rejected(site, draft)
    places = {choice.chosen: place for place, choice in enumerate(choices(inspection, draft))}
    shown = rejects.rows[:A_PAGE]
    reasons: dict[int, list[str]] = defaultdict(list)
    suspects: dict[int, set[int]] = defaultdict(set)
    found = findings_page(site.database, run, where={"level": "error"}, limit=_MOST_FINDINGS).rows
    for one in found.iter_rows(named=True):
        reasons[one["line"]].append(f"{one['message']} {one['hint'] or ''}")
        names = (one["column"],) if one["column"] else _SUSPECTS.get(one["code"], ())
        suspects[one["line"]].update(places[name] for name in names if name in places)
    return step(
        request,
        draft,
        "mend",
        header=rejects.header,
        rows=shown,
        total=len(rejects.rows),
        reasons=reasons,
        suspects=suspects,
    )


def mend_rejected(request: Request) -> Response:
    """Makes a new import of the mended rows, with the same configuration, and checks it."""
    site, draft, actor = site_of(request), draft_of(request), request.state.person.name
    inspection, _, rejects = _rejected(site, draft)
    changed = {}
    for name, text in request.state.form.multi_items():
        found = _CELL.fullmatch(name)
        if found and isinstance(text, str):
            changed[int(found[1]), int(found[2])] = text
    mended = mend(site.office, site.data, draft, rejects, changed, *_written(inspection), actor)
    look_at(site, mended.id, actor)
    task = {"settings": dict(mended.settings)}
    job_queue.add(site.office, "check", task, actor, draft=mended.id)
    site.wake()
    return RedirectResponse(f"/imports/{mended.id}/check", 303)


def _rejected(site: Site, draft: Draft) -> tuple[Inspection, int, RejectsTable]:
    """What was found in the file, the run that imported it, and its rejected rows. Raises UsageError without a run."""
    inspection, job = inspection_of(site, draft), last_job(site, draft, "import")
    if inspection is None or job is None or job.run is None:
        raise UsageError("It has not been imported yet, so there is nothing to mend.", code="run-missing")
    return inspection, job.run, read_rejects(draft.place(site.data) / REJECTS, *_written(inspection))


def _written(inspection: Inspection) -> tuple[str, str]:
    """The delimiter and the encoding of the rejects file."""
    return inspection.rejects_delimiter, inspection.encoding
