"""One learner: what is stored, and how it came to be so."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from milepost.model.columns import VALUE_COLUMNS
from milepost.model.exceptions import UsageError
from milepost.reading.row_history import show
from milepost.web.rendering import page
from milepost.web.site import site_of


def show_learner(request: Request) -> Response:
    """The rows of the learner that `name` names, each with its history; without a name, a form that asks for one."""
    name, which = (request.query_params.get(field, "").strip() for field in ("name", "object"))
    rows, problem = None, None
    if name:
        try:
            rows = show(site_of(request).database, name, which or None)
        except UsageError as error:
            problem = str(error)
    return page(
        request,
        "learner.html",
        status=404 if problem else 200,
        name=name,
        which=which,
        rows=rows,
        problem=problem,
        columns=VALUE_COLUMNS,
    )
