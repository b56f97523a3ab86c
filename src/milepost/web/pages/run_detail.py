"""One run: its counts, its findings, and the changes of stored values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from milepost.model.columns import VALUE_COLUMNS
from milepost.model.findings import CODES
from milepost.model.phases import OUTCOMES
from milepost.model.reports import ChangeKind
from milepost.reading.run_pages import BEGINNING, Cursor, Part, changes_page, findings_page
from milepost.reading.runs import read_run, undone_by
from milepost.web.rendering import page
from milepost.web.site import site_of

A_PAGE = 100


def show_run(request: Request) -> Response:
    """What came of a run."""
    database, number = site_of(request).database, request.path_params["run"]
    found = read_run(database, number)
    return page(
        request,
        "run.html",
        run=found.run,
        findings=[(CODES[code], lines) for code, lines in found.findings.items()],
        mended=found.mended,
        outcomes=OUTCOMES,
        undone_by=undone_by(database, number),
    )


def show_findings(request: Request) -> Response:
    """The findings of a run, page by page."""
    filters = ("code", "level", "column")
    return _list_page(request, "findings", findings_page, filters, {"codes": list(CODES)})


def show_changes(request: Request) -> Response:
    """The changes of stored values by a run, page by page."""
    choices = {"fields": list(VALUE_COLUMNS), "kinds": [kind.value for kind in ChangeKind]}
    return _list_page(request, "changes", changes_page, ("field", "kind"), choices)


def _list_page(
    request: Request, what: str, read: Callable[..., Part], filters: Sequence[str], choices: dict[str, Any]
) -> Response:
    database, number = site_of(request).database, request.path_params["run"]
    given = {name: request.query_params.get(name, "") for name in filters}
    after = cursor_of(request.query_params.get("after", ""))
    where = {name: text for name, text in given.items() if text}
    part = read(database, number, where=where, after=after, limit=A_PAGE)
    return page(
        request,
        f"{what}.html",
        here=f"/runs/{number}/{what}",
        crumbs=[("/runs", "Runs"), (f"/runs/{number}", f"Run {number}")],
        heading=f"{what.capitalize()} of run {number}",
        file=read_run(database, number).run.file,
        rows=part.rows.to_dicts(),
        total=None,
        given=given,
        following=None if part.after is None else {"after": "{}.{}".format(*part.after)},
        is_first=after == BEGINNING,
        **choices,
    )


def cursor_of(text: str) -> Cursor:
    """The cursor that a link names; the beginning for anything else."""
    first, _, second = text.partition(".")
    is_whole = all(part.isascii() and part.isdecimal() and len(part) <= 10 for part in (first, second))
    return (int(first), int(second)) if is_whole else BEGINNING
