"""A learner gets another name, becomes one with another learner, or is erased: each after a preview."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.model.columns import VALUE_COLUMNS
from milepost.model.exceptions import UsageError
from milepost.model.people import MergedRow, Pair, PeopleReport
from milepost.use_cases.erasing import erase_people
from milepost.use_cases.merging import merge_pairs
from milepost.use_cases.renaming import rename_learners
from milepost.web.rendering import field, page
from milepost.web.site import Site, site_of

PATIENCE = 5.0
"""Seconds that a person waits for another run."""


def preview_change(request: Request) -> Response:
    """What a rename (`what` is `rename`) or a merge of the learner `name` would do; `to` is the other name."""
    what, name, to = (request.query_params.get(one, "").strip() for one in ("what", "name", "to"))
    report, problem = None, None
    rows: list[MergedRow] = []
    try:
        report = _changed(site_of(request), what, name, to, rows=rows)
    except UsageError as error:
        problem = str(error)
    return page(
        request,
        "learner_change.html",
        status=404 if problem else 200,
        what=what,
        name=name,
        to=to,
        report=report,
        rows=rows,
        problem=problem,
        columns=VALUE_COLUMNS,
    )


def change_learner(request: Request) -> Response:
    """Renames or merges as it was previewed, or not at all if something has changed since."""
    what, name, to = (field(request, one) for one in ("what", "name", "to"))
    actor = request.state.person.name
    report = _changed(site_of(request), what, name, to, expect=field(request, "expect"), actor=actor)
    return RedirectResponse(f"/runs/{report.run}", 303)


def preview_erasure(request: Request) -> Response:
    """How much there is of the learner `name`, and what an erasure cannot reach."""
    name = request.query_params.get("name", "").strip()
    report, problem = None, None
    try:
        report = erase_people(site_of(request).database, [name], dry_run=True)
    except UsageError as error:
        problem = str(error)
    status = 404 if problem else 200
    return page(request, "learner_erasure.html", status=status, name=name, report=report, problem=problem)


def erase_learner(request: Request) -> Response:
    """Erases the learner `name`, if `again` is the same."""
    site, name = site_of(request), field(request, "name")
    if not name or field(request, "again") != name:
        raise UsageError("The name was not typed again as it is. Nothing was done.")
    actor = request.state.person.name
    report = erase_people(site.database, [name], data=site.data, actor=actor, wait=PATIENCE)
    return RedirectResponse(f"/runs/{report.run}", 303)


def _changed(
    site: Site,
    what: str,
    name: str,
    to: str,
    *,
    rows: list[MergedRow] | None = None,
    expect: str | None = None,
    actor: str | None = None,
) -> PeopleReport:
    """The report of a rename or a merge; a preview unless `actor` does it."""
    pairs, is_preview = [Pair(name, to)], actor is None
    given = {"dry_run": is_preview, "expect": expect or None, "actor": actor, "wait": PATIENCE}
    if what == "merge":
        return merge_pairs(site.database, "learner", pairs, merged=None if rows is None else rows.append, **given)  # type: ignore[arg-type]
    if what == "rename":
        return rename_learners(site.database, pairs, **given)  # type: ignore[arg-type]
    raise UsageError(f'A learner can be renamed or merged; "{quote(what)}" is neither.')
