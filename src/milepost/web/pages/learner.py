"""One learner: what is stored, and how it came to be so."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from milepost.model.columns import VALUE_COLUMNS
from milepost.model.exceptions import UsageError
from milepost.reading.row_history import show_part
from milepost.reading.run_pages import BEGINNING
from milepost.web.pages.run_detail import cursor_of
from milepost.web.rendering import page
from milepost.web.site import site_of

A_PAGE = 50


def show_learner(request: Request) -> Response:
    """The rows of the learner that `name` names, each with its history; without a name, a form that asks for one."""
    name, which = (request.query_params.get(field, "").strip() for field in ("name", "object"))
    found, problem, after = None, None, cursor_of(request.query_params.get("after", ""))
    if name:
        try:
            begin = () if after == BEGINNING else after
            found = show_part(site_of(request).database, name, which or None, after=begin, limit=A_PAGE)
        except UsageError as error:
            problem = str(error)
    return page(
        request,
        "learner.html",
        status=404 if problem else 200,
        name=name,
        which=which,
        rows=None if found is None else found.rows,
        total=None if found is None else found.total,
        following=None if found is None or found.after is None else "{}.{}".format(*found.after),
        is_first=after == BEGINNING,
        problem=problem,
        columns=VALUE_COLUMNS,
    )
